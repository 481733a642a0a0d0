import type { Expression } from "../../../facts";
import type { Entity, IndexColumn, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { OPTIONS } from "../model/details";
import { addOption, addProperty, entryOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { indentAt, quotedText, type SourceStyle } from "../../script/source-style";

/** `indexes: [{ fields: ["authorId"] }]` in the options of a model, or `@Index` at a property of a class with decorators. */
export function addIndex(entity: Entity, index: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin"; readonly condition?: string }, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const at = entity.sources?.get(OPTIONS);
  const { columns } = index;
  // Only `sync()` would build it.
  if (!at || entity.isMigrated || index.condition !== undefined || !project || columns.some(({ field }) => field === undefined || !entity.fields.has(field))) return undefined;
  return {
    title, safety: "review",
    build: inFile(at.uri, (text, style) => {
      const edit = addTo(text, at.expression, indexCode(entity, index, style), style);
      return edit && [edit];
    }),
  };
}

/** It names columns: attributes that are stored under other names are unknown to the database (`addIndexQuery` of Sequelize 6 quotes what it is given; proof SQ-I2). */
function indexCode(entity: Entity, { columns, method }: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin" }, style: SourceStyle): string {
  const space = style.spacesInBraces ? " " : "";
  const fields = columns.map(({ field, descending, opclass }) => {
    const name = quotedText(entity.fields.get(field!)?.stored ?? field!, style);
    const more = [...(descending ? [`order: ${quotedText("DESC", style)}`] : []), ...(opclass === undefined ? [] : [`operator: ${quotedText(opclass, style)}`])];
    return more.length === 0 ? name : `{${space}name: ${name}, ${more.join(", ")}${space}}`;
  });
  return `{${space}fields: [${fields.join(", ")}]${method === "gin" ? `, using: ${quotedText("gin", style)}` : ""}${space}}`;
}

/** Into the options of `init`, `define` and `@Table`: `expression` is the object, or the call that may take one. */
function addTo(text: string, expression: Expression, code: string, style: SourceStyle): TextEdit | undefined {
  // `@Table` without parentheses.
  if (expression.kind === "name") return { span: { start: expression.end, end: expression.end }, newText: `({ indexes: [${code}] })` };
  if (expression.kind === "call") return addOption(text, expression, expression.arguments.length, `indexes: [${code}]`, style);
  if (expression.kind !== "mapping") return undefined;
  const listed = entryOf(expression, "indexes");
  if (!listed) return addProperty(text, expression, `indexes: [${code}]`, style);
  if (listed.value.kind !== "sequence") return undefined;
  const last = listed.value.items[listed.value.items.length - 1];
  if (!last) return { span: { start: listed.value.start, end: listed.value.end }, newText: `[${code}]` };
  const isOwnLine = /[\r\n]/.test(text.slice(last.end, listed.value.end));
  return { span: { start: last.end, end: last.end }, newText: isOwnLine ? `,${style.newline}${indentAt(text, last.start)}${code}` : `, ${code}` };
}
