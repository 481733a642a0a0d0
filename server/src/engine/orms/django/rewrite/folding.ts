import type { Call, Expression } from "../../../facts";
import type { RowsReduced } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { standalone } from "./chain";
import { EditSet, replacement } from "./edit-set";
import { availableName } from "./imports";
import type { SourceText } from "./source-text";

/** `sum(x.price for x in rows)` → `rows.aggregate(total=Sum("price"))["total"]`. */
export function aggregateInDatabase(event: RowsReduced, project: ProjectModel | undefined): FixProposal | undefined {
  const { expression, field, query } = event;
  if (query.combined || query.shape !== "instances" && event.by !== "first-of-list" || query.bound.kind !== "none" && event.by !== "first-of-list") return undefined;
  const write = replacementFor(event, project);
  if (!write) return undefined;
  return {
    title: event.by === "sorted" ? "Order in the database" : event.by === "first-of-list" ? "Load only the first row" : `Let the database work on \`${field}\``,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const { uri } = event.at;
      const source = edits.source(uri);
      if (!source?.holds(expression) || source.hasComment(expression) || source.slice(expression).includes(" async ")) return undefined;
      const result = write(source);
      if (!result) return undefined;
      edits.add(uri, [...result.imports, replacement(expression.start, expression.end, result.text)]);
      return edits.finish();
    },
  };
}

type Written = (source: SourceText) => { readonly text: string; readonly imports: readonly TextEdit[] } | undefined;

const FOLDS = { sum: { name: "total", function: "Sum" }, max: { name: "highest", function: "Max" }, min: { name: "lowest", function: "Min" } } as const;

function replacementFor(event: RowsReduced, project: ProjectModel | undefined): Written | undefined {
  const { by, expression, field } = event;
  if (by === "first-of-list") return firstOfList(expression);
  if (by === "sorted") return sorted(expression, field);
  if (field === undefined) return undefined;
  const folded = foldedRows(expression, field);
  if (!folded) return undefined;
  const rows = (source: SourceText): string => managerText(standalone(source, folded.rows));
  if (by === "sum" || by === "max" || by === "min") {
    if (expression.kind !== "call" || expression.arguments.length !== 1) return undefined;
    const { name, function: fold } = FOLDS[by];
    const hasDefault = (project?.version("django")?.[0] ?? 0) >= 4;
    return (source) => {
      const known = availableName(source, "django.db.models", fold);
      const key = source.literal(name);
      const options = by === "sum" && hasDefault ? ", default=0" : "";
      const text = `${rows(source)}.aggregate(${name}=${known.text}(${source.literal(field)}${options}))[${key}]`;
      return { imports: known.edits, text: by !== "sum" || hasDefault ? text : orZero(source, expression, text) };
    };
  }
  if (by === "set") return (source) => ({ imports: [], text: `set(${rows(source)}.values_list(${source.literal(field)}, flat=True).distinct())` });
  const column = project?.entity(event.query.entity)?.fields.get(field);
  if (column?.type !== "BooleanField") return undefined;
  if (by === "any") return (source) => ({ imports: [], text: `${rows(source)}.filter(${field}=True).exists()` });
  // A null is neither true nor false: `all()` and the filter would disagree on it.
  if (by === "all" && !column.nullable) return (source) => standsAlone(source, expression) ? { imports: [], text: `not ${rows(source)}.filter(${field}=False).exists()` } : undefined;
  return undefined;
}

/** `all()` says nothing when another method of managers and querysets follows. */
function managerText(rows: string): string {
  return rows.replace(/\.all\(\)$/, "");
}

/** The rows of `sum(x.price for x in rows)`: one clause, no condition, exactly the field. */
function foldedRows(expression: Expression, field: string): { readonly rows: Expression } | undefined {
  const inner = expression.kind === "call" ? expression.arguments[0]?.value : expression;
  if (inner?.kind !== "comprehension" || inner.clauses.length !== 1 || inner.value) return undefined;
  const [clause] = inner.clauses;
  if (clause.conditions.length > 0 || clause.isAsync || clause.target.kind !== "name" || inner.element.kind !== "attribute") return undefined;
  const { object, name } = inner.element;
  if (object.kind !== "name" || object.name !== clause.target.name || name !== field) return undefined;
  return { rows: unwrapList(clause.iterable) };
}

/** The rows inside `list(…)` or `tuple(…)`. */
export function unwrapList(expression: Expression): Expression {
  const isList = expression.kind === "call" && expression.callee.kind === "name" && ["list", "tuple"].includes(expression.callee.name);
  return isList && (expression as Call).arguments.length === 1 ? (expression as Call).arguments[0].value : expression;
}

/** No row at all sums up to null. */
function orZero(source: SourceText, expression: Expression, text: string): string {
  return standsAlone(source, expression) ? `${text} or 0` : `(${text} or 0)`;
}

/** Whether the expression is a whole argument, value or statement, so that operators in it bind to nothing outside. */
function standsAlone(source: SourceText, expression: Expression): boolean {
  const before = source.text.slice(Math.max(0, expression.start - 24), expression.start);
  const after = source.text.slice(expression.end, expression.end + 24);
  return /(?:^|[\r\n]|[(,[{:]|[^=!<>]=|\breturn|\bif|\bwhile|\bassert)[ \t]*$/.test(before) && /^[ \t]*(?:$|[\r\n#),\]}:])/.test(after);
}

/** `sorted(rows, key=lambda row: row.name, reverse=True)` → `rows.order_by("-name")`. */
function sorted(expression: Expression, field: string | undefined): Written | undefined {
  if (field === undefined || expression.kind !== "call" || expression.callee.kind !== "name" || expression.callee.name !== "sorted") return undefined;
  const [rows, ...options] = expression.arguments;
  if (!rows || rows.name !== undefined || options.some((option) => option.name !== "key" && option.name !== "reverse")) return undefined;
  const reverse = options.find((option) => option.name === "reverse")?.value;
  if (reverse && (reverse.kind !== "literal" || typeof reverse.value !== "boolean")) return undefined;
  const sign = reverse?.kind === "literal" && reverse.value === true ? "-" : "";
  return (source) => ({ imports: [], text: `${managerText(standalone(source, unwrapList(rows.value)))}.order_by(${source.literal(sign + field)})` });
}

/** `list(rows)[0]` → `rows[0]`. */
function firstOfList(expression: Expression): Written | undefined {
  // A query takes no negative index.
  if (expression.kind !== "subscript" || expression.index.kind === "unary") return undefined;
  const rows = unwrapList(expression.object);
  // `list(reversed(rows))[:10]`: what `reversed`, `map` or a generator gives cannot be indexed.
  const isQuery = rows.kind === "name" || rows.kind === "attribute" || (rows.kind === "call" && rows.callee.kind === "attribute");
  if (rows === expression.object || !isQuery) return undefined;
  return (source) => ({ imports: [], text: standalone(source, rows) + source.text.slice(expression.object.end, expression.end) });
}
