import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { noteStatements } from "../../flow/costs";
import type { Machine } from "../../flow/machine";
import type { Entity } from "../../project";
import { pluralOf, snake, uncapital } from "./names";
import { newQuery } from "./queries";

/** The table of a plain SELECT: no list of statements, nothing that a function changes. */
const SELECT = /^\s*select\b(?:(?!\bfrom\b)[\s\S])*\bfrom\s+(?:["`[]?\w+["`\]]?\.)?["`[]?(\w+)["`\]]?(?![\w.(])/i;
const DOES_MORE = /;\s*\S|\b(nextval|setval|set_config|pg_\w+)\s*\(|\binto\b/i;
const LOCKS = /\bfor\s+(no\s+key\s+)?(update|share)\b/i;

/**
 * SQL of the user's own that is sent in each round of a loop, with something of the round in it: ``prisma.$queryRaw`SELECT … WHERE id = ${id}` ``,
 * `manager.query("SELECT …", [id])`. Of which rows it speaks is not read, so nothing else is said of it.
 * Any other SQL is counted and no more.
 */
export function noteRawSelect(m: Machine, orm: string, text: string | undefined, call: Pick<CallSite, "node" | "uri" | "varies">): void {
  const isInLoop = m.loops.length > 0 && call.varies !== 0 && text !== undefined && !DOES_MORE.test(text);
  const table = isInLoop ? SELECT.exec(text)?.[1] : undefined;
  const entity = table === undefined ? undefined : entityOfTable(m, orm, table);
  if (!entity) {
    noteStatements(m, { what: "query", least: 1, most: 1, at: m.at(call.node, call.uri) });
    return;
  }
  const query = newQuery(m, orm, entity, call.node, { uncertain: true, grouped: true, shape: "mappings", bound: { kind: "page" }, locked: LOCKS.test(text!) }, "opaque");
  m.emit({ kind: "queryRun", at: m.at(call.node, call.uri), query, how: "other", sends: true, dependsOn: call.varies, expression: call.node });
}

/** The text that an argument is, with a mark for each part that is put in; undefined where it is made elsewhere. */
export function textOfSql(node: Expression | undefined): string | undefined {
  if (node?.kind === "literal") return typeof node.value === "string" ? node.value : undefined;
  // `Prisma.sql` and its kin are handed the text as they stand.
  if (node?.kind === "call" && node.form === "tagged") return textOfSql(node.arguments[0]?.value);
  return node?.kind === "format" && node.texts ? node.texts.join("?") : undefined;
}

/** The one entity of a table: by the name that its declaration says, or by those that ORMs make of a class's. */
function entityOfTable(m: Machine, orm: string, table: string): Entity | undefined {
  const wanted = table.toLowerCase();
  const found = [...m.project.entities.values()].filter((entity) => entity.framework === orm && !entity.abstract && namesOf(entity).some((name) => name.toLowerCase() === wanted));
  return found.length === 1 ? found[0] : undefined;
}

function namesOf({ table, name }: Entity): readonly string[] {
  return table !== undefined ? [table] : [name, snake(name), pluralOf(name), pluralOf(snake(uncapital(name)))];
}
