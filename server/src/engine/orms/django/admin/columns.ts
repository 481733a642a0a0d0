import type { Attribute, Expression } from "../../../facts";
import { attributeOf, decoratorsOf } from "../../../flow/attributes";
import { callCallback, callFunction, callValue } from "../../../flow/calls";
import { emptyCall, textOf } from "../../../flow/expressions";
import type { RelationRead } from "../../../flow";
import { walk } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { optionsOf, type InstanceValue, type RowValue, type Value } from "../../../flow/values";
import type { Entity } from "../../../project";
import { classNode } from "../views";
import { handing, optionOf, type Option } from "./classes";

/** One thing that a page shows of each row: a name or a callable, with the code that asks for it. */
export interface Column {
  readonly value: Value;
  readonly node: Expression;
  readonly uri: string;
}

/** The items of `list_display`, `readonly_fields` and the like, each with its own place where the code lists them one by one. */
export function columnsOf(m: Machine, self: InstanceValue, option: string): readonly Column[] | undefined {
  const found = optionOf(m, self, option);
  return found && itemsOf(m, found);
}

/** The items of an option; undefined when they cannot be told. */
export function itemsOf(m: Machine, { value, node, uri, written }: Option): readonly Column[] | undefined {
  if (written) {
    const items = writtenItems(m, node, uri);
    if (items) return items;
  }
  if (value.kind !== "sequence" || !value.items) return undefined;
  return value.items.map((item) => ({ value: item, node, uri }));
}

/** `("title", author)`, `Base.list_display + ("title",)`, `[*names, "title"]`. */
function writtenItems(m: Machine, node: Expression, uri: string, depth = 0): readonly Column[] | undefined {
  if (depth > 5) return undefined;
  switch (node.kind) {
    case "sequence": {
      const items: Column[] = [];
      for (const item of node.items) {
        const inner = item.kind === "spread" ? writtenItems(m, item.value, uri, depth + 1) : [{ value: moduleValue(m, uri, item), node: item, uri }];
        if (!inner) return undefined;
        items.push(...inner);
      }
      return items;
    }
    case "binary": {
      const left = node.operator === "+" ? writtenItems(m, node.left, uri, depth + 1) : undefined;
      const right = left && writtenItems(m, node.right, uri, depth + 1);
      return left && right && [...left, ...right];
    }
    case "call":
      // `list(…)`, `tuple(…)` around such a list.
      return node.arguments.length === 1 && node.callee.kind === "name" && /^(list|tuple)$/.test(node.callee.name) ? writtenItems(m, node.arguments[0].value, uri, depth + 1) : undefined;
    case "name":
    case "attribute": {
      const symbol = m.project.resolveExpression(uri, node);
      if (symbol?.kind === "value" && symbol.value.value) return writtenItems(m, symbol.value.value, symbol.uri, depth + 1);
      // The columns of a class of a library: what they are is not known, but that they are its own.
      return symbol?.kind === "external" ? [] : undefined;
    }
    default: return undefined;
  }
}

/** Shows one column of a row as Django does: a field, a callable, an attribute of the admin, else of the row (`admin.utils.lookup_field`). */
export function showColumn(m: Machine, self: InstanceValue, row: RowValue, column: Column, entity: Entity): void {
  const isElsewhere = column.uri !== m.uri;
  const site = m.at(classNode(self.class), self.class.uri);
  if (isElsewhere) m.frames.push({ uri: column.uri, callSite: site });
  const before = m.events.length;
  const { node } = column;
  for (const value of optionsOf(column.value)) {
    if (value.kind === "constant" && typeof value.value === "string") display(m, named(m, self, row, value.value, node, entity), node);
    else if (value.kind === "function" || value.kind === "lambda") display(m, callCallback(m, value, [row], emptyCall(m, node)), node);
  }
  joinWays(m, before);
  if (isElsewhere) m.frames.pop();
}

function named(m: Machine, self: InstanceValue, row: RowValue, name: string, node: Expression, entity: Entity): Value | undefined {
  if (name === "__str__") return row;
  const attribute = attributeNode(name, node);
  const relation = entity.relations.get(name);
  const isField = entity.fields.has(name) || (relation !== undefined && relation.form !== "generic-foreign-key" && relation.cardinality === "one");
  if (isField) return attributeOf(m, row, name, attribute, {});
  const method = m.project.method(self.class, name);
  if (method) {
    const how = decoratorsOf(method);
    const row_ = handing(m, node, row);
    return how.property ? undefined : callFunction(m, method, how.isStatic ? undefined : self, row_);
  }
  const own = m.project.attribute(self.class, name)?.attribute.value;
  if (own) {
    const value = moduleValue(m, m.project.attribute(self.class, name)!.uri, own);
    if (value.kind === "function") return callFunction(m, value.function, self, handing(m, node, row), value.closure);
    return value.kind === "lambda" ? callCallback(m, value, [self, row], emptyCall(m, node)) : undefined;
  }
  // From Django 5.1 on: the fields of related rows.
  if (name.includes("__") && entity.relations.has(name.split("__")[0])) return along(m, row, name.split("__"), node);
  const value = attributeOf(m, row, name, attribute, {});
  return value.kind === "function" ? callValue(m, value, emptyCall(m, node)) : value;
}

/** `author__country__name` on a row. */
function along(m: Machine, row: RowValue, parts: readonly string[], node: Expression): Value {
  let value: Value = row;
  parts.forEach((part, i) => {
    value = attributeOf(m, value, part, attributeNode(part, node), i + 1 < parts.length ? { next: parts[i + 1] } : {});
  });
  return value;
}

/** `row.name` where the code says no more than the name. */
function attributeNode(name: string, { start, end }: Expression): Attribute {
  return { kind: "attribute", object: { kind: "name", name: "", start, end: start }, name, nameStart: start, start, end };
}

/** What is shown of a value is its text (`admin.utils.display_for_value`); of a list, that of its items. */
function display(m: Machine, value: Value | undefined, node: Expression): void {
  for (const option of value ? optionsOf(value) : []) {
    if (option.kind === "sequence" && (option.of === "list" || option.of === "tuple")) {
      const items = option.items ?? [];
      for (const item of items) textOf(m, item, node);
    } else if (option.kind === "query") walk(m, option, node, "other");
    else textOf(m, option, node);
  }
}

/** A relation that is shown by a `__str__` which follows further ones is one way: the longest read speaks for all. */
function joinWays(m: Machine, from: number): void {
  const reads = m.events.slice(from).filter((event): event is RelationRead => event.kind === "relationRead" && !event.loaded);
  for (const read of reads) {
    const goesOn = reads.some((other) => other.row.query?.id === read.row.query?.id && other.path.startsWith(`${read.path}__`) && other.relation.cardinality === "one");
    if (goesOn && read.relation.cardinality === "one") (read as { -readonly [K in keyof RelationRead]: RelationRead[K] }).continued = true;
  }
}
