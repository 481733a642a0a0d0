import type { Expression, Statement } from "../../facts";
import type { CallSite } from "../adapter";
import type { Machine } from "../machine";
import { optionsOf, type SequenceValue, type Value } from "../values";

/** What a callback gives, when it is nothing but one expression, with the names of its parameters. */
interface Given {
  readonly parameters: readonly string[];
  readonly expression: Expression;
}

function givenBy(m: Machine, callback: Value): Given | undefined {
  const options = optionsOf(callback);
  const [only] = options;
  if (options.length !== 1 || only.kind !== "function") return undefined;
  const statements: readonly Statement[] = m.project.bodyOf(only.function);
  const [statement] = statements;
  if (statements.length !== 1 || statement.kind !== "return" || !statement.value) return undefined;
  return { parameters: only.function.declaration.parameters.map((each) => (each.pattern ? "" : each.name)), expression: statement.value };
}

/** Rows straight out of a query, of which columns are known by name. */
function entityOf(m: Machine, rows: SequenceValue): { readonly isColumn: (name: string) => boolean } | undefined {
  const entity = rows.query && m.project.entity(rows.query.entity);
  return entity && { isColumn: (name) => entity.fields.has(name) && !entity.relations.has(name) };
}

/** `rows.filter((row) => row.status === "new")`: a condition that the database could have tested. */
export function noteRowsFiltered(m: Machine, rows: SequenceValue, callback: Value, call: CallSite): void {
  const entity = entityOf(m, rows);
  const given = entity && givenBy(m, callback);
  if (!entity || !given || !rows.query || !rows.materialised) return;
  let node = given.expression;
  let negated = false;
  if (node.kind === "unary" && node.operator === "not") {
    negated = true;
    node = node.operand;
  }
  const column = node.kind === "comparison" ? node.left : node;
  if (column.kind !== "attribute" || column.object.kind !== "name" || column.object.name !== given.parameters[0] || !entity.isColumn(column.name)) return;
  const other = node.kind === "comparison" ? node.right : undefined;
  if (other && mentions(other, given.parameters)) return;
  m.emit({
    kind: "rowsFiltered", at: m.at(call.node, call.uri), query: rows.query, field: column.name, negated,
    operator: node.kind === "comparison" ? node.operator : "truth", value: other, condition: given.expression, whole: true,
  });
}

/** `rows.filter((row) => SKIPPED.includes(row.id))`, with a list that a module writes down or reads from the configuration: as many rows as that names. */
export function isOfListed(m: Machine, callback: Value): boolean {
  const given = givenBy(m, callback);
  if (given?.expression.kind !== "call") return false;
  const { callee, arguments: [wanted, ...more] } = given.expression;
  if (callee.kind !== "attribute" || !/^(includes|has)$/.test(callee.name) || callee.object.kind !== "name" || !CONSTANT.test(callee.object.name) || more.length > 0) return false;
  return wanted?.value.kind === "attribute" && wanted.value.object.kind === "name" && wanted.value.object.name === given.parameters[0];
}

/** What everybody calls a value that never changes. */
const CONSTANT = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/;

/** `rows.reduce((sum, row) => sum + row.total, 0)`: a sum that the database could have given. */
export function noteReduction(m: Machine, rows: SequenceValue, callback: Value, call: CallSite): void {
  const entity = entityOf(m, rows);
  const given = entity && givenBy(m, callback);
  if (!entity || !given || !rows.query || !rows.materialised) return;
  const { expression, parameters } = given;
  if (expression.kind !== "binary" || expression.operator !== "+") return;
  const [left, right] = [expression.left, expression.right].map((each) => (each.kind === "cast" ? each.operand : each));
  if (left.kind !== "name" || left.name !== parameters[0]) return;
  const column = plainColumn(right, parameters[1]);
  if (!column || !entity.isColumn(column)) return;
  m.emit({ kind: "rowsReduced", at: m.at(call.node, call.uri), query: rows.query, by: "sum", field: column, expression: call.node });
}

/** `row.total`, `Number(row.total)`, `row.total ?? 0`. */
function plainColumn(node: Expression, row: string): string | undefined {
  if (node.kind === "attribute") return node.object.kind === "name" && node.object.name === row ? node.name : undefined;
  if (node.kind === "logical") return plainColumn(node.left, row);
  if (node.kind === "call" && node.callee.kind === "name" && (node.callee.name === "Number" || node.callee.name === "parseFloat") && node.arguments.length === 1) return plainColumn(node.arguments[0].value, row);
  return undefined;
}

function mentions(node: Expression, names: readonly string[]): boolean {
  if (node.kind === "name") return names.includes(node.name);
  if (node.kind === "attribute") return mentions(node.object, names);
  if (node.kind === "literal") return false;
  return node.kind !== "subscript" || mentions(node.object, names) || mentions(node.index, names);
}
