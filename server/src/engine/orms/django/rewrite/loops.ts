import type { Attribute, Call, Expression, ForLoop, Statement } from "../../../facts";
import type { LoopContext, QueryRun } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal, Safety } from "../../../rule";
import { contains, type Location, type Span, type TextEdit } from "../../../source";
import { EditSet, insertion, replacement } from "./edit-set";
import { baseOf, boundIn, classNameOf, freeName, namesIn, nodesOf, pathTo, plural, scopeAt, snakeCase, type Located, type Scope } from "./names";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** The loop as the file's facts have it: a `for` statement, or the statement around a comprehension or `while`. */
export interface LoopPlace {
  readonly uri: string;
  readonly scope: Scope;
  /** Nodes from the function's body down to the place asked for. */
  readonly path: readonly Located[];
  /** The statement before which something can be put. */
  readonly statement: Located;
  readonly loop: Located;
}

/** Finds a place inside a loop in the same function; undefined when the loop is in a calling function. */
export function findLoop(project: ProjectModel | undefined, loop: LoopContext, inner: Location): LoopPlace | undefined {
  if (!project || loop.at.uri !== inner.uri) return undefined;
  const scope = scopeAt(project, inner);
  if (!scope) return undefined;
  const path = pathTo(scope.body, inner.span);
  const isLoop = (node: Located): boolean => loop.kind === "comprehension" ? node.kind === "comprehension" : node.kind === loop.kind;
  const found = path.findLast((node) => isLoop(node) && node.start <= loop.at.span.start && loop.at.span.start < node.end && Math.abs(node.start - loop.at.span.start) < 8);
  if (!found) return undefined;
  const statement = path.slice(0, path.indexOf(found) + 1).findLast((node) => STATEMENTS.has(node.kind ?? ""));
  if (!statement || path.some((node) => node.kind === "lambda")) return undefined;
  return { uri: inner.uri, scope, path, statement, loop: found };
}

const STATEMENTS = new Set(["expression", "assign", "augment", "return", "for", "while", "if", "try", "with", "match", "raise", "assert", "delete"]);

/** Moves a query that is the same every time round to a name before the loop. */
export function hoist(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const at: Location = { uri: run.at.uri, span: run.expression };
  const place = findLoop(project, loop, at);
  if (!place || !project || run.expression.kind === "name") return undefined;
  const expression = awaited(place.path, run.expression);
  if (place.statement.kind === "for" && contains((place.loop as unknown as ForLoop).iterable ?? place.loop, expression)) return undefined;
  const inside = place.path.slice(place.path.indexOf(place.loop));
  // A handler inside the loop is meant for this query; a header runs more often than what stands before it.
  if (inside.some((node) => ["try", "with", "while", "yield"].includes(node.kind ?? "") && node !== place.loop) || place.loop.kind === "while") return undefined;
  const changing = boundIn(place.loop);
  if ([...namesIn(expression)].some((name) => changing.has(name))) return undefined;
  if ([...nodesOf(expression)].some((node) => node.kind === "lambda" || node.kind === "named-assignment" || node.kind === "yield")) return undefined;
  const name = freeName(place.scope, project, place.uri, ...nameFor(run));
  if (name === undefined) return undefined;
  const whole = movableAssignment(place, expression);
  return {
    title: "Run the query once, before the loop",
    safety: safetyOf(run, inside),
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const moved = whole && edits.source(place.uri) && moveStatement(edits.source(place.uri)!, place, whole);
      if (moved) return edits.add(place.uri, moved) ? edits.finish() : undefined;
      const source = edits.source(place.uri);
      if (!source?.holds(place.statement) || !source.startsLine(place.statement.start) || source.hasComment(expression)) return undefined;
      if (!isUnchanged(source, expression)) return undefined;
      const indent = source.indentAt(place.statement.start);
      const value = source.hasBareLineBreak(expression) ? `(${source.slice(expression)})` : source.slice(expression);
      const hoisted = reindent(source, value, expression, indent);
      edits.add(place.uri, insertion(source.aboveStatement(place.statement.start), `${indent}${name} = ${hoisted}${source.eol}`));
      edits.add(place.uri, replacement(expression.start, expression.end, name));
      return edits.finish();
    },
  };
}

/** `setting = Setting.objects.get(…)` straight in the loop's body moves as it is, when nothing else there gives the name a value. */
function movableAssignment(place: LoopPlace, expression: Expression): Located | undefined {
  const body = bodyOf(place.loop);
  const index = body.findIndex((statement) => statement.kind === "assign" && statement.value?.start === expression.start && statement.value.end === expression.end);
  const statement = body[index];
  if (statement?.kind !== "assign" || body.length < 2 || statement.targets.length !== 1 || statement.targets[0].kind !== "name") return undefined;
  const { name } = statement.targets[0];
  const others = body.filter((one) => one !== statement);
  const isChanged = [...nodesOf(others)].some((node) => {
    const targets = (node as unknown as { targets?: readonly Expression[]; target?: Expression }).targets ?? [(node as unknown as { target?: Expression }).target];
    return ["assign", "augment", "delete"].includes(node.kind ?? "") && targets.some((target) => target && baseOf(target).kind === "name" && (baseOf(target) as { name: string }).name === name);
  });
  if (isChanged || boundIn(others).has(name) || boundIn((place.loop as unknown as ForLoop).target).has(name)) return undefined;
  return namesIn(body.slice(0, index)).has(name) ? undefined : statement;
}

function moveStatement(source: SourceText, place: LoopPlace, statement: Located): TextEdit[] | undefined {
  if (!source.ownsLines(statement) || !source.startsLine(place.statement.start) || source.text.slice(statement.start, statement.end).includes('"""')) return undefined;
  const from = source.lineStart(statement.start);
  const to = source.nextLine(statement.end);
  const outer = source.indentAt(place.statement.start);
  const inner = source.indentAt(statement.start);
  if (!inner.startsWith(outer)) return undefined;
  const lines = source.text.slice(from, to).split(/(?<=\n)/).map((line) => line.startsWith(inner) ? outer + line.slice(inner.length) : line).join("");
  const ended = /[\r\n]$/.test(lines) ? lines : lines + source.eol;
  return [insertion(source.aboveStatement(place.statement.start), ended), replacement(from, to, "")];
}

/** `await` belongs to the query it waits for. */
function awaited(path: readonly Located[], expression: Expression): Expression {
  const parent = path.findLast((node) => node.kind === "await");
  const isDirect = parent && (parent as unknown as { operand: Located }).operand.start === expression.start && (parent as unknown as { operand: Located }).operand.end === expression.end;
  return isDirect ? parent as unknown as Expression : expression;
}

/** A lazy query may be built for nothing; one that raises when nothing is found may not. */
function safetyOf(run: QueryRun, inside: readonly Located[]): Safety {
  const mayRaise = ["get", "latest", "earliest", "index"].includes(run.how);
  const isConditional = inside.some((node) => ["if", "match", "conditional", "logical"].includes(node.kind ?? ""));
  return mayRaise || (isConditional && !["iterate", "len", "bool", "contains"].includes(run.how)) ? "review" : "safe";
}

function nameFor(run: QueryRun): string[] {
  const one = snakeCase(classNameOf(run.query.entity));
  const many = plural(one);
  switch (run.how) {
    case "count": case "len": return [`${one}_count`];
    case "exists": case "bool": return [`has_${many}`];
    case "get": case "first": case "last": case "latest": case "earliest": case "index": return [one, `${run.how === "index" ? "first" : run.how}_${one}`, `the_${one}`];
    case "aggregate": return [`${one}_totals`];
    default: return [many, `all_${many}`];
  }
}

function isUnchanged(source: SourceText, expression: Expression): boolean {
  const call = expression.kind === "await" ? expression.operand : expression;
  if (call.kind === "call") return source.hasCall(call);
  const base = baseOf(expression);
  return base.kind === "name" && source.text.startsWith(base.name, base.start);
}

/** Further lines of an expression keep their distance to the first. */
function reindent(source: SourceText, value: string, from: Span, indent: string): string {
  const old = source.indentAt(from.start);
  if (old === indent || !old.startsWith(indent)) return value;
  const extra = old.slice(indent.length);
  return value.split(/(\r?\n)/).map((part, index) => index > 0 && part.startsWith(indent + extra) ? indent + part.slice(old.length) : part).join("");
}

/** `Model.objects.get(pk=key)` per round → one `in_bulk` before the loop and a look-up in it. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const place = findLoop(project, loop, { uri: run.at.uri, span: run.expression });
  const entity = project.entity(run.query.entity);
  if (!place || !entity || place.loop.kind !== "for" || run.query.origin.kind !== "manager" || run.query.combined) return undefined;
  const statement = place.loop as unknown as ForLoop;
  const shape = lookupShape(run, entity);
  if (!shape || statement.isAsync || statement.target.kind !== "name") return undefined;
  const inside = place.path.slice(place.path.indexOf(place.loop) + 1);
  if (inside.some((node) => ["for", "while", "try", "lambda", "comprehension"].includes(node.kind ?? ""))) return undefined;
  const { target } = statement;
  if (!isKeyOf(shape.key, target.name) || boundIn(statement.body).has(target.name)) return undefined;
  if ([...namesIn(shape.rows)].some((name) => name === target.name || boundIn(statement).has(name))) return undefined;
  const again = walkAgain(statement.iterable, loop, place, project);
  if (!again) return undefined;
  const by = shape.field === undefined ? "" : `_by_${shape.field}`;
  const name = freeName(place.scope, project, place.uri, `${plural(snakeCase(entity.name))}${by}`, `${plural(snakeCase(entity.name))}_by_key`);
  if (name === undefined) return undefined;
  return {
    title: `Load all needed \`${entity.name}\` rows before the loop`,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(place.uri);
      if (!source?.hasCall(shape.call) || !source.startsLine(statement.start) || source.hasComment(shape.call)) return undefined;
      if (source.hasBareLineBreak(shape.rows) || source.hasComment(statement.iterable)) return undefined;
      const { eol } = source;
      const indent = source.indentAt(statement.start);
      const key = source.slice(shape.key);
      const field = shape.field === undefined ? "" : `, field_name=${source.literal(shape.field)}`;
      const rows = source.slice(shape.rows);
      const before = again.name === undefined ? "" : `${indent}${again.name} = ${source.slice(statement.iterable)}${eol}`;
      if (again.name !== undefined && source.hasBareLineBreak(statement.iterable)) return undefined;
      const walked = again.name ?? source.slice(statement.iterable);
      const keys = shape.key.kind === "name" ? walked : `{${key} for ${target.name} in ${walked}}`;
      const oneLine = `${indent}${name} = ${rows}.in_bulk(${keys}${field})`;
      const inner = indent + source.indentUnit;
      const bulk = oneLine.length <= LINE_LIMIT ? oneLine : `${indent}${name} = ${rows}.in_bulk(${eol}${inner}${keys}${field}${eol}${indent})`;
      edits.add(place.uri, insertion(source.aboveStatement(statement.start), before + bulk + eol));
      if (again.name !== undefined) edits.add(place.uri, replacement(statement.iterable.start, statement.iterable.end, again.name));
      edits.add(place.uri, replacement(shape.call.start, shape.call.close + 1, shape.optional ? `${name}.get(${key})` : `${name}[${key}]`));
      return edits.finish();
    },
  };
}

interface LookupShape {
  readonly call: Call;
  /** What `in_bulk` is called on. */
  readonly rows: Expression;
  readonly key: Expression;
  /** A unique field other than the primary key. */
  readonly field?: string;
  /** `first()` gives None where `get()` raises. */
  readonly optional: boolean;
}

/** `rows.get(pk=key)` and `rows.filter(pk=key).first()`. */
function lookupShape(run: QueryRun, entity: Entity): LookupShape | undefined {
  const call = run.expression;
  if (call.kind !== "call" || call.callee.kind !== "attribute") return undefined;
  const isFirst = run.how === "first" && call.callee.name === "first" && call.arguments.length === 0;
  const condition = isFirst ? call.callee.object : call;
  if (!isFirst && (run.how !== "get" || call.callee.name !== "get")) return undefined;
  if (condition.kind !== "call" || condition.callee.kind !== "attribute" || condition.callee.name !== (isFirst ? "filter" : "get")) return undefined;
  const [argument] = condition.arguments;
  if (condition.arguments.length !== 1 || argument.name === undefined || argument.spread) return undefined;
  const isKey = ["pk", "id", entity.primaryKey].includes(argument.name);
  if (!isKey && !entity.fields.get(argument.name)?.unique) return undefined;
  const rows = (condition.callee as Attribute).object;
  if (rows.kind === "name") return undefined;
  return { call, rows, key: argument.value, field: isKey ? undefined : argument.name, optional: isFirst };
}

/** `order`, `order.book_id`, `row["book_id"]`: read twice without any effect. */
function isKeyOf(key: Expression, variable: string): boolean {
  if (key.kind === "name") return key.name === variable;
  if (key.kind === "attribute") return key.object.kind === "name" && key.object.name === variable;
  return key.kind === "subscript" && key.object.kind === "name" && key.object.name === variable && key.index.kind === "literal";
}

/** Whether the loop's rows can be walked twice: a list or queryset under a name, or a queryset that gets one. */
function walkAgain(iterable: Expression, loop: LoopContext, place: LoopPlace, project: ProjectModel): { readonly name?: string } | undefined {
  if (iterable.kind === "name") {
    if (loop.query) return isIterator(place, iterable.name) ? undefined : {};
    return isList(place, iterable.name) ? {} : undefined;
  }
  if (!loop.query || iterable.kind !== "call" || iterable.callee.kind !== "attribute" || ["iterator", "aiterator"].includes(iterable.callee.name)) return undefined;
  const rows = plural(snakeCase(classNameOf(loop.query.entity)));
  const name = freeName(place.scope, project, place.uri, rows, `all_${rows}`);
  return name === undefined ? undefined : { name };
}

function valuesOf(place: LoopPlace, name: string): Expression[] {
  return [...nodesOf(place.scope.body)].flatMap((node) => {
    const assign = node as unknown as { targets?: readonly Expression[]; value?: Expression };
    const isTarget = node.kind === "assign" && assign.targets!.some((target) => target.kind === "name" && target.name === name);
    return isTarget && assign.value ? [assign.value] : [];
  });
}

/** What can be walked only once, though it gives a query's rows. */
function isIterator(place: LoopPlace, name: string): boolean {
  const functions = new Set(["iter", "map", "filter", "zip", "enumerate", "reversed", "chain", "groupby", "islice"]);
  const methods = new Set(["iterator", "aiterator", "chain", "from_iterable", "groupby", "islice"]);
  return valuesOf(place, name).some((value) => {
    if (value.kind === "comprehension") return value.of === "generator";
    if (value.kind !== "call") return false;
    const { callee } = value;
    return callee.kind === "name" ? functions.has(callee.name) : callee.kind === "attribute" && methods.has(callee.name);
  });
}

function isListCall(value: Expression): boolean {
  return value.kind === "call" && value.callee.kind === "name" && ["list", "sorted", "tuple", "set", "dict"].includes(value.callee.name);
}

function isList(place: LoopPlace, name: string): boolean {
  const values = valuesOf(place, name);
  return values.length > 0 && values.every((value) =>
    value.kind === "sequence" || isListCall(value) || (value.kind === "comprehension" && value.of !== "generator"));
}

/** The statement's own block: what runs in each round, `else` left out. */
export function bodyOf(loop: Located): readonly Statement[] {
  return (loop as unknown as ForLoop).body ?? [];
}
