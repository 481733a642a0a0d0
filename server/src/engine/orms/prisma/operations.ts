import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { clientDataOf } from "../../flow/client-values";
import type { AssignedField, Query, RunHow, WriteHow } from "../../flow";
import type { Machine } from "../../flow/machine";
import { noteWait } from "../../flow/javascript";
import { constant, joinValues, numberOf, optionsOf, sequenceOf, mayVary, unknown, varying, type Value } from "../../flow/values";
import type { Entity } from "../../project";
import { optionsAt, optionsIn, type Options } from "../script/options";
import { ANY_LOAD, newQuery, rowOf, rowsOf, write } from "../script/queries";
import { namesIn as namesRead, statementsAround } from "../script/statements";
import { watchWideColumns } from "../script/wide-columns";
import { batchOf } from "./promises";
import { boundOf, orderOf, selectionOf, variesOf } from "./selection";
import { promiseOf, type Delegate, type Pending } from "./values";
import { conditionsOf, isUnique, withOptional, type Conditions } from "./where";

/** What an operation reads out of its options, before anybody waits for it. */
interface Asked {
  readonly delegate: Delegate;
  readonly name: string;
  readonly call: CallSite;
  readonly options: Options;
  readonly conditions: Conditions;
  /** Without `take`: what pages are cut from. */
  readonly whole: Query;
  readonly query: Query;
  readonly varies: number;
  /** The columns that `data` sets. */
  readonly assigned: readonly AssignedField[];
  /** Each round of the innermost loop sets other values. */
  readonly differs: boolean;
}

/** A call of a delegate: nothing is sent until somebody waits for it. Undefined: no operation of Prisma's. */
export function operation(m: Machine, delegate: Delegate, name: string, call: CallSite): Value | undefined {
  const run = RUNS[name];
  if (!run) return undefined;
  const asked = ask(m, delegate, name, call);
  const pending: Pending = { name, node: call.node, uri: call.uri, frames: m.frames.slice(), query: asked.query, run: (machine) => run(machine, here(machine, asked)) };
  return promiseOf(pending, asked.varies);
}

const RUNS: Readonly<Record<string, (m: Machine, asked: Asked) => Value>> = {
  findMany,
  findFirst: (m, asked) => findOne(m, asked, "first"),
  findFirstOrThrow: (m, asked) => findOne(m, asked, "get"),
  findUnique: (m, asked) => findOne(m, asked, "get"),
  findUniqueOrThrow: (m, asked) => findOne(m, asked, "get"),
  count: (m, asked) => figure(m, asked, "count"),
  aggregate: (m, asked) => figure(m, asked, "aggregate"),
  groupBy,
  create: (m, asked) => writeRow(m, asked, "create"),
  update: (m, asked) => writeRow(m, asked, "update"),
  upsert: (m, asked) => writeRow(m, asked, "update_or_create"),
  delete: (m, asked) => writeRow(m, asked, "query-delete"),
  createMany: (m, asked) => writeRows(m, asked, "bulk_create", false),
  createManyAndReturn: (m, asked) => writeRows(m, asked, "bulk_create", true),
  updateMany: (m, asked) => writeRows(m, asked, "update", false),
  updateManyAndReturn: (m, asked) => writeRows(m, asked, "update", true),
  deleteMany: (m, asked) => writeRows(m, asked, "query-delete", false),
};

/** What gives one row, by its name alone. */
const ONE = /^(findUnique|findFirst|update$|upsert|delete$)/;

function ask(m: Machine, delegate: Delegate, name: string, call: CallSite): Asked {
  const { entity, client } = delegate;
  const options = optionsAt(call, 0);
  const at = m.at(call.node, call.uri);
  const conditions = conditionsOf(m, entity, options.of.get("where")?.value, at);
  const selection = selectionOf(m, entity, options, call.node, call.uri);
  const lookups = conditions.lookups.filter(({ optional }) => !optional);
  const isOne = ONE.test(name) || isUnique(entity, lookups, (key) => m.project.entity(key));
  const { callee } = call.node;
  const root: Expression = callee.kind === "attribute" ? callee.object : callee;
  const pages = options.of.has("take") || options.of.has("skip") || options.of.has("cursor");
  const order = orderOf(entity, options, at) ?? (pages ? byKey(entity, at) : "none");
  const whole = newQuery(m, "prisma", entity, root, {
    origin: { root: { uri: call.uri, expression: root }, kind: "manager", steps: [{ name, uri: call.uri, call: call.node, custom: false }] },
    loads: selection.loads, columns: selection.columns, lookups, order, distinct: options.of.has("distinct"), ...(options.of.has("distinct") && { distinctOn: true as const }), grouped: name === "groupBy", atMostOne: isOne,
    ...(name === "groupBy" && { shape: "mappings" as const }),
    uncertain: client.addsConditions === true || conditions.uncertain || selection.uncertain || (!options.isComplete && !options.of.has("where")),
    basis: client.basis === "inferred" || entity.incomplete ? "inferred" : "resolved",
  });
  const bound = isOne ? ({ kind: "rows", rows: 1 } as const) : boundOf(options);
  const query = bound.kind === "none" ? whole : m.derive(whole, { bound, sliced: options.of.has("take") });
  const data = optionsIn((options.of.get("data") ?? options.of.get("update"))?.value);
  const differs = m.loops.length > 0 && !STANDS_FOR_MANY.test(name) ? isOfOneRow(m, entity, name, data) : false;
  return { delegate, name, call, options, conditions, whole, query, assigned: assignedIn(m, entity, data, call, name === "update" && isByKeyAlone(entity, conditions)), differs, varies: Math.max(call.varies, variesOf(call.positional[0]?.value)) };
}

/** What is one statement for many rows, whatever it holds. */
const STANDS_FOR_MANY = /^(find|count|aggregate|groupBy|delete|createMany)/;

/** Prisma has no one statement for rows that each write something else: other values in an update, rows of relations behind them. */
function isOfOneRow(m: Machine, entity: Entity, name: string, data: Options): boolean {
  if (name === "create") return [...data.of.values()].some((option) => entity.relations.has(option.name) && writesRelated(option.value));
  const { variable } = m.loops[m.loops.length - 1];
  return !data.isComplete || [...data.of.values()].some(({ value, node, uri }) => value.kind === "union" || mayVary(variesOf(value), m.innermost) || (node !== undefined && namesRead(node, m.project.files.get(uri ?? m.uri)).has(variable)));
}

/** `items: { create: […] }`; `author: { connect: { id } }` is a column. */
function writesRelated(value: Value): boolean {
  return value.kind !== "mapping" || [...value.entries.keys()].some((key) => key !== "connect") || value.entries.get("connect")?.kind === "sequence";
}

/** Rows that are taken or skipped come in the order of their key where none is given (prisma/prisma-engines, `query_arguments.rs`, `finalize_arguments`). */
function byKey(entity: Entity, at: Query["lookups"][number]["at"]): Query["order"] {
  const key = entity.indexes.find(({ source }) => source === "primary-key")?.columns ?? [];
  return key.length > 0 ? key.map(({ field }) => ({ path: [field ?? ""], descending: false, random: false, at })) : "unknown";
}

/** A promise that a callback made is the caller's to wait for: its query belongs to whoever does. */
function here(m: Machine, asked: Asked): Asked {
  return m.isRoots(m.bornFrame(asked.query)) || !m.isInRoot ? asked : { ...asked, query: m.derive(asked.query, { from: asked.query.from }) };
}

/** Tells of the conditions and the order of a query that is sent. */
function tell(m: Machine, { conditions, query, call }: Asked): void {
  for (const lookup of conditions.lookups) m.emit({ kind: "lookup", at: lookup.at, lookup, query: withOptional(query, lookup, conditions) });
  const step = query.origin.steps[query.origin.steps.length - 1];
  if (Array.isArray(query.order) && query.order.length > 0 && query.order.some(({ at }) => at.span.start !== call.node.start)) m.emit({ kind: "rowsOrdered", at: query.order[0].at, terms: query.order, query, step });
}

function send(m: Machine, asked: Asked, how: RunHow): void {
  const { query, call, varies, options } = asked;
  m.work++;
  tell(m, asked);
  const dropped = call.uri === m.uri ? m.dropped(call.node) : undefined;
  const batch = asked.name.startsWith("findUnique") ? batchOf(m, isEqualityOnly(asked), Math.max(variesOf(options.of.get("select")?.value), variesOf(options.of.get("include")?.value))) : undefined;
  m.emit({
    kind: "queryRun", at: m.at(call.node, call.uri), query, how, sends: true, dependsOn: varies, expression: call.node, ...(dropped && { dropped }),
    ...(batch && { loops: batch.loops }), ...(batch?.defeatedBy && { batchDefeatedBy: batch.defeatedBy }), ...(asked.name === "findUnique" && { mayMiss: true as const }),
  });
  // What is sent together comes back together: the rounds stay in one tick.
  if (batch && batch.loops.length < m.loops.length) m.staysInTick = true;
  else noteWait(m);
}

function isEqualityOnly({ conditions, delegate: { entity } }: Asked): boolean {
  return !conditions.uncertain && conditions.lookups.every(({ lookup, constant: value, negated, disjunct, path, field }) => (lookup === "exact" || (lookup === "isnull" && value === true)) && !negated && !disjunct && path.length === 1 && field !== undefined && entity.fields.has(field));
}

function findMany(m: Machine, asked: Asked): Value {
  const { query, whole, options, call, varies } = asked;
  send(m, asked, "list");
  const skip = options.of.get("skip");
  // With a cursor the row of the cursor is skipped.
  if (skip && !options.of.has("cursor") && numberOf(skip.value) !== 0) m.emit({ kind: "paginated", at: m.at(call.node, call.uri), query: whole, by: "slice", expression: call.node });
  const take = options.of.get("take");
  for (const { number } of take ? clientDataOf(take.value) : []) m.emit({ kind: "pageSized", at: m.at(take!.node ?? call.node, call.uri), by: "slice", query: whole, number, ...(take!.node && { size: take!.node }) });
  if (options.isComplete) watchWideColumns(m, query, m.at(call.node, call.uri));
  return { ...rowsOf(m, query, call.node, varies), materialised: m.at(call.node, call.uri) };
}

function findOne(m: Machine, asked: Asked, how: "get" | "first"): Value {
  send(m, asked, how);
  const row = rowOf(m, asked.query, false, asked.varies);
  return asked.name.endsWith("OrThrow") ? row : joinValues(row, constant(null, asked.varies));
}

function figure(m: Machine, asked: Asked, how: "count" | "aggregate"): Value {
  send(m, asked, how);
  return unknown(asked.varies);
}

function groupBy(m: Machine, asked: Asked): Value {
  send(m, asked, "aggregate");
  const columns = new Map<string, Value>(namesIn(asked.options.of.get("by")?.value).map((name) => [name, unknown()]));
  const element: Value = { kind: "mapping", entries: columns, key: unknown(), value: unknown(), size: "few", varies: 0 };
  return sequenceOf("list", element, { size: "unknown", bound: boundOf(asked.options), varies: asked.varies });
}

function namesIn(value: Value | undefined): readonly string[] {
  const parts = value?.kind === "sequence" ? (value.items ?? []) : value ? [value] : [];
  return parts.flatMap((each) => (each.kind === "constant" && typeof each.value === "string" ? [each.value] : []));
}

function writeRow(m: Machine, asked: Asked, how: WriteHow): Value {
  const { delegate, query, call, varies } = asked;
  if (how !== "create") tell(m, asked);
  write(m, { how, entity: delegate.entity.key, node: call.node, dependsOn: varies, query, assigned: asked.assigned, uri: call.uri, differs: asked.differs });
  for (const name of ["data", "create", "update"]) tellOfRelated(m, delegate.entity, asked.options.of.get(name)?.value, call);
  noteWait(m);
  const row = rowOf(m, m.derive(query, { atMostOne: true, bound: { kind: "rows", rows: 1 } }), false, varies);
  if (how === "create") row.cell.isNew = true;
  return row;
}

/** `items: { create: … }`, `tags: { connectOrCreate: … }`: rows of relations that come with a row. */
function tellOfRelated(m: Machine, entity: Entity, value: Value | undefined, call: CallSite): void {
  for (const given of value ? optionsOf(value) : []) {
    if (given.kind !== "mapping") continue;
    for (const [name, related] of given.entries) {
      const target = entity.relations.get(name)?.target;
      if (target === undefined) continue;
      for (const each of optionsOf(related)) {
        if (each.kind !== "mapping" || ![...each.entries.keys()].some((key) => /^(create|createMany|connectOrCreate|upsert)$/.test(key))) continue;
        m.emit({ kind: "rowsAdded", at: m.at(call.node, call.uri), entity: target });
        const inner = m.project.entity(target);
        if (inner) tellOfRelated(m, inner, each.entries.get("create"), call);
      }
    }
  }
}

function writeRows(m: Machine, asked: Asked, how: WriteHow, returns: boolean): Value {
  const { delegate, query, call, varies } = asked;
  if (how !== "bulk_create") tell(m, asked);
  write(m, { how, entity: delegate.entity.key, node: call.node, dependsOn: varies, query, assigned: how === "update" ? asked.assigned : [], uri: call.uri, rows: how === "bulk_create" ? asked.options.of.get("data")?.value : undefined, differs: asked.differs || (asked.name === "updateMany" && isAnswerRead(m, call)) });
  noteWait(m);
  return returns ? rowsOf(m, query, call.node, varies) : { kind: "mapping", entries: new Map([["count", unknown(varies)]]), key: unknown(), value: unknown(varies), size: "few", varies };
}

/** `const { count } = await tx.run.updateMany(…)`: how many rows it was is wanted of each round, as of a claim. */
function isAnswerRead(m: Machine, { node, uri }: CallSite): boolean {
  const facts = m.project.files.get(uri);
  const statement = facts && statementsAround(facts, node).at(-1)?.statement;
  return statement?.kind === "assign" && m.loops.length > 0;
}

/** The columns that `data` sets; `stock: book.stock - 1` computes one from what was read before. */
function assignedIn(m: Machine, entity: Entity, given: Options, call: CallSite, byKeyAlone: boolean): readonly AssignedField[] {
  return [...given.of.values()].flatMap((option): AssignedField[] => {
    const { node } = option;
    if (!node) return [];
    const constant = m.loops.length === 0 || !mayVary(option.value.varies, m.innermost);
    // `author: { connect: { id } }` sets the columns of the key.
    const keys = option.value.kind === "mapping" && option.value.entries.has("connect") ? keyFields(entity, option.name) : [];
    if (keys.length > 0) return keys.map((field) => ({ field, at: m.at(node, option.uri ?? call.uri), expression: node, value: node, constant }));
    if (!entity.fields.has(option.name)) return [];
    const own = byKeyAlone ? fromOwnValue(m, entity, option.name, node) : undefined;
    return [{ field: option.name, at: m.at(node, option.uri ?? call.uri), expression: node, value: node, constant, ...(own && { fromOwnValue: own }) }];
  });
}

function keyFields(entity: Entity, name: string): readonly string[] {
  const relation = entity.relations.get(name);
  const columns = relation?.owner === entity.key ? (relation.columns ?? (relation.column === undefined ? [] : [relation.column])) : [];
  return columns.flatMap((column) => [...entity.fields.values()].find((field) => field.column === column)?.name ?? []);
}

/** Nothing but the key picks the row: a condition on what was read (`version: row.version`) would notice that somebody else changed it. */
function isByKeyAlone(entity: Entity, { lookups, uncertain }: Conditions): boolean {
  const keys = entity.indexes.filter(({ unique }) => unique).map(({ columns }) => columns.map(({ field }) => field));
  return !uncertain && keys.some((key) => key.length === lookups.length && lookups.every(({ path, lookup }) => path.length === 1 && lookup === "exact" && key.includes(path[0])));
}

function fromOwnValue(m: Machine, entity: Entity, field: string, node: Expression): AssignedField["fromOwnValue"] {
  if (node.kind !== "binary" || !/^[-+*/]$/.test(node.operator)) return undefined;
  const isOwn = (side: Expression): boolean => {
    const read = side.kind === "logical" ? side.left : side;
    if (read.kind !== "attribute" || read.name !== field || read.object.kind !== "name") return false;
    const row = m.scope?.get(read.object.name);
    return row !== undefined && optionsOf(row).some((option) => option.kind === "row" && option.origin.entity === entity.key && option.origin.query !== undefined && !option.cell.isNew && !isExtremeOf(option.origin.query, field));
  };
  if (isOwn(node.left)) return { operator: node.operator, operand: node.right };
  return node.operator === "+" && isOwn(node.right) ? { operator: "+", operand: node.left } : undefined;
}

/** The row with the largest value, behind which another one is put: `(last?.position ?? 0) + 1`. */
function isExtremeOf({ order }: Query, field: string): boolean {
  return Array.isArray(order) && order[0]?.path.length === 1 && order[0].path[0] === field;
}

/** `findUnique(…).posts()`: the relation of the row that is found (Prisma: *Fluent API*). */
export function relationOfPromise(m: Machine, pending: Pending, name: string, call: CallSite): Value | undefined {
  const { query } = pending;
  const entity = query && m.project.entity(query.entity);
  const relation = entity?.relations.get(name);
  const target = relation?.target === undefined ? undefined : m.project.entity(relation.target);
  if (!query || !relation || !target) return undefined;
  const options = optionsAt(call, 0);
  const { lookups } = conditionsOf(m, target, options.of.get("where")?.value, m.at(call.node, call.uri));
  const bound = relation.cardinality === "one" ? ({ kind: "rows", rows: 1 } as const) : boundOf(options);
  const related = newQuery(m, "prisma", target, call.node, { lookups, bound, atMostOne: relation.cardinality === "one", basis: query.basis, loads: new Map([[ANY_LOAD, { path: ANY_LOAD, by: "prefetch" as const, at: m.at(call.node, call.uri) }]]) }, "opaque");
  const varies = Math.max(pending.query ? call.varies : 0, call.varies);
  const batches = pending.name.startsWith("findUnique");
  const next: Pending = {
    name: `${pending.name}.${name}`, node: call.node, uri: call.uri, frames: m.frames.slice(), query: related,
    run: (machine) => {
      // Two statements for all rounds of one tick, two for each otherwise (measured): the first one speaks for both.
      const found = pending.run(machine);
      void found;
      if (!batches) noteWait(machine);
      if (relation.cardinality === "many") return varying(rowsOf(machine, related, call.node, varies), varies);
      return joinValues(rowOf(machine, related, false, varies), constant(null, varies));
    },
  };
  return promiseOf(next, varies);
}

