import type { Call, Comprehension, Expression, ForLoop } from "../../../facts";
import type { RowsFiltered, RowsReduced } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { contains, type Location, type TextEdit } from "../../../source";
import { standalone } from "./chain";
import { EditSet, insertion, replacement } from "./edit-set";
import { availableName } from "./imports";
import { boundIn, namesIn, pathTo, scopeAt } from "./names";
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

/** `Book.objects.all()` needs its `all()` no more when another method follows. */
function managerText(rows: string): string {
  return rows.replace(/(\.objects)\.all\(\)$/, "$1");
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

function unwrapList(expression: Expression): Expression {
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
  if (expression.kind !== "subscript") return undefined;
  const rows = unwrapList(expression.object);
  if (rows === expression.object) return undefined;
  return (source) => ({ imports: [], text: standalone(source, rows) + source.text.slice(expression.object.end, expression.end) });
}

/** `[x for x in rows if x.status == "new"]` → `[x for x in rows.filter(status="new")]`: the condition moves into the query. */
export function filterInDatabase(event: RowsFiltered, project: ProjectModel | undefined): FixProposal | undefined {
  const { query, condition, field } = event;
  if (!event.whole || query.combined || query.bound.kind !== "none" || query.origin.kind === "opaque" || !project) return undefined;
  const at: Location = { uri: event.at.uri, span: condition };
  const scope = scopeAt(project, at);
  const loop = scope && filteringLoop(pathTo(scope.body, condition) as (Expression | ForLoop)[], condition);
  if (!loop || [...namesIn(condition)].some((name) => loop.bound.has(name) && name !== loop.variable)) return undefined;
  const call = filterCall(event, project, loop.variable);
  if (!call) return undefined;
  return {
    title: `Filter \`${field}\` in the database`,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.holds(condition)) return undefined;
      const removed = loop.remove(source);
      const rows = unwrapList(loop.iterable);
      if (!removed || !source.isChain(rows) || rows.kind === "subscript") return undefined;
      const written = call(source);
      const all = /\.objects(\.all\(\))$/.exec(source.slice(rows));
      edits.add(at.uri, all ? replacement(rows.end - all[1].length, rows.end, `.${written}`) : insertion(rows.end, `.${written}`));
      edits.add(at.uri, removed);
      return edits.finish();
    },
  };
}

interface FilteringLoop {
  readonly iterable: Expression;
  readonly variable: string;
  /** Names that exist only inside the loop. */
  readonly bound: ReadonlySet<string>;
  /** Takes the condition out of the code. */
  remove(source: SourceText): TextEdit[] | undefined;
}

/** A comprehension with this one condition, or a loop that starts with `if not …: continue`. */
function filteringLoop(path: readonly (Expression | ForLoop)[], condition: Expression): FilteringLoop | undefined {
  const comprehension = path.findLast((node): node is Comprehension => node.kind === "comprehension");
  const clause = comprehension?.clauses.find((one) => one.conditions.some((other) => contains(other, condition)));
  if (comprehension && clause && clause.conditions.length === 1 && clause.target.kind === "name") {
    const [whole] = clause.conditions;
    return {
      iterable: clause.iterable,
      variable: clause.target.name,
      bound: boundIn(comprehension),
      remove(source) {
        const head = source.text.slice(clause.iterable.end, whole.start);
        const keyword = /^([)\s]*?)(\s*\bif\b[\s(]*)$/.exec(head);
        if (!keyword || keyword[2].includes("(")) return undefined;
        return [replacement(clause.iterable.end + keyword[1].length, whole.end, "")];
      },
    };
  }
  const loop = path.findLast((node): node is ForLoop => node.kind === "for");
  const first = loop?.body[0];
  if (!loop || loop.target.kind !== "name" || first?.kind !== "if" || !contains(first.test, condition)) return undefined;
  if (first.otherwise.length > 0 || first.then.length !== 1 || first.then[0].kind !== "continue" || loop.body.length < 2) return undefined;
  return {
    iterable: loop.iterable,
    variable: loop.target.name,
    bound: boundIn(loop),
    remove(source) {
      if (!source.ownsLines(first) || source.hasComment({ start: first.start, end: source.lineEnd(first.end) })) return undefined;
      const end = source.nextLine(first.end);
      const blank = /^(?:[ \t]*\r?\n)*/.exec(source.text.slice(end))![0];
      return [replacement(source.lineStart(first.start), end + blank.length, "")];
    },
  };
}

const LOOKUPS: Readonly<Record<string, string>> = { "==": "", "!=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte", in: "__in", "not in": "__in", is: "__isnull", "is not": "__isnull" };
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** `filter(status="new")` or `exclude(…)`; rows that the code keeps, `negated` included. */
function filterCall(event: RowsFiltered, project: ProjectModel, variable: string): ((source: SourceText) => string) | undefined {
  const { field, condition } = event;
  const column = project.entity(event.query.entity)?.fields.get(field);
  if (!column) return undefined;
  let test = condition;
  let keeps = !event.negated;
  while (test.kind === "unary" && test.operator === "not") test = test.operand;
  if (test.kind === "attribute") return column.type === "BooleanField" && !column.nullable ? () => `filter(${field}=${keeps ? "True" : "False"})` : undefined;
  if (test.kind !== "comparison") return undefined;
  const isLeft = readsField(test.left, variable, field);
  if (!isLeft && !readsField(test.right, variable, field)) return undefined;
  const value = isLeft ? test.right : test.left;
  if (!isLeft && ["in", "not in", "is", "is not"].includes(test.operator)) return undefined;
  const operator = isLeft ? test.operator : MIRRORED[test.operator] ?? test.operator;
  const lookup = LOOKUPS[operator];
  if (lookup === undefined || namesIn(value).has(variable)) return undefined;
  // `x.n < 5` on a null raises in Python, so only equality has to care for null; `exclude` keeps nulls as `!=` does.
  if (["!=", "not in"].includes(operator)) keeps = !keeps;
  if (lookup === "__isnull") {
    if (value.kind !== "literal" || value.value !== null) return undefined;
    const isNull = (operator === "is") === keeps;
    return () => `filter(${field}__isnull=${isNull ? "True" : "False"})`;
  }
  if (value.kind === "literal" && value.value === null) return undefined;
  return (source) => `${keeps ? "filter" : "exclude"}(${field}${lookup}=${source.slice(value)})`;
}

function readsField(expression: Expression, variable: string, field: string): boolean {
  return expression.kind === "attribute" && expression.name === field && expression.object.kind === "name" && expression.object.name === variable;
}
