import type { SchemaAttribute, SchemaBlock } from "../../../facts";
import type { DatabaseIndex, Entity, IndexColumn, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { inFile } from "../../script/rewriter";
import { indentAt, lineStart } from "../../script/source-style";

/** The model of an entity in the facts of its schema. */
function blockOf(entity: Entity, project: ProjectModel | undefined): { readonly uri: string; readonly block: SchemaBlock } | undefined {
  const at = entity.declaredAt;
  const block = at && project?.files.get(at.uri)?.declares.schema?.blocks.find(({ nameStart }) => nameStart === at.span.start);
  return at && block && !entity.implicit ? { uri: at.uri, block } : undefined;
}

/** `@@index([status, createdAt(sort: Desc)])`; undefined for what a schema cannot say: expressions, conditions. */
function indexText(columns: readonly IndexColumn[], method: "btree" | "gin" | undefined): string | undefined {
  const parts: string[] = [];
  for (const { field, expression, descending, opclass } of columns) {
    if (field === undefined || expression !== undefined) return undefined;
    const more = [...(opclass === undefined ? [] : [`ops: raw("${opclass}")`]), ...(descending ? ["sort: Desc"] : [])];
    parts.push(more.length > 0 ? `${field}(${more.join(", ")})` : field);
  }
  return `@@index([${parts.join(", ")}]${method === "gin" ? ", type: Gin" : ""})`;
}

/** Puts an index behind those of the model, or else behind its fields. Review: the next migration builds it. */
export function addIndex(entity: Entity, index: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin"; readonly condition?: string }, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const found = blockOf(entity, project);
  const code = index.condition === undefined ? indexText(index.columns, index.method) : undefined;
  if (!found || code === undefined) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(found.uri, (text) => {
      const edit = insertion(text, found.block, code);
      return edit && [edit];
    }),
  };
}

function insertion(text: string, { attributes, fields, bodyStart, bodyEnd }: SchemaBlock, code: string): TextEdit | undefined {
  const newline = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
  const keys = attributes.filter(({ name }) => name === "index");
  const last = keys.at(-1) ?? attributes.filter(({ name }) => /^(id|unique|fulltext)$/.test(name)).at(-1);
  if (last) return behindLine(text, last.end, `${newline}${indentAt(text, last.start)}${code}`);
  const first = attributes[0];
  const field = fields.at(-1);
  if (first) {
    const start = lineStart(text, first.start);
    return text.slice(start, first.start).trim() === "" ? { span: { start, end: start }, newText: `${indentAt(text, first.start)}${code}${newline}` } : undefined;
  }
  if (!field || !/[\r\n]/.test(text.slice(bodyStart, bodyEnd))) return undefined;
  return behindLine(text, field.end, `${newline}${newline}${indentAt(text, field.start)}${code}`);
}

/** At the end of a line, behind its comment. */
function behindLine(text: string, offset: number, newText: string): TextEdit {
  const rest = /^[^\r\n]*/.exec(text.slice(offset))![0];
  return { span: { start: offset + rest.length, end: offset + rest.length }, newText };
}

function attributeOf(entity: Entity, index: DatabaseIndex, project: ProjectModel | undefined): { readonly uri: string; readonly block: SchemaBlock; readonly attribute: SchemaAttribute } | undefined {
  const found = blockOf(entity, project);
  const attribute = found?.block.attributes.find(({ start }) => index.declaredAt?.uri === found.uri && start === index.declaredAt.span.start);
  return found && attribute && attribute.name === "index" ? { ...found, attribute } : undefined;
}

/** Takes `@@index([…])` away with its line. Review: the next migration drops it. */
export function removeIndex(entity: Entity, index: DatabaseIndex, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const found = attributeOf(entity, index, project);
  if (!found) return undefined;
  const { uri, block, attribute } = found;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text) => {
      const start = lineStart(text, attribute.start);
      const rest = /^[ \t]*(\r\n|\r|\n|$)/.exec(text.slice(attribute.end));
      if (text.slice(start, attribute.start).trim() !== "" || !rest) return undefined;
      // The empty line that set the indexes apart goes with the last of them.
      const blank = block.attributes.length === 1 ? /(\r\n|\r|\n)[ \t]*(\r\n|\r|\n)$/.exec(text.slice(0, start)) : null;
      const from = blank ? start - blank[0].length + blank[1].length : start;
      return [{ span: { start: from, end: attribute.end + rest[0].length }, newText: "" }];
    }),
  };
}

/** Another index in the place of one that serves nothing. Review. */
export function replaceIndex(entity: Entity, index: DatabaseIndex, by: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin" }, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const found = attributeOf(entity, index, project);
  const code = indexText(by.columns, by.method);
  if (!found || code === undefined) return undefined;
  return { title, safety: "review", preferred: true, build: () => [{ uri: found.uri, edits: [{ span: { start: found.attribute.start, end: found.attribute.end }, newText: code }] }] };
}
