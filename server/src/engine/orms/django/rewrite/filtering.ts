import type { Comprehension, Expression, ForLoop, If } from "../../../facts";
import type { RowsFiltered } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { contains, type Location, type TextEdit } from "../../../source";
import { EditSet, insertion, replacement } from "./edit-set";
import { unwrapList } from "./folding";
import { boundIn, namesIn, pathTo, scopeAt } from "./names";
import type { SourceText } from "./source-text";

/** `[x for x in rows if x.status == "new"]` → `[x for x in rows.filter(status="new")]`: the condition moves into the query. */
export function filterInDatabase(event: RowsFiltered, project: ProjectModel | undefined): FixProposal | undefined {
  const { query, condition, field } = event;
  if (!event.whole || query.combined || query.bound.kind !== "none" || query.origin.kind === "opaque" || query.origin.kind === "class" || !project) return undefined;
  const at: Location = { uri: event.at.uri, span: condition };
  const scope = scopeAt(project, at);
  const loop = scope && filteringLoop(pathTo(scope.body, condition) as (Expression | ForLoop)[], condition);
  if (!loop || [...namesIn(condition)].some((name) => loop.bound.has(name) && name !== loop.variable)) return undefined;
  const call = filterCall(event, project, loop);
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
      const all = /(\.all\(\))$/.exec(source.slice(rows));
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
  /** The condition as it stands there. */
  readonly test: Expression;
  /** Whether the loop goes on with the rows for which it holds. */
  readonly keeps: boolean;
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
      test: whole,
      keeps: true,
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
  if (first.otherwise.length > 0) return undefined;
  const skips = first.then.length === 1 && first.then[0].kind === "continue" && loop.body.length > 1;
  const wraps = loop.body.length === 1 && first.then[0].kind !== "continue";
  if (!skips && !wraps) return undefined;
  return {
    iterable: loop.iterable,
    variable: loop.target.name,
    bound: boundIn(loop),
    test: first.test,
    keeps: wraps,
    remove: (source) => skips ? withoutGuard(source, first) : withoutIf(source, first),
  };
}

/** Takes `if …: continue` out. */
function withoutGuard(source: SourceText, guard: If): TextEdit[] | undefined {
  if (!source.ownsLines(guard) || source.hasComment({ start: guard.start, end: source.lineEnd(guard.end) })) return undefined;
  const end = source.nextLine(guard.end);
  const blank = /^(?:[ \t]*\r?\n)*/.exec(source.text.slice(end))![0];
  return [replacement(source.lineStart(guard.start), end + blank.length, "")];
}

/** Takes the line `if …:` out and moves what it holds one step to the left. */
function withoutIf(source: SourceText, test: If): TextEdit[] | undefined {
  const first = test.then[0];
  const outer = source.indentAt(test.start);
  const inner = source.indentAt(first.start);
  if (!source.startsLine(test.start) || !source.startsLine(first.start) || !inner.startsWith(outer)) return undefined;
  const header = { start: source.lineStart(test.start), end: source.nextLine(source.logicalLine(test.start)?.end ?? test.start) };
  if (source.hasComment(header)) return undefined;
  const last = source.lineEnd(test.end);
  // Moving a line inside a string would change the string.
  if (source.tokens.some((token) => token.kind === "string" && token.start >= header.end && token.end <= last && /[\r\n]/.test(source.slice(token)))) return undefined;
  const edits = [replacement(header.start, header.end, "")];
  for (let line = header.end; line < last; line = source.nextLine(line)) {
    if (source.text.startsWith(inner, line)) edits.push(replacement(line, line + inner.length - outer.length, ""));
    if (source.nextLine(line) === line) break;
  }
  return edits;
}

const LOOKUPS: Readonly<Record<string, string>> = { "==": "", "!=": "", "<": "__lt", "<=": "__lte", ">": "__gt", ">=": "__gte", in: "__in", "not in": "__in", is: "__isnull", "is not": "__isnull" };
const MIRRORED: Readonly<Record<string, string>> = { "<": ">", "<=": ">=", ">": "<", ">=": "<=" };

/** `filter(status="new")` or `exclude(…)`; for the rows that the loop goes on with. */
function filterCall(event: RowsFiltered, project: ProjectModel, loop: FilteringLoop): ((source: SourceText) => string) | undefined {
  const { field } = event;
  const { variable } = loop;
  const column = project.entity(event.query.entity)?.fields.get(field);
  if (!column) return undefined;
  let { test, keeps } = loop;
  while (test.kind === "unary" && test.operator === "not") {
    test = test.operand;
    keeps = !keeps;
  }
  if (readsField(test, variable, field)) return column.type === "BooleanField" && !column.nullable ? () => `filter(${field}=${keeps ? "True" : "False"})` : undefined;
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
