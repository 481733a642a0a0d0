import { isTemplateName, type Assign, type Attribute, type Call, type Expression, type Name } from "../../../facts";
import type { Query, QueryRun } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location, Span, TextEdit } from "../../../source";
import { appendCall, dotOf, standalone } from "./chain";
import { EditSet, insertion, replacement } from "./edit-set";
import { nodesOf, pathTo, scopeAt } from "./names";
import { addToChain, placeOf } from "./placement";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** `len(rows)` → `rows.count()`. */
export function countInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  return {
    title: "Count in the database",
    safety: "safe",
    preferred: true,
    editsTemplates: true,
    build: (text) => askInTemplate(new EditSet(text), at, rows, "count") ?? askInstead(new EditSet(text), at, rowsIn(rows), "count()"),
  };
}

/** `if rows` / `bool(rows)` → `rows.exists()`. */
export function existsInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  return {
    title: "Ask the database whether there is one",
    safety: "safe",
    preferred: true,
    editsTemplates: true,
    build: (text) => askInTemplate(new EditSet(text), at, rows, "exists") ?? askInstead(new EditSet(text), at, rowsIn(rows), "exists()"),
  };
}

/** `{% if order.items.all %}` → `{% if order.items.all.exists %}`, `{{ order.items.all|length }}` → `{{ order.items.all.count }}`; Jinja writes the calls out. */
function askInTemplate(edits: EditSet, at: Location, expression: Expression, method: string): ReturnType<EditSet["finish"]> {
  if (/\.pyi?$/.test(at.uri)) return undefined;
  const rows = expression.kind === "call" && expression.callee.kind === "name" && isTemplateName(expression.callee.name) ? expression.arguments[0]?.value : expression;
  const read = rows?.kind === "call" ? rows.callee : rows;
  if (!rows || read?.kind !== "attribute" || read.lookup === undefined) return undefined;
  edits.add(at.uri, replacement(rows.end, Math.max(rows.end, at.span.end), read.lookup === "jinja" ? `.${method}()` : `.${method}`));
  return edits.finish();
}

/** The rows inside `len(…)`, `bool(…)` and `list(…)`. */
function rowsIn(expression: Expression): Expression {
  let rows = expression;
  while (rows.kind === "call" && rows.callee.kind === "name" && ["len", "bool", "list", "tuple"].includes(rows.callee.name) && rows.arguments.length === 1) {
    rows = rows.arguments[0].value;
  }
  return rows;
}

/** Replaces what stands around `rows` (`len(`, `list(` …) by a method call on it. */
function askInstead(edits: EditSet, at: Location, rows: Expression, method: string): ReturnType<EditSet["finish"]> {
  const source = edits.source(at.uri);
  const span = source && chainSpan(source, at.span, rows);
  if (!source || !span || source.slice(at.span).includes(" async ")) return undefined;
  const before = { start: at.span.start, end: span.start };
  const after = { start: span.end, end: at.span.end };
  if (source.hasComment(before) || source.hasComment(after)) return keepBrackets(edits, source, at, span, method);
  if (!source.isChain(span)) {
    edits.add(at.uri, [replacement(before.start, before.end, "("), replacement(after.start, after.end, `).${method}`)]);
    return edits.finish();
  }
  if (before.start < before.end && source.hasBareLineBreak(span)) return keepBrackets(edits, source, at, span, method);
  if (before.start < before.end) edits.add(at.uri, replacement(before.start, before.end, ""));
  const appended = appendCall(source, span.end, lastDot(source, rows), `.${method}`, rows.start);
  if (after.start === after.end) edits.add(at.uri, appended);
  else edits.add(at.uri, replacement(after.start, after.end, `.${method}`));
  return edits.finish();
}

/** `len(⏎ rows⏎ .filter()⏎)` keeps its parentheses, which hold the lines together: `(⏎ rows⏎ .filter()⏎ .count()⏎)`. */
function keepBrackets(edits: EditSet, source: SourceText, at: Location, span: Span, method: string): ReturnType<EditSet["finish"]> {
  const call = /^\s*[\p{L}_]\w*\s*(?=\()/u.exec(source.slice({ start: at.span.start, end: span.start }));
  const open = at.span.start + (call?.[0].length ?? 0);
  if (!call || source.skipTrivia(open + 1) !== span.start || source.skipTrivia(span.end) !== at.span.end - 1) return undefined;
  edits.add(at.uri, replacement(at.span.start, open, ""));
  if (!source.isChain(span)) edits.add(at.uri, insertion(at.span.end, `.${method}`));
  else {
    const start = source.lineStart(span.end);
    const dot = start + source.indentAt(span.end).length;
    edits.add(at.uri, appendCall(source, span.end, source.text[dot] === "." ? dot : undefined, `.${method}`, span.start));
  }
  return edits.finish();
}

/** The rows with the parentheses that belong to them alone. */
function chainSpan(source: SourceText, at: Span, rows: Expression): Span | undefined {
  if (!source.holds(at) || !source.holds(rows) || rows.start < at.start || rows.end > at.end || rows.start === rows.end) return undefined;
  return { start: rows.start, end: rows.end };
}

function lastDot(source: SourceText, expression: Expression): number | undefined {
  if (expression.kind === "call" && expression.callee.kind === "attribute") return dotOf(source, expression.callee);
  return undefined;
}

/** `rows.count() > 0` → `rows.exists()`, `== 0` → `not rows.exists()`. */
export function existsInsteadOfCount(run: QueryRun): FixProposal | undefined {
  const compared = run.comparedToZero;
  const call = run.expression;
  if (!compared || call.kind !== "call") return undefined;
  const isMethod = call.callee.kind === "attribute" && ["count", "acount"].includes(call.callee.name);
  const isLength = call.callee.kind === "name" && call.callee.name === "len" && call.arguments.length === 1;
  if (!isMethod && !isLength) return undefined;
  return {
    title: "Ask whether there is one instead of counting",
    safety: "safe",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const { at, meaning } = compared;
      const source = edits.source(at.uri);
      if (!source?.holds(at.span) || !source.hasCall(call) || call.start < at.span.start || call.close >= at.span.end) return undefined;
      const tail = { start: call.close + 1, end: at.span.end };
      const head = source.text.slice(at.span.start, call.start);
      if (source.hasComment(tail) || head.includes("#") || isOperand(source, at.span)) return undefined;
      const isAwaited = /\bawait\s*\(?\s*$/.test(head);
      const prefix = (meaning === "none" ? "not " : "") + (isAwaited ? "await " : "");
      // `(await rows.acount()) > 0`: its closing parenthesis is part of the tail that goes.
      edits.add(at.uri, replacement(at.span.start, call.start, prefix));
      edits.add(at.uri, existsEdits(source, call));
      edits.add(at.uri, replacement(tail.start, tail.end, ""));
      return edits.finish();
    },
  };
}

function existsEdits(source: SourceText, call: Call): TextEdit[] {
  if (call.callee.kind === "attribute") {
    const { nameStart, name } = call.callee;
    return [replacement(nameStart, nameStart + name.length, name === "acount" ? "aexists" : "exists")];
  }
  const rows = call.arguments[0].value;
  return [replacement(call.start, call.close + 1, `${standalone(source, rows)}.exists()`)];
}

/** The comparison is itself compared or calculated with, where `not` would bind otherwise. */
function isOperand(source: SourceText, span: Span): boolean {
  const before = source.text.slice(Math.max(0, span.start - 12), span.start);
  const after = source.text.slice(span.end, span.end + 12);
  return /(?:[=!<>]=|[<>+\-*/%&|^~]|\b(?:in|is|await))\s*$/.test(before) || /^\s*(?:[=!<>]=|[<>+\-*/%&|^]|\b(?:in|is)\b)/.test(after);
}

/** Slices the query: `[:100]`. Whether the other rows may be left out, nobody but the author can tell: a permission check needs them all. */
export function limit(query: Query, rows: number, expression: Location, project: ProjectModel | undefined): FixProposal | undefined {
  if (query.bound.kind !== "none" || isContainer(project, expression)) return undefined;
  return {
    title: `Load the first ${rows} rows only`,
    safety: "sketch",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(expression.uri);
      // A slice of a slice counts from the start of the first.
      if (!source || !canBeFollowed(source, expression.span) || source.text[expression.span.end - 1] === "]") return undefined;
      edits.add(expression.uri, insertion(expression.span.end, `[:${rows}]`));
      return edits.finish();
    },
  };
}

/** What leaves the function is a mapping or a list that has the query in it: it cannot be cut as the query can. */
export function isContainer(project: ProjectModel | undefined, at: Location): boolean {
  const scope = project && scopeAt(project, at);
  const node = scope && (pathTo(scope.body, at.span).findLast((one) => one.start === at.span.start && one.end === at.span.end) as Expression | undefined);
  if (!scope || !node) return false;
  if (node.kind !== "name") return CONTAINERS.has(node.kind);
  if (scope.declaration?.parameters.some((parameter) => parameter.name === node.name && parameter.spread)) return true;
  const isIt = (expression: Expression): boolean => expression.kind === "name" && expression.name === node.name;
  return [...nodesOf(scope.body)].some((one) => {
    if (one.kind === "attribute") return (one as Attribute).name === "update" && isIt((one as Attribute).object);
    if (one.kind !== "assign") return false;
    const { targets, value } = one as Assign;
    if (targets.some((target) => target.kind === "subscript" && isIt(target.object))) return true;
    const isMade = CONTAINERS.has(value?.kind ?? "") || (value?.kind === "call" && value.callee.kind === "name" && value.callee.name === "dict");
    return isMade && targets.some(isIt);
  });
}

const CONTAINERS: ReadonlySet<string> = new Set(["mapping", "sequence", "comprehension"]);

/** `.iterator(chunk_size=2000)`: rows come in pieces and none is kept. */
export function stream(query: Query, expression: Location): FixProposal | undefined {
  return {
    title: "Stream the rows with `iterator()`",
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(expression.uri);
      if (!source || !canBeFollowed(source, expression.span)) return undefined;
      const { start, end } = expression.span;
      const method = /\basync\s+for\b[^\r\n]*\bin\s*\(?\s*$/.test(source.text.slice(Math.max(0, start - 200), start)) ? "aiterator" : "iterator";
      const last = query.origin.steps.at(-1)?.call;
      const dot = last?.callee.kind === "attribute" && last.close + 1 === end ? dotOf(source, last.callee) : undefined;
      edits.add(expression.uri, appendCall(source, end, dot, `.${method}(chunk_size=2000)`, start));
      return edits.finish();
    },
  };
}

/** A chain that no method call or subscript follows: what is appended is the last word. */
function canBeFollowed(source: SourceText, span: Span): boolean {
  if (!source.isChain(span)) return false;
  const next = source.text[source.skipTrivia(span.end)];
  return next !== "." && !/^[ \t]*[[(]/.test(source.text.slice(span.end, span.end + 8));
}

/** `.order_by("pk")`, so that pages neither repeat nor lose rows. */
export function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  if (query.bound.kind !== "none" && query.origin.steps.length === 0) return undefined;
  const place = placeOf(query, project);
  if (!place) return undefined;
  const ordered = place.steps.findLast((step) => step.name === "order_by");
  if (ordered && ordered.call.arguments.length > 0) return undefined;
  return {
    title: "Order by the primary key",
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(ordered?.uri ?? place.uri);
      if (!source) return undefined;
      const key = source.literal("pk");
      if (ordered) return source.hasCall(ordered.call) && edits.add(ordered.uri, insertion(ordered.call.open + 1, key)) ? edits.finish() : undefined;
      return addToChain(edits, place, query, `order_by(${key})`, project) ? edits.finish() : undefined;
    },
  };
}

/** `.defer("blurb")`: the rows come without these columns, and each is loaded when it is read after all. */
export function deferColumns(query: Query, columns: readonly string[], project: ProjectModel): FixProposal | undefined {
  const place = placeOf(query, project);
  if (!place || query.combined) return undefined;
  return {
    title: `Leave ${columns.map((column) => `\`${column}\``).join(", ")} out of the rows`,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(place.uri);
      return source && addToChain(edits, place, query, `defer(${columns.map((column) => source.literal(column)).join(", ")})`, project) ? edits.finish() : undefined;
    },
  };
}

/** `list(qs.values_list("id", flat=True))` → the queryset itself. */
export function passQuery(materialised: Location, query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  if (query.combined || query.bound.kind !== "none" || query.locked) return undefined;
  if (project && !isPassedOnOnly(project, materialised)) return undefined;
  return {
    title: "Pass the query instead of its ids",
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(materialised.uri);
      if (!source?.holds(materialised.span)) return undefined;
      const edit = source.hasComment(materialised.span) ? undefined : withoutList(source, materialised.span) ?? withoutComprehension(source, materialised.span);
      return edits.add(materialised.uri, edit) ? edits.finish() : undefined;
    },
  };
}

/** A list under a name is read once, and nothing is written between: a query would see the rows of then, not of now. */
function isPassedOnOnly(project: ProjectModel, materialised: Location): boolean {
  const scope = scopeAt(project, materialised);
  const statement = scope && pathTo(scope.body, materialised.span).findLast((node) => node.kind === "assign") as Assign | undefined;
  if (!scope || statement?.kind !== "assign" || statement.value?.start !== materialised.span.start || statement.value.end !== materialised.span.end) return true;
  const [target] = statement.targets;
  if (statement.targets.length !== 1 || target.kind !== "name") return false;
  const later = [...nodesOf(scope.body)].filter((node) => node.start >= statement.end);
  const reads = later.filter((node) => node.kind === "name" && (node as Name).name === target.name);
  const writes = later.filter((node) => node.kind === "attribute" && node.end <= (reads[0]?.start ?? 0) && WRITES.test((node as Attribute).name));
  return reads.length === 1 && writes.length === 0;
}

const WRITES = /^a?(?:save|create|delete|update|bulk_create|bulk_update|get_or_create|update_or_create|add|remove|set|clear)$/;

/** `list(…)`, `tuple(…)`, `set(…)` around the query. */
function withoutList(source: SourceText, span: Span): TextEdit | undefined {
  const match = /^(list|tuple|set|frozenset)\(\s*([^]*?),?\s*\)$/.exec(source.slice(span));
  if (!match) return undefined;
  const start = span.start + match[0].indexOf(match[2], match[1].length + 1);
  const inner = { start, end: start + match[2].length };
  if (!source.isChain(inner)) return undefined;
  // A chain on several lines keeps the parentheses that hold it together.
  const isSeveralLines = /[\r\n]/.test(source.slice(span));
  const length = span.start - source.lineStart(span.start) + (inner.end - inner.start);
  if (source.hasBareLineBreak(inner) || (isSeveralLines && (length > LINE_LIMIT || /[\r\n]/.test(source.slice(inner))))) {
    return replacement(span.start, span.start + match[1].length, "");
  }
  return replacement(span.start, span.end, standalone(source, inner));
}

/** `[book.pk for book in books]`. */
function withoutComprehension(source: SourceText, span: Span): TextEdit | undefined {
  const match = /^(?:\[|\{|(?:list|set|tuple)\()\s*(\w+)\.(\w+)\s+for\s+(\w+)\s+in\s+([^]*?)\s*[\])}]$/.exec(source.slice(span));
  if (!match || match[1] !== match[3]) return undefined;
  const start = span.start + match[0].lastIndexOf(match[4]);
  const rows = { start, end: start + match[4].length };
  if (!source.isChain(rows)) return undefined;
  return replacement(span.start, span.end, `${standalone(source, rows)}.values_list(${source.literal(match[2])}, flat=True)`);
}
