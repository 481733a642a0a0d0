import type { Entity, IndexColumn, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { createFile, type FileEdit } from "../../../source";
import { styleOf, type SourceStyle } from "../../script/source-style";

/** A new migration, behind the newest, that adds the index; written as the newest one is. Review. */
export function addIndex(entity: Entity, { columns, method, condition }: { readonly columns: readonly IndexColumn[]; readonly method?: "btree" | "gin"; readonly condition?: string }, title: string, project: ProjectModel | undefined): FixProposal | undefined {
  const uri = entity.declaredAt?.uri;
  const fields = columns.map(({ field }) => field);
  if (!project || !uri || method === "gin" || condition !== undefined || columns.some(({ expression, opclass, descending }) => expression !== undefined || opclass !== undefined || descending) || !fields.every((field) => field !== undefined)) return undefined;
  const folder = uri.slice(0, uri.lastIndexOf("/") + 1);
  return {
    title, safety: "review", preferred: true,
    build(textOf, filesIn): readonly FileEdit[] | undefined {
      const newest = [...(filesIn?.(folder.slice(0, -1)) ?? [])].filter((each) => /\/\d[\w-]*\.[cm]?[jt]s$/.test(each)).sort().at(-1);
      const text = newest === undefined ? undefined : textOf(newest);
      if (newest === undefined || text === undefined) return undefined;
      const name = nameBehind(newest.slice(folder.length), `add_index_to_${entity.name}`);
      return name === undefined ? undefined : [createFile(folder + name, migration(entity.name, fields, text, styleOf(text, newest), newest))];
    },
  };
}

/** `20240101000000_shop.ts` → `20240101000001_add_index_to_books.ts`: the next number of as many digits. */
function nameBehind(newest: string, what: string): string | undefined {
  const match = /^(\d+)[\w-]*?(\.[cm]?[jt]s)$/.exec(newest);
  if (!match) return undefined;
  const [, number, suffix] = match;
  const next = (BigInt(number) + 1n).toString().padStart(number.length, "0");
  return `${next}_${what}${suffix}`;
}

function migration(table: string, columns: readonly string[], like: string, { quote, semicolon, indent, newline }: SourceStyle, uri: string): string {
  const isTyped = /\.[cm]?ts$/.test(uri);
  const isModule = /^\s*export\s/m.test(like);
  const list = `[${columns.map((column) => quote + column + quote).join(", ")}]`;
  const knex = isTyped ? "knex: Knex" : "knex";
  const returns = isTyped ? ": Promise<void>" : "";
  const body = (call: string): string[] => [`${indent}await knex.schema.alterTable(${quote}${table}${quote}, (table) => {`, `${indent}${indent}table.${call}(${list})${semicolon}`, `${indent}})${semicolon}`];
  const lines = isModule
    ? [`export async function up(${knex})${returns} {`, ...body("index"), "}", "", `export async function down(${knex})${returns} {`, ...body("dropIndex"), "}"]
    : [`exports.up = async function (${knex})${returns} {`, ...body("index"), `}${semicolon}`, "", `exports.down = async function (${knex})${returns} {`, ...body("dropIndex"), `}${semicolon}`];
  const imports = isTyped ? [`import type { Knex } from ${quote}knex${quote}${semicolon}`, ""] : [];
  return [...imports, ...lines, ""].join(newline);
}
