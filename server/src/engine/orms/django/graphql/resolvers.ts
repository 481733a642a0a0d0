import type { Name } from "../../../facts";
import type { CallSite, Driven } from "../../../flow/adapter";
import { decoratorsOf } from "../../../flow/attributes";
import { callFunction } from "../../../flow/calls";
import { emptyCall } from "../../../flow/expressions";
import { enterLoop, leaveLoop, walk } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { settleConstants } from "../../../flow/statements";
import { optionsOf, unknown, type Value } from "../../../flow/values";
import type { ClassRef, FunctionRef } from "../../../project";
import { isRowType, resolvedFields, schemaOf, type ResolvedField, type Schema } from "./types";

/**
 * A resolver that gives many rows: the library walks them and asks each resolver of their type for every row. Which fields a client asks for is not
 * known, so only those that run code of the user's are followed. A resolver that hands its keys to a DataLoader asks nothing itself.
 */
export function resolversOf(m: Machine, owner: ClassRef): readonly Driven[] {
  const schema = schemaOf(m, owner);
  if (schema === undefined || isRowType(m, owner)) return [];
  return resolvedFields(m, owner, schema).flatMap((field): Driven[] => {
    // What a base class resolves is looked at there.
    if (!field.rows || field.resolver.owner?.key !== owner.key) return [];
    return [{ entry: "request", run: (self) => resolveMany(m, schema, field, self) }];
  });
}

function nameOf({ declaration }: FunctionRef): Name {
  return { kind: "name", name: declaration.name, start: declaration.nameStart, end: declaration.nameEnd };
}

function callOf(m: Machine, node: Name): CallSite {
  const info: Value = unknown();
  return { ...emptyCall(m, node), positional: [{ value: info, node: { value: node, start: node.start, end: node.end } }], more: true, writesOut: "many" };
}

function resolve(m: Machine, { resolver }: ResolvedField, self: Value, node: Name): Value {
  const call = callOf(m, node);
  return decoratorsOf(resolver).isStatic ? callFunction(m, resolver, undefined, { ...call, positional: [{ value: self, node: call.positional[0].node }, ...call.positional] }) : callFunction(m, resolver, self, call);
}

function resolveMany(m: Machine, schema: Schema, field: ResolvedField, self: Value): void {
  const node = nameOf(field.resolver);
  const given = resolve(m, field, self, node);
  if (!field.rows) return;
  for (const option of optionsOf(given)) {
    if (option.kind !== "query" && option.kind !== "manager" && option.kind !== "sequence") continue;
    const query = option.kind === "query" || option.kind === "manager" ? m.derive(option.query, field.isPaged && option.query.bound.kind === "none" ? { bound: { kind: "page" } } : {}) : undefined;
    const before = m.events.length;
    // How many rows a list gives is no matter here.
    const walked = walk(m, query ? { kind: "query", query, varies: option.varies } : option, node, "other");
    const loop = enterLoop(m, walked, undefined, { kind: "callback", at: m.at(node, field.resolver.uri), body: m.at(node, field.resolver.uri), exits: false });
    resolveRow(m, schema, field.rows, loop.element);
    leaveLoop(m);
    settleConstants(m, before, loop.id);
  }
}

function resolveRow(m: Machine, schema: Schema, type: ClassRef, row: Value): void {
  const key = `resolves ${type.key}`;
  if (row.kind !== "row" || m.stack.includes(key)) return;
  m.stack.push(key);
  for (const field of resolvedFields(m, type, schema)) {
    if (!m.mayEnter) break;
    if (field.rows) resolveMany(m, schema, field, row);
    else resolve(m, field, row, nameOf(field.resolver));
  }
  m.stack.pop();
}
