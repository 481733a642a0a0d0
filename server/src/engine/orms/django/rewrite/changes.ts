import type { Expression, ForLoop } from "../../../facts";
import type { LoopContext, RowWritten } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { EditSet, replacement } from "./edit-set";
import { availableName } from "./imports";
import { findLoop, type LoopPlace } from "./loops";
import { boundIn, classNameOf, freeName, namesIn, nodesOf, plural, snakeCase, type Located } from "./names";
import { LINE_LIMIT, type SourceText } from "./source-text";
import { aroundLoop, safetyOf } from "./writes";

/** Assign and save per round → `update()` for one value, `bulk_update` else. */
export function updateTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = findLoop(project, loop, { uri: write.at.uri, span: write.expression });
  if (!place || !project || write.how !== "save" || place.loop.kind !== "for") return undefined;
  const statement = place.loop as unknown as ForLoop;
  const call = write.expression;
  if (call.kind !== "call" || call.callee.kind !== "attribute" || !["save", "asave"].includes(call.callee.name)) return undefined;
  const row = call.callee.object;
  if (row.kind !== "name" || write.assigned.length === 0 || write.constructed) return undefined;
  const preferred = write.skips.length === 0;
  const name = classNameOf(write.entity);
  const whole = statementOf(place, call);
  if (!whole) return undefined;
  if (updatesAll(write, loop, place, row.name, whole)) {
    return { title: `Update all \`${name}\` rows at once`, safety: safetyOf(write), preferred, build: (text) => updateAll(new EditSet(text), write, place, row.name) };
  }
  if (write.row?.loop?.id !== loop.id || call.arguments.some((argument) => argument.name !== "update_fields") || !canCollect(place, row.name, whole)) return undefined;
  const fields = write.updateFields ?? [...new Set(write.assigned.map((one) => one.field))];
  const entity = project.entity(write.entity);
  if (fields.length === 0 || !entity || fields.some((field) => !entity.fields.has(field) || entity.fields.get(field)!.primaryKey)) return undefined;
  const manager = managerIn(project, place, loop, write.entity);
  const list = freeName(place.scope, project, place.uri, `changed_${plural(snakeCase(name))}`);
  if (manager === undefined || list === undefined) return undefined;
  return {
    title: `Update all changed \`${name}\` rows at once`,
    safety: safetyOf(write),
    preferred,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(place.uri);
      if (!source?.hasCall(call) || !source.startsLine(statement.start)) return undefined;
      const isAsync = (call.callee as { name: string }).name === "asave";
      const columns = `[${fields.map((field) => source.literal(field)).join(", ")}]`;
      const bulk = `${isAsync ? "await " : ""}${manager}.${isAsync ? "abulk_update" : "bulk_update"}(${list}, ${columns})`;
      edits.add(place.uri, replacement(whole.start, whole.end, `${list}.append(${row.name})`));
      edits.add(place.uri, aroundLoop(source, place.loop, `${list} = []`, bulk));
      return edits.finish();
    },
  };
}

/** The statement that consists of the call, awaited or not. */
function statementOf(place: LoopPlace, call: Expression): Located | undefined {
  const statement = place.path.findLast((node) => node.kind === "expression") as (Located & { expression: Expression }) | undefined;
  const expression = statement?.expression.kind === "await" ? statement.expression.operand : statement?.expression;
  return expression?.start === call.start && expression.end === call.end ? statement : undefined;
}

function canCollect(place: LoopPlace, row: string, save: Located): boolean {
  const loop = place.loop as unknown as ForLoop;
  if (loop.otherwise.length > 0) return false;
  if ([...nodesOf(loop.body)].some((node) => ["return", "yield", "raise", "define-function", "define-class"].includes(node.kind ?? ""))) return false;
  const inside = place.path.slice(place.path.indexOf(place.loop) + 1);
  if (inside.some((node) => ["try", "with", "while", "lambda", "for"].includes(node.kind ?? ""))) return false;
  // Saved twice in a round, or used by what follows: the order of the statements may matter.
  return ![...nodesOf(loop.body)].some((node) => node.start > save.end && node.kind === "name" && (node as unknown as { name: string }).name === row);
}

/** `Book.objects`, under a name that the file knows. */
function managerIn(project: ProjectModel, place: LoopPlace, loop: LoopContext, entity: string): string | undefined {
  const facts = project.files.get(place.uri);
  const target = project.entity(entity);
  if (!facts || !target?.class) return undefined;
  const names = [...facts.declares.imports.filter((one) => !one.typeOnly && one.name !== undefined).map((one) => one.local), ...facts.declares.classes.map((one) => one.name)];
  const local = names.find((name) => {
    const symbol = project.resolveName(place.uri, name);
    return symbol?.kind === "class" && symbol.class.key === target.class!.key;
  });
  if (local === undefined || boundIn(place.scope.declaration ? place.scope.body : []).has(local)) return undefined;
  return `${local}.${target.managers.has("objects") || target.managers.size === 0 ? "objects" : target.defaultManager}`;
}

/** The loop does nothing but give every row of the query the same values. */
function updatesAll(write: RowWritten, loop: LoopContext, place: LoopPlace, row: string, save: Located): boolean {
  const statement = place.loop as unknown as ForLoop;
  const fields = new Map(write.assigned.map((one) => [one.field, one]));
  if (!canBeWritten(write, loop, place, row) || fields.size !== write.assigned.length) return false;
  if (statement.body.at(-1)?.start !== save.start || statement.body.length !== fields.size + 1) return false;
  return statement.body.slice(0, -1).every((one) => {
    if (one.kind !== "assign" && one.kind !== "augment") return false;
    const target = one.kind === "assign" ? one.targets.length === 1 ? one.targets[0] : undefined : one.target;
    if (target?.kind !== "attribute" || target.object.kind !== "name" || target.object.name !== row || !one.value) return false;
    const field = fields.get(target.name);
    if (!field) return false;
    if (one.kind === "augment") return ["+", "-", "*"].includes(one.operator) && !namesIn(one.value).has(row);
    return field.constant && !namesIn(one.value).has(row);
  });
}

/** The loop walks all rows of one query, and nobody looks at them afterwards. */
function canBeWritten(write: RowWritten, loop: LoopContext, place: LoopPlace, row: string): boolean {
  const statement = place.loop as unknown as ForLoop;
  const { query } = loop;
  if (!query || write.row?.path !== "" || write.row.loop?.id !== loop.id || statement.otherwise.length > 0 || statement.isAsync) return false;
  if (query.bound.kind !== "none" || query.combined || query.distinct || query.shape !== "instances" || query.grouped || query.locked) return false;
  if (statement.target.kind !== "name" || statement.target.name !== row || statement.iterable.kind === "subscript") return false;
  const names = statement.iterable.kind === "name" ? [statement.iterable.name, row] : [row];
  return ![...nodesOf(place.scope.body)].some((node) => node.start >= statement.end && node.kind === "name" && names.includes((node as unknown as { name: string }).name));
}

function updateAll(edits: EditSet, write: RowWritten, place: LoopPlace, row: string): ReturnType<EditSet["finish"]> {
  const source = edits.source(place.uri);
  const loop = place.loop as unknown as ForLoop;
  const rows = source && rowsText(source, loop, true);
  if (!source || rows === undefined) return undefined;
  const values: string[] = [];
  for (const statement of loop.body.slice(0, -1)) {
    if (statement.kind === "assign") values.push(`${(statement.targets[0] as { name: string }).name}=${source.slice(statement.value!)}`);
    else if (statement.kind === "augment") {
      const field = (statement.target as { name: string }).name;
      const known = availableName(source, "django.db.models", "F");
      if (!values.some((value) => value.includes(`${known.text}(`))) edits.add(place.uri, known.edits);
      const isSimple = ["name", "literal", "attribute", "call", "subscript"].includes(statement.value.kind);
      const operand = source.slice(statement.value);
      values.push(`${field}=${known.text}(${source.literal(field)}) ${statement.operator} ${isSimple ? operand : `(${operand})`}`);
    }
  }
  if (values.some((value) => /[\r\n]/.test(value)) || !row) return undefined;
  const indent = source.indentAt(loop.start);
  const oneLine = `${rows}.update(${values.join(", ")})`;
  const inner = indent + source.indentUnit;
  const text = indent.length + oneLine.length <= LINE_LIMIT
    ? oneLine
    : `${rows}.update(${source.eol}${values.map((value) => `${inner}${value},${source.eol}`).join("")}${indent})`;
  edits.add(place.uri, replacement(loop.start, loop.end, text));
  return edits.finish();
}

/** The text of the loop's rows, to be followed by a method, when the whole loop can give way to it. */
function rowsText(source: SourceText, loop: ForLoop, onManager: boolean): string | undefined {
  if (!source.ownsLines(loop) || source.hasComment({ start: loop.start, end: source.lineEnd(loop.end) })) return undefined;
  if (!source.isChain(loop.iterable) || source.hasBareLineBreak(loop.iterable)) return undefined;
  const text = source.slice(loop.iterable).replace(/\.iterator\([^()]*\)$/, "");
  return onManager ? text.replace(/\.all\(\)$/, "") : text;
}

/** `delete()` per round → the query's `delete()`. */
export function deleteTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const place = findLoop(project, loop, { uri: write.at.uri, span: write.expression });
  if (!place || write.how !== "delete" || place.loop.kind !== "for") return undefined;
  const statement = place.loop as unknown as ForLoop;
  const call = write.expression;
  if (call.kind !== "call" || call.callee.kind !== "attribute" || call.callee.name !== "delete" || call.arguments.length > 0) return undefined;
  const row = call.callee.object;
  if (row.kind !== "name" || statement.body.length !== 1 || statementOf(place, call)?.start !== statement.body[0].start) return undefined;
  if (!canBeWritten(write, loop, place, row.name)) return undefined;
  return {
    title: `Delete all \`${classNameOf(write.entity)}\` rows at once`,
    safety: "review",
    preferred: write.skips.length === 0,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(place.uri);
      const rows = source?.hasCall(call) ? rowsText(source, statement, false) : undefined;
      if (rows === undefined) return undefined;
      edits.add(place.uri, replacement(statement.start, statement.end, `${rows}.delete()`));
      return edits.finish();
    },
  };
}
