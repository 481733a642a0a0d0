import type { Fold, Vocabulary } from "../../rule";

/** Words that every ORM of TypeScript understands: what an adapter starts from, and says better where it has a name for the thing. */
export const plainVocabulary: Vocabulary = {
  path: (path) => path.replaceAll("__", "."),
  fetchMany: () => "with a condition on all of their keys",
  countWith: (query) => `count in a subquery of ${query}`,
  aggregateMany: "compute it for all of them before the loop, in one query that groups by key",
  firstOfEach: "with `DISTINCT ON` (PostgreSQL) or a window function",
  insertMany: "one insert of all rows",
  insertMissing: "load the existing ones by key before the loop and insert the others together",
  insertMissingCost: "up to 2N statements",
  linkMany: "add them together, with one insert into the table between",
  unlinkMany: "remove them together, with one delete on the table between",
  saveMany: () => "write rows that get the same value with one update of all of them",
  updateMany: () => "write rows that get the same value with one update of all of them",
  update: "an update",
  deleteMany: () => "delete them together with one condition on all of their keys",
  delete: "a delete",
  deleteCost: "N statements",
  commitOnce: "open one transaction around the loop",
  page: "take one page at a time, with a limit",
  limitRelated: (relation) => `load a page of \`${relation}\` in a query of its own, or count them`,
  stream: "read the rows in batches, by their key",
  orderBy: (field) => `an order by \`${field ?? "id"}\``,
  atMost: (size, most) => `\`Math.min(${size}, ${most})\``,
  count: "a count",
  exists: "a limit of one row",
  first: "a limit of one",
  last: "the order reversed and a limit of one",
  fold: (by, field) => plainFold(by, field),
  fewerColumns: "select the columns that are read",
  index: (columns) => `an index on ${listed(columns.map((column) => `\`${column.replace(/^-/, "")}\``))}`,
  nullsOrder: (field, direction, nulls) => `\`${field} ${direction.toUpperCase()} NULLS ${nulls.toUpperCase()}\``,
  increment: (field, operator) => `\`SET ${field} = ${field} ${operator} …\``,
  lock: "`SELECT … FOR UPDATE`",
  separately: (relation) => `load \`${relation}\` in a query of its own`,
  afterCommit: "do it before the transaction, or when it is over",
  onlyAfterCommit: "do it when the transaction is over",
};

/** How many rows are written together: those that get the same values, by the column that tells them apart, and those that get other ones; both where it is not seen what is set. */
export function manyUpdated(same: (key: string | undefined) => string, different: string): Pick<Vocabulary, "saveMany" | "updateMany"> {
  const many: Vocabulary["updateMany"] = (key, sets) => (sets === undefined ? `write rows that get the same value with ${same(key)}, different ones with ${different}` : `write them together with ${sets === "same" ? same(key) : different}`);
  return { saveMany: many, updateMany: many };
}

/** What code would call a list of the values of a column: `ids`, `emails`. */
export function listOf(column: string): string {
  return /[^s]$/.test(column) ? `${column}s` : "values";
}

/** What the database calls a fold. */
export function plainFold(by: Fold, field: string): string {
  switch (by) {
    case "set": return `\`SELECT DISTINCT ${field}\``;
    case "any": return "a condition and a limit of one row";
    case "all": return "the opposite condition and a limit of one row";
    case "dict-count": return `\`GROUP BY ${field}\` and a count`;
    default: return `\`${by.toUpperCase()}(${field})\``;
  }
}

/** Names in quotes, as an array has them: `"a", "b"`. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(", ");
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names[names.length - 1]}`;
}
