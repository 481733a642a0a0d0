import type { Expression } from "../facts";
import type { Entity, FunctionRef } from "../project";
import type { Machine } from "./machine";
import type { LoopContext } from "./query";
import type { Scope } from "./scope";
import { optionsOf, type Value } from "./values";

/** What a test leaves of the rounds of a loop: those of one row, or of some. */
export interface Selection {
  readonly loop: LoopContext;
  readonly rows: "one" | "some";
}

/**
 * The rounds that a test picks: `row.id === wanted` holds for one row at the most where `id` is unique and `wanted` is the same in every round;
 * `row.owner === wanted`, `row.tags.includes(wanted)` for those rows that have this one value. Looks at names and attributes alone, so nothing happens by it.
 */
export function selectionsOf(m: Machine, test: Expression, scope: Scope, answer: boolean): readonly Selection[] {
  switch (test.kind) {
    case "unary": return test.operator === "not" ? selectionsOf(m, test.operand, scope, !answer) : [];
    case "logical": {
      if (test.operator === "coalesce") return [];
      const left = selectionsOf(m, test.left, scope, answer);
      const right = selectionsOf(m, test.right, scope, answer);
      if ((test.operator === "and") === answer) return [...left, ...right];
      // Either of two: a loop that both of them narrow.
      return left.flatMap((one) => right.filter((other) => other.loop.id === one.loop.id).map((other) => (one.rows === "one" ? other : one)));
    }
    case "comparison": {
      const isEqual = test.operator === "==" || test.operator === "is";
      if (answer ? !isEqual : test.operator !== "!=" && test.operator !== "is not") return [];
      return present(equality(m, test.left, test.right, scope) ?? equality(m, test.right, test.left, scope));
    }
    case "call": {
      if (!answer) return [];
      const sides = equalSides(test);
      return present(sides ? (equality(m, sides[0], sides[1], scope) ?? equality(m, sides[1], sides[0], scope)) : membership(m, test, scope));
    }
    case "name": {
      const origin = scope.originOf(test.name);
      return origin ? selectionsOf(m, origin, scope, answer) : [];
    }
    default: return [];
  }
}

function present(selection: Selection | undefined): readonly Selection[] {
  return selection ? [selection] : [];
}

/** `idsAreEqual(a, b)`, `isEqual(a, b)`, `a.equals(b)`: what says so by its name. */
function equalSides({ callee, arguments: given }: Extract<Expression, { kind: "call" }>): readonly [Expression, Expression] | undefined {
  const name = callee.kind === "attribute" || callee.kind === "name" ? callee.name : "";
  if (!/^equals?$|(^is|are|^ids?)Equal$/i.test(name)) return undefined;
  if (given.length === 2) return [given[0].value, given[1].value];
  return given.length === 1 && callee.kind === "attribute" ? [callee.object, given[0].value] : undefined;
}

/** `String(id)`, `id.toString()`: the same value, to compare it. */
function bare(node: Expression): Expression {
  if (node.kind !== "call") return node;
  if (node.callee.kind === "attribute" && node.arguments.length === 0 && /^(toString|valueOf|trim|toLowerCase)$/.test(node.callee.name)) return bare(node.callee.object);
  return node.callee.kind === "name" && node.arguments.length === 1 && /^(String|Number)$/.test(node.callee.name) ? bare(node.arguments[0].value) : node;
}

/** `row.id === wanted`. */
function equality(m: Machine, one: Expression, other: Expression, scope: Scope): Selection | undefined {
  const [left, right] = [bare(one), bare(other)];
  const wanted = valueOf(right, scope);
  const loop = wanted && loopOf(m, variesOf(m, left, scope));
  if (!loop || wanted.varies > loop.id - 1) return undefined;
  if (isUniqueOfRow(m, left, loop, scope)) return isNull(wanted) ? undefined : { loop, rows: "one" };
  if (isOneOfNames(left, loop, scope) && wanted.kind === "constant" && typeof wanted.value === "string") return { loop, rows: "one" };
  return isGiven(wanted) && !isOneOfFew(m, left, scope) ? { loop, rows: "some" } : undefined;
}

/** The variable of a loop over what no query gave, as it stands: `kind` of `for (const kind of Object.keys(handlers))`. Names that code lists are listed once. */
function isOneOfNames(node: Expression, loop: LoopContext, scope: Scope): boolean {
  return node.kind === "name" && loop.query === undefined && loop.variable.split(", ")[0] === node.name && scope.get(node.name)?.kind !== "row";
}

/** A flag, a status: a large part of the rows has the same. */
function isOneOfFew(m: Machine, node: Expression, scope: Scope): boolean {
  const row = node.kind === "attribute" && node.object.kind === "name" ? scope.get(node.object.name) : undefined;
  const field = row?.kind === "row" && node.kind === "attribute" ? m.project.entity(row.origin.entity)?.fields.get(node.name) : undefined;
  return field !== undefined && (field.holds === "boolean" || field.holds === "enum" || field.hasChoices || /^(Null)?BooleanField$/.test(field.type));
}

/** `row.tags.includes(wanted)`, `row.tags.some((tag) => tag === wanted)`, `row.tags.find(…)`. */
function membership(m: Machine, { callee, arguments: given }: Extract<Expression, { kind: "call" }>, scope: Scope): Selection | undefined {
  if (callee.kind !== "attribute" || given.length !== 1) return undefined;
  const wanted = callee.name === "includes" ? given[0].value : callee.name === "some" || callee.name === "find" ? comparedInside(m, given[0].value, scope) : undefined;
  const value = wanted && valueOf(wanted, scope);
  const loop = value && loopOf(m, variesOf(m, callee.object, scope));
  return loop && isGiven(value) && value.varies <= loop.id - 1 ? { loop, rows: "some" } : undefined;
}

/** `wanted` of `(each) => each === wanted`. */
function comparedInside(m: Machine, callback: Expression, scope: Scope): Expression | undefined {
  if (callback.kind !== "function" || callback.function.parameters.length === 0) return undefined;
  const parameter = callback.function.parameters[0].name;
  const ref: FunctionRef = { uri: scope.uri, declaration: callback.function, key: `${scope.uri}#${callback.function.id}` };
  const [statement, ...more] = m.project.bodyOf(ref);
  if (more.length > 0 || statement?.kind !== "return" || statement.value?.kind !== "comparison" || statement.value.operator !== "==") return undefined;
  const { left, right } = statement.value;
  const sides = [left, right].filter((side) => rootOf(side) !== parameter);
  return sides.length === 1 ? sides[0] : undefined;
}

/** Not written down: a literal that rows are compared with may be what most of them have. */
function isGiven(value: Value): boolean {
  return optionsOf(value).some((option) => option.kind !== "constant" && option.kind !== "external" && option.kind !== "class");
}

function isNull(value: Value): boolean {
  return value.kind === "constant" && value.value === null;
}

/** A column of the loop's own row that no other row has the same value of. */
function isUniqueOfRow(m: Machine, node: Expression, loop: LoopContext, scope: Scope): boolean {
  const read = node.kind === "name" ? scope.originOf(node.name) : node;
  if (read?.kind !== "attribute" || read.object.kind !== "name") return false;
  const row = scope.get(read.object.name);
  if (row?.kind !== "row" || row.origin.path !== "" || row.origin.loop?.id !== loop.id || (loop.query === undefined && loop.perRow !== true) || row.cell.assigned.some(({ field }) => field === read.name)) return false;
  const entity = m.project.entity(row.origin.entity);
  return entity !== undefined && isUnique(entity, read.name);
}

function isUnique({ indexes, primaryKey }: Entity, name: string): boolean {
  const column = name === "pk" ? primaryKey : name;
  return indexes.some(({ unique, partial, columns }) => unique && !partial && columns.length === 1 && columns[0].field === column);
}

/** The running loop that a value differs with. */
function loopOf(m: Machine, varies: number): LoopContext | undefined {
  return varies === 0 ? undefined : m.loops.find(({ id }) => id === varies);
}

/** The loop that a chain of attributes and methods differs with. */
function variesOf(m: Machine, node: Expression, scope: Scope): number {
  switch (node.kind) {
    case "name": return scope.get(node.name)?.varies ?? 0;
    case "attribute": return variesOf(m, node.object, scope);
    case "call": return node.callee.kind === "attribute" ? variesOf(m, node.callee.object, scope) : 0;
    default: return 0;
  }
}

/** What a name or attribute stands for, as far as it can be told without asking for anything: an attribute differs where its object does. */
function valueOf(node: Expression, scope: Scope): Value | undefined {
  switch (node.kind) {
    case "literal": return { kind: "constant", value: node.value, varies: 0 };
    case "name": return scope.get(node.name);
    case "attribute": {
      const object = valueOf(node.object, scope);
      return object && (object.kind === "external" || object.kind === "class" ? object : { kind: "unknown", varies: object.varies });
    }
    case "subscript": {
      const [object, index] = [valueOf(node.object, scope), valueOf(node.index, scope)];
      return object && index && { kind: "unknown", varies: Math.max(object.varies, index.varies) };
    }
    default: return undefined;
  }
}

function rootOf(node: Expression): string | undefined {
  return node.kind === "name" ? node.name : node.kind === "attribute" ? rootOf(node.object) : undefined;
}

/** The function that tells which rows a filter keeps, and how many those are as its answers say so far. */
export interface Filtering {
  readonly key: string;
  rows: Selection["rows"] | "any" | undefined;
}

const FEWEST_FIRST: readonly Filtering["rows"][] = [undefined, "one", "some", "any"];

/** An answer of the callback of a filter: `return row.owner === wanted`. */
export function notePicked(m: Machine, value: Expression | undefined, scope: Scope): void {
  const { filtering } = m;
  if (!filtering || !value || m.frames[m.frames.length - 1].function?.key !== filtering.key || (value.kind === "literal" && !value.value)) return;
  const own = selectionsOf(m, value, scope, true).filter(({ loop }) => loop.id === m.innermost);
  const rows = own.length === 0 ? "any" : own.some((each) => each.rows === "one") ? "one" : "some";
  if (FEWEST_FIRST.indexOf(rows) > FEWEST_FIRST.indexOf(filtering.rows)) filtering.rows = rows;
}

/** Runs the callback of a filter, and tells what it leaves. */
export function pickedBy(m: Machine, callback: Value, run: () => void): Filtering["rows"] {
  if (callback.kind !== "function") {
    run();
    return undefined;
  }
  const { filtering: outer } = m;
  const filtering: Filtering = (m.filtering = { key: callback.function.key, rows: undefined });
  run();
  m.filtering = outer;
  // One that was looked into before is not run again.
  const rows = filtering.rows ?? m.filters.get(filtering.key);
  m.filters.set(filtering.key, rows);
  return rows;
}

/** The selections that are left where the other rounds end everything: of rows that must all have one value, each comes by. */
export function picking(selections: readonly Selection[]): readonly Selection[] {
  return selections.filter(({ rows }) => rows === "one");
}

/** What comes now runs in the rounds that a test leaves: a loop of which one row is left is none. */
export function select(m: Machine, selections: readonly Selection[]): void {
  if (selections.length === 0) return;
  const left = selections.filter(({ rows }) => rows === "one").map(({ loop }) => loop.id);
  if (left.length > 0) m.loops = m.loops.filter(({ id }) => !left.includes(id));
  const some = selections.filter(({ rows }) => rows === "some").map(({ loop }) => loop.id);
  if (some.length > 0) m.selected = [...m.selected, ...some];
}
