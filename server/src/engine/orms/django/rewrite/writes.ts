import type { Attribute, Call, Expression, ForLoop, Statement } from "../../../facts";
import type { LoopContext, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { contains, type TextEdit } from "../../../source";
import { EditSet, insertion, replacement } from "./edit-set";
import { availableName } from "./imports";
import { bodyOf, findLoop, type LoopPlace } from "./loops";
import { classNameOf, freeName, nodesOf, pathTo, plural, scopeAt, snakeCase, type Located } from "./names";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** `create()`/`save()` of new rows per round → a list and one `bulk_create`. */
export function insertTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = findLoop(project, loop, { uri: write.at.uri, span: write.expression });
  if (!place || !project || (project.entity(write.entity)?.parents.length ?? 0) > 0) return undefined;
  const made = write.how === "create" ? createdRow(write, place) : write.how === "save" ? savedRow(write, place) : undefined;
  if (!made) return undefined;
  const proposal = (build: FixProposal["build"]): FixProposal =>
    ({ title: `Insert all \`${classNameOf(write.entity)}\` rows at once`, safety: safetyOf(write), preferred: write.skips.length === 0, build });
  if (place.loop.kind === "comprehension") return made.create ? proposal((text) => createFromComprehension(new EditSet(text), place, made)) : undefined;
  if (place.loop.kind !== "for" || !canCollect(place) || readsTableElsewhere(place, made, write.entity)) return undefined;
  const list = freeName(place.scope, project, place.uri, plural(snakeCase(classNameOf(write.entity))), `new_${plural(snakeCase(classNameOf(write.entity)))}`);
  if (list === undefined) return undefined;
  return proposal((text) => {
    const edits = new EditSet(text);
    return (made.create && createFromLoop(edits, place, made)) ?? collect(edits, place, made, list);
  });
}

/** One statement for all rows runs none of the user's own code for them: never applied without being chosen. */
export function safetyOf(write: RowWritten): "review" | "sketch" {
  return write.skips.length > 0 ? "sketch" : "review";
}

interface MadeRow {
  /** The statement that writes. */
  readonly statement: Located;
  /** The writing expression with its `await`. */
  readonly whole: Located;
  readonly call: Call & { readonly callee: Attribute };
  /** `Book.objects` and `Book` of `Book.objects.create(…)`. */
  readonly create?: { readonly manager: Expression; readonly class: Expression };
  /** The variable and the class of `book = Book(…)` … `book.save()`. */
  readonly saved?: { readonly variable: string; readonly class: Expression };
  readonly isAsync: boolean;
}

function methodCall(expression: Expression): (Call & { readonly callee: Attribute }) | undefined {
  return expression.kind === "call" && expression.callee.kind === "attribute" ? expression as Call & { readonly callee: Attribute } : undefined;
}

/** `Book.objects.create(…)` whose result nobody reads. */
function createdRow(write: RowWritten, place: LoopPlace): MadeRow | undefined {
  const call = methodCall(write.expression);
  const manager = call?.callee.object;
  if (!call || manager?.kind !== "attribute" || !["create", "acreate"].includes(call.callee.name)) return undefined;
  // A related manager fills the key in by itself; a constructor does not.
  if (manager.object.kind === "call" || !["objects", "_default_manager"].includes(manager.name)) return undefined;
  const isAsync = call.callee.name === "acreate";
  const whole = isAsync ? place.path.findLast((node) => node.kind === "await") : call;
  const comprehension = place.loop as unknown as { element?: Located };
  if (!whole || (place.loop.kind === "comprehension" && comprehension.element?.start !== whole.start)) return undefined;
  const statement = place.path.findLast((node) => node.kind === "expression" || node.kind === "assign");
  const made: MadeRow = { statement: statement ?? place.statement, whole, call, create: { manager, class: manager.object }, isAsync };
  if (place.loop.kind === "comprehension") return isAsync ? undefined : made;
  if (statement?.kind === "expression") return (statement as unknown as { expression: Located }).expression.start === whole.start ? made : undefined;
  const assign = statement as unknown as { targets: readonly Expression[]; value?: Located } | undefined;
  if (!assign || assign.targets.length !== 1 || assign.targets[0].kind !== "name" || assign.value?.start !== whole.start) return undefined;
  return isReadOutside(place, assign.targets[0].name, [statement as Located]) ? undefined : made;
}

/** `book = Book(…)` and, later in the same round, `book.save()`. */
function savedRow(write: RowWritten, place: LoopPlace): MadeRow | undefined {
  const call = methodCall(write.expression);
  const made = write.constructed?.expression;
  if (!call || made?.kind !== "call" || call.arguments.length > 0 || call.callee.object.kind !== "name" || !["save", "asave"].includes(call.callee.name)) return undefined;
  if (made.callee.kind !== "name" && made.callee.kind !== "attribute") return undefined;
  const isAsync = call.callee.name === "asave";
  const whole = isAsync ? place.path.findLast((node) => node.kind === "await") : call;
  const statement = place.path.findLast((node) => node.kind === "expression");
  if (!whole || !statement || (statement as unknown as { expression: Located }).expression.start !== whole.start || !contains(place.loop, made)) return undefined;
  const variable = call.callee.object.name;
  // What was built before the row was saved may use it; from then on nobody may count on its key.
  if ([...nodesOf(place.scope.body)].some((node) => node.kind === "name" && (node as unknown as { name: string }).name === variable
    && (node.start > statement.end || node.end <= place.loop.start) && !isBareTarget(place, node))) return undefined;
  return { statement, whole, call, saved: { variable, class: made.callee }, isAsync };
}

function isBareTarget(place: LoopPlace, name: Located): boolean {
  const parent = pathTo(place.scope.body, name).at(-2) as unknown as { kind?: string; targets?: readonly Located[] };
  return parent?.kind === "assign" && parent.targets!.some((target) => target.start === name.start);
}

function isReadOutside(place: LoopPlace, name: string, except: readonly Located[]): boolean {
  return [...nodesOf(place.scope.body)].some((node) => node.kind === "name" && (node as unknown as { name: string }).name === name
    && !except.some((one) => contains(one, node)));
}

/** Writing after the loop comes to the same: nothing leaves the loop early with rows unwritten, and nobody handles a row's own failure. */
function canCollect(place: LoopPlace): boolean {
  const loop = place.loop as unknown as ForLoop;
  if (loop.otherwise.length > 0) return false;
  if ([...nodesOf(loop.body)].some((node) => ["return", "yield", "raise", "define-function", "define-class"].includes(node.kind ?? ""))) return false;
  const inside = place.path.slice(place.path.indexOf(place.loop) + 1);
  return !inside.some((node) => ["try", "with", "while", "lambda"].includes(node.kind ?? ""));
}

/** The loop asks the table about rows that it has just written. */
function readsTableElsewhere(place: LoopPlace, made: MadeRow, entity: string): boolean {
  const constructed = made.saved ? [made.saved.class] : [];
  return [...nodesOf(bodyOf(place.loop))].some((node) => {
    if (node.kind !== "attribute" || contains(made.call, node) || constructed.some((one) => contains(one, node))) return false;
    const { object, name } = node as unknown as Attribute;
    return name === "objects" && (object.kind === "name" || object.kind === "attribute") && object.name === classNameOf(entity);
  });
}

/** `[Book.objects.create(title=t) for t in titles]` → `Book.objects.bulk_create([Book(title=t) for t in titles])`. */
function createFromComprehension(edits: EditSet, place: LoopPlace, made: MadeRow): ReturnType<EditSet["finish"]> {
  const source = edits.source(place.uri);
  const { create } = made;
  if (!source?.hasCall(made.call) || !create || source.text[place.loop.start] !== "[") return undefined;
  edits.add(place.uri, [
    insertion(place.loop.start, `${source.slice(create.manager)}.bulk_create(`),
    replacement(made.call.start, made.call.open, source.slice(create.class)),
    insertion(place.loop.end, ")"),
  ]);
  return edits.finish();
}

/** A loop that does nothing but create becomes one call. */
function createFromLoop(edits: EditSet, place: LoopPlace, made: MadeRow): ReturnType<EditSet["finish"]> {
  const source = edits.source(place.uri);
  const loop = place.loop as unknown as ForLoop;
  const { create } = made;
  if (!source?.hasCall(made.call) || !create || made.isAsync || loop.isAsync || loop.body.length !== 1 || loop.body[0].start !== made.statement.start) return undefined;
  if (made.statement.kind !== "expression" || source.hasComment({ start: loop.start, end: source.lineEnd(loop.end) }) || !source.ownsLines(loop)) return undefined;
  const { eol, indentUnit } = source;
  const indent = source.indentAt(loop.start);
  const deep = indent + indentUnit;
  const manager = source.slice(create.manager);
  const row = source.slice(create.class) + source.text.slice(made.call.open, made.call.close + 1);
  if (/[\r\n]/.test(row) || source.hasBareLineBreak(loop.iterable)) return undefined;
  const clause = `for ${source.slice(loop.target)} in ${iterableText(source, loop)}`;
  const oneLine = `${manager}.bulk_create([${row} ${clause}])`;
  const twoLines = `${manager}.bulk_create(${eol}${deep}[${row} ${clause}]${eol}${indent})`;
  const full = `${manager}.bulk_create(${eol}${deep}[${eol}${deep}${indentUnit}${row}${eol}${deep}${indentUnit}${clause}${eol}${deep}]${eol}${indent})`;
  const text = indent.length + oneLine.length <= LINE_LIMIT ? oneLine : deep.length + row.length + clause.length + 3 <= LINE_LIMIT ? twoLines : full;
  edits.add(place.uri, replacement(loop.start, loop.end, text));
  return edits.finish();
}

/** `a if b else c` and lambdas need parentheses as the source of a comprehension. */
function iterableText(source: SourceText, loop: ForLoop): string {
  const text = source.slice(loop.iterable);
  return ["conditional", "lambda"].includes(loop.iterable.kind) || (loop.iterable.kind === "sequence" && !/^[[({]/.test(text)) ? `(${text})` : text;
}

/** Rows go to a list in the loop and to the database after it; everything else stays as it is. */
function collect(edits: EditSet, place: LoopPlace, made: MadeRow, list: string): ReturnType<EditSet["finish"]> {
  const source = edits.source(place.uri);
  if (!source?.hasCall(made.call) || !source.startsLine(place.statement.start)) return undefined;
  const { create, saved } = made;
  const manager = create ? source.slice(create.manager) : `${source.slice(saved!.class)}.objects`;
  const method = made.isAsync ? "abulk_create" : "bulk_create";
  const call = `${made.isAsync ? "await " : ""}${manager}.${method}(${list})`;
  if (create) {
    const start = made.statement.start;
    if (source.hasComment({ start, end: made.call.start })) return undefined;
    edits.add(place.uri, appended(source, start, made.call, list, source.slice(create.class)));
  } else edits.add(place.uri, replacement(made.whole.start, made.whole.end, `${list}.append(${saved!.variable})`));
  edits.add(place.uri, aroundLoop(source, place.loop, `${list} = []`, call));
  return edits.finish();
}

/** `rows.append(Row(…))`; a constructor on several lines moves one step to the right, as formatters have it. */
function appended(source: SourceText, start: number, call: Call, list: string, constructor: string): TextEdit[] {
  const { eol, indentUnit } = source;
  const lines: number[] = [];
  for (let line = source.nextLine(call.open); line <= call.close; line = source.nextLine(line)) lines.push(line);
  const hasLongString = source.tokens.some((token) => token.kind === "string" && token.start > call.open && token.end < call.close && /[\r\n]/.test(source.slice(token)));
  if (lines.length === 0 || !source.startsLine(start) || !source.startsLine(call.close) || hasLongString) {
    return [replacement(start, call.open, `${list}.append(${constructor}`), insertion(call.close + 1, ")")];
  }
  const indent = source.indentAt(start);
  return [
    replacement(start, call.open, `${list}.append(${eol}${indent}${indentUnit}${constructor}`),
    ...lines.filter((line) => source.lineEnd(line) > line).map((line) => insertion(line, indentUnit)),
    insertion(call.close + 1, `${eol}${indent})`),
  ];
}

/** One line before the loop and one after it. */
export function aroundLoop(source: SourceText, loop: Located, before: string, after: string): TextEdit[] {
  const indent = source.indentAt(loop.start);
  return [
    insertion(source.aboveStatement(loop.start), indent + before + source.eol),
    insertion(afterLoop(source, loop), source.eol + indent + after),
  ];
}

/** Behind the last line of the loop, comments at its depth included. */
function afterLoop(source: SourceText, loop: Located): number {
  const indent = source.indentAt(loop.start);
  let end = source.lineEnd(loop.end);
  for (;;) {
    const next = source.nextLine(end);
    if (next === end || next >= source.text.length) return end;
    const line = source.text.slice(next, source.lineEnd(next));
    if (!/^[ \t]+#/.test(line) || source.indentAt(next).length <= indent.length) return end;
    end = source.lineEnd(next);
  }
}

/** `x.n = x.n + 1; x.save()` → `x.n = F("n") + 1`. */
export function incrementInDatabase(write: RowWritten, project: ProjectModel | undefined): FixProposal | undefined {
  const own = write.assigned.filter((field) => field.fromOwnValue !== undefined);
  if (own.length !== 1 || !project || !["+", "-", "*", "/", "%", "**"].includes(own[0].fromOwnValue!.operator.replace(/=$/, ""))) return undefined;
  const [{ field, at }] = own;
  const scope = scopeAt(project, at);
  const statement = scope && pathTo(scope.body, at.span).findLast((node) => node.kind === "assign" || node.kind === "augment") as Statement | undefined;
  if (!scope || (statement?.kind !== "assign" && statement?.kind !== "augment")) return undefined;
  const target = statement.kind === "assign" ? statement.targets[0] : statement.target;
  if (target.kind !== "attribute" || target.object.kind !== "name" || target.name !== field || (statement.kind === "assign" && statement.targets.length > 1)) return undefined;
  const row = target.object.name;
  const isOwn = (node: Located): boolean => {
    const attribute = node as unknown as Attribute;
    return node.kind === "attribute" && attribute.name === field && attribute.object.kind === "name" && attribute.object.name === row;
  };
  // After the change the attribute holds an expression, not a number: nothing may read it.
  const reads = [...nodesOf(scope.body)].filter((node) => isOwn(node) && node.start > statement.end);
  if (reads.length > 0) return undefined;
  const values = statement.value ? [...nodesOf(statement.value)].filter(isOwn) : [];
  if (statement.kind === "assign" ? values.length !== 1 : values.length > 0) return undefined;
  return {
    title: `Change \`${field}\` in the database with \`F()\``,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      if (!source?.holds(statement) || !source.text.startsWith(field, target.nameStart)) return undefined;
      const known = availableName(source, "django.db.models", "F");
      const old = `${known.text}(${source.literal(field)})`;
      edits.add(at.uri, known.edits);
      if (statement.kind === "assign") edits.add(at.uri, replacement(values[0].start, values[0].end, old));
      else {
        const gap = source.text.slice(target.end, statement.value.start);
        const operator = /^(\s*)(\S+)=(\s*)$/.exec(gap);
        if (!operator) return undefined;
        const isSimple = ["name", "literal", "attribute", "call", "subscript"].includes(statement.value.kind);
        const value = source.slice(statement.value);
        edits.add(at.uri, replacement(target.end, statement.value.end, ` = ${old} ${operator[2]} ${isSimple ? value : `(${value})`}`));
      }
      return edits.finish();
    },
  };
}

