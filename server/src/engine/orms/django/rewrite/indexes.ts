import type { Call, ClassDeclaration, Expression } from "../../../facts";
import type { DatabaseIndex, Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { contains, type TextEdit } from "../../../source";
import { EditSet, insertion, replacement } from "./edit-set";
import { indexName } from "./index-names";
import { indexWords, isWritable, layoutIndex, type IndexWish, type IndexWords } from "./index-text";
import { appendItem, argumentsOf, explodeWith, itemsOf, removeItem } from "./items";
import { emptiedClass, insertMeta, statementGap } from "./meta";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** Adds an index to the entity's `Meta.indexes`; Meta and the list are created when absent. */
export function addIndex(entity: Entity, wish: IndexWish, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  if (!canAddIndex(entity, wish)) return undefined;
  return {
    title,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      return putIndex(edits, entity, wish, project) ? edits.finish() : undefined;
    },
  };
}

/** Whether the table is the entity's own, its `Meta.indexes` can be read, and the index is one that can be written. */
export function canAddIndex(entity: Entity, wish: IndexWish): boolean {
  return canHaveIndex(entity, wish) && isWritable(wish);
}

/** The entity's own table, with all columns in it: an index cannot reach into a parent's. */
function canHaveIndex(entity: Entity, wish: IndexWish): boolean {
  if (!entity.class || entity.abstract || !entity.managed || entity.proxyOf !== undefined) return false;
  if (listOf(entity) === "unreadable") return false;
  return wish.columns.every((column) => {
    const name = column.field ?? /\((\w+)\)$/.exec(column.expression ?? "")?.[1];
    const field = name === undefined ? undefined : entity.fields.get(name);
    return field === undefined || field.entity === entity.key;
  });
}

function metaOf(entity: Entity): ClassDeclaration | undefined {
  return entity.class?.declaration.classes.findLast((declaration) => declaration.name === "Meta");
}

/** The value of `Meta.indexes`, when Meta has one that is a plain list or tuple. */
function listOf(entity: Entity): Expression | undefined | "unreadable" {
  const own = metaOf(entity)?.attributes.filter((attribute) => attribute.name === "indexes") ?? [];
  if (own.length === 0) return undefined;
  const value = own.length === 1 ? own[0].value : undefined;
  return value?.kind === "sequence" && value.of !== "set" ? value : "unreadable";
}

/** Puts an index into the entity's `Meta`, and gives its words; undefined when it cannot be done. */
export function putIndex(edits: EditSet, entity: Entity, wish: IndexWish, project: ProjectModel | undefined, freed?: string): IndexWords | undefined {
  const { uri, declaration } = entity.class!;
  const source = edits.source(uri);
  const list = listOf(entity);
  if (!source || !hasClass(source, declaration) || list === "unreadable") return undefined;
  const isTaken = (name: string): boolean => source.text.includes(`"${name}"`) || source.text.includes(`'${name}'`);
  const words = indexWords(source, wish, indexName(entity, wish.columns, project, isTaken, freed));
  const meta = metaOf(entity);
  const change = list ? extendList(source, list, words) : meta ? addList(source, meta, entity, words) : addMeta(source, entity, words, project);
  if (!change) return undefined;
  edits.add(uri, words.imports);
  return edits.add(uri, change) ? words : undefined;
}

function hasClass(source: SourceText, declaration: ClassDeclaration): boolean {
  return declaration.bodyEnd <= source.text.length && source.text.startsWith(declaration.name, declaration.nameStart);
}

function extendList(source: SourceText, expression: Expression, words: IndexWords): TextEdit[] | undefined {
  const list = itemsOf(source, expression);
  if (!list) return undefined;
  const indent = source.indentAt(expression.start);
  const last = list.items.at(-1);
  if (last && source.startsLine(last.start)) {
    const own = source.indentAt(last.start);
    return appendItem(source, list, layoutIndex(source, words, own, LINE_LIMIT - own.length - 1));
  }
  const oneLine = `${words.callee}(${words.arguments.join(", ")})`;
  const line = source.lineEnd(expression.end) - source.lineStart(expression.start);
  const isOneLine = !/[\r\n]/.test(source.slice(expression));
  const isTuple = source.text[expression.start] === "(";
  if (isOneLine && line + oneLine.length + 2 <= LINE_LIMIT && (last || !isTuple)) return appendItem(source, list, oneLine);
  if (!isOneLine && last) return appendItem(source, list, oneLine);
  // Blank inside: `[⏎]`, perhaps with a comment that has to stay.
  if (!last && !isOneLine && source.hasComment(expression)) {
    const inner = indent + source.indentUnit;
    return [insertion(source.lineStart(list.close), `${inner}${layoutIndex(source, words, inner, LINE_LIMIT - inner.length - 1)},${source.eol}`)];
  }
  const inner = indent + source.indentUnit;
  return explodeWith(source, list, layoutIndex(source, words, inner, LINE_LIMIT - inner.length - 1), indent);
}

/** `indexes = [...]` as one statement; `inherited` are the indexes of the base `Meta`, which an own list would hide. */
function assignment(source: SourceText, words: IndexWords, indent: string, inherited: string | undefined): string {
  const { eol } = source;
  const first = inherited === undefined ? "" : `*${inherited}.indexes`;
  const oneLine = `indexes = [${first === "" ? "" : `${first}, `}${words.callee}(${words.arguments.join(", ")})]`;
  if (indent.length + oneLine.length <= LINE_LIMIT) return oneLine;
  const inner = indent + source.indentUnit;
  const item = layoutIndex(source, words, inner, LINE_LIMIT - inner.length - 1);
  return `indexes = [${eol}${first === "" ? "" : `${inner}${first},${eol}`}${inner}${item},${eol}${indent}]`;
}

/** Whether the entity has indexes from a `Meta` other than its own. */
function inheritsIndexes(entity: Entity): boolean {
  return entity.indexes.some((index) => index.source === "meta-index" && index.declaration !== undefined
    && !(index.declaration.uri === entity.class!.uri && contains(entity.class!.declaration, index.declaration.expression)));
}

function addList(source: SourceText, meta: ClassDeclaration, entity: Entity, words: IndexWords): TextEdit[] | undefined {
  if (!hasClass(source, meta) || !source.startsLine(meta.bodyStart)) return undefined;
  const indent = source.indentAt(meta.bodyStart);
  const base = meta.bases[0];
  const inherited = base && inheritsIndexes(entity) ? source.slice(base) : undefined;
  const text = assignment(source, words, indent, inherited);
  const body = source.slice({ start: meta.bodyStart, end: meta.bodyEnd });
  if (/^pass$/.test(body.trim())) return [replacement(meta.bodyStart, meta.bodyStart + 4, text)];
  const methods = meta.methods.length > 0 || meta.classes.length > 0;
  const last = methods ? meta.attributes.at(-1)?.end : meta.bodyEnd;
  if (last === undefined) return [insertion(source.lineStart(meta.bodyStart), indent + text + source.eol)];
  return [insertion(source.lineEnd(last), source.eol + indent + text)];
}

function addMeta(source: SourceText, entity: Entity, words: IndexWords, project: ProjectModel | undefined): TextEdit[] | undefined {
  const { declaration } = entity.class!;
  if (!source.startsLine(declaration.bodyStart)) return undefined;
  const indent = source.indentAt(declaration.bodyStart);
  const inner = indent + source.indentUnit;
  const base = inheritedMeta(source, entity, project);
  const inherited = base !== undefined && inheritsIndexes(entity) ? base : undefined;
  const head = base === undefined ? "class Meta:" : `class Meta(${base}):`;
  return insertMeta(source, declaration, `${head}${source.eol}${inner}${assignment(source, words, inner, inherited)}`);
}

/** The `Meta` that an own one would replace: that of the first abstract base, `TimeStamped.Meta`. */
function inheritedMeta(source: SourceText, entity: Entity, project: ProjectModel | undefined): string | undefined {
  const { uri, declaration } = entity.class!;
  for (const base of declaration.bases) {
    if (base.kind !== "name" && base.kind !== "attribute") continue;
    const symbol = project?.resolveExpression(uri, base);
    const written = source.slice(base);
    if (symbol?.kind === "external") {
      // Django's abstract classes carry names and orderings in their `Meta`.
      if (/(^|\.)Abstract\w+$/.test(symbol.name)) return `${written}.Meta`;
      continue;
    }
    if (symbol?.kind !== "class" || !project) continue;
    const parent = project.entityOfClass(symbol.class);
    const hasMeta = project.ancestors(symbol.class).some((ancestor) => "class" in ancestor && ancestor.class.declaration.classes.some((one) => one.name === "Meta"));
    if (hasMeta && (parent === undefined || parent.abstract)) return `${written}.Meta`;
  }
  return undefined;
}

/** Takes an index away: the entry of `Meta.indexes`, `db_index=True`, or `db_index=False` on a foreign key. */
export function removeIndex(entity: Entity, index: DatabaseIndex, title: string): FixProposal | undefined {
  const take = taking(entity, index);
  if (!take) return undefined;
  return {
    title,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      return take(edits) ? edits.finish() : undefined;
    },
  };
}

/** How the declaration of an index is taken out; undefined when it serves other classes too or is part of a constraint. */
function taking(entity: Entity, index: DatabaseIndex): ((edits: EditSet) => boolean) | undefined {
  const { declaration } = index;
  if (!entity.class || !declaration || declaration.uri !== entity.class.uri || !contains(entity.class.declaration, declaration.expression)) return undefined;
  const { expression } = declaration;
  if (index.source === "meta-index") return takeFromMeta(entity, expression);
  if ((index.source === "db-index" || index.source === "foreign-key") && expression.kind === "call") {
    return (edits) => {
      const source = edits.source(declaration.uri);
      return source !== undefined && source.hasCall(expression) && edits.add(declaration.uri, withoutColumnIndex(source, expression, index.source === "foreign-key"));
    };
  }
  return undefined;
}

function withoutColumnIndex(source: SourceText, call: Call, byDefault: boolean): TextEdit[] | undefined {
  const list = argumentsOf(call);
  const own = call.arguments.findIndex((argument) => argument.name === "db_index");
  const isSlug = (call.callee.kind === "attribute" || call.callee.kind === "name") && /SlugField$/.test(call.callee.name);
  if (own < 0) return byDefault || isSlug ? appendItem(source, list, "db_index=False") : undefined;
  const { value } = call.arguments[own];
  if (value.kind !== "literal" || value.value !== true) return undefined;
  return byDefault || isSlug ? [replacement(value.start, value.end, "False")] : removeItem(source, list, own);
}

function takeFromMeta(entity: Entity, expression: Expression): ((edits: EditSet) => boolean) | undefined {
  const meta = metaOf(entity);
  const list = listOf(entity);
  if (!meta || !list || list === "unreadable" || list.kind !== "sequence") return undefined;
  const index = list.items.findIndex((item) => item.start === expression.start && item.end === expression.end);
  const attribute = meta.attributes.find((one) => one.name === "indexes");
  if (index < 0 || !attribute) return undefined;
  const { uri } = entity.class!;
  return (edits) => {
    const source = edits.source(uri);
    const items = source && itemsOf(source, list);
    if (!source || !items || !hasClass(source, meta)) return false;
    if (list.items.length > 1) return edits.add(uri, removeItem(source, items, index));
    if (!source.ownsLines(attribute)) return false;
    const hasComment = source.hasComment({ start: attribute.start, end: source.lineEnd(attribute.end) });
    if (hasComment) return edits.add(uri, removeItem(source, items, index));
    const isAlone = meta.attributes.length === 1 && meta.methods.length === 0 && meta.classes.length === 0
      && source.slice({ start: meta.bodyStart, end: meta.bodyEnd }).trim() === source.slice(attribute);
    if (isAlone) return edits.add(uri, emptiedClass(source, entity.class!.declaration, meta) ?? replacement(attribute.start, attribute.end, "pass"));
    return edits.add(uri, statementGap(source, attribute));
  };
}

/** Replaces an index's declaration by one that serves the lookups. */
export function replaceIndex(
  entity: Entity, index: DatabaseIndex, by: IndexWish, title: string, project: ProjectModel | undefined,
): FixProposal | undefined {
  const take = taking(entity, index);
  if (!take || !canHaveIndex(entity, by) || !isWritable(by)) return undefined;
  const { uri } = entity.class!;
  return {
    title,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(uri);
      if (!source) return undefined;
      if (index.source !== "meta-index") return take(edits) && putIndex(edits, entity, by, project) ? edits.finish() : undefined;
      const old = index.declaration!.expression;
      if (!hasClass(source, entity.class!.declaration) || old.kind !== "call" || !source.hasCall(old) || source.hasComment(old)) return undefined;
      const isTaken = (name: string): boolean => source.text.includes(`"${name}"`) || source.text.includes(`'${name}'`);
      const words = indexWords(source, by, indexName(entity, by.columns, project, isTaken, index.name));
      const indent = source.indentAt(old.start);
      const rest = source.lineEnd(old.end) - old.end;
      const room = LINE_LIMIT - (old.start - source.lineStart(old.start)) - rest;
      edits.add(uri, words.imports);
      edits.add(uri, replacement(old.start, old.end, layoutIndex(source, words, indent, room)));
      return edits.finish();
    },
  };
}
