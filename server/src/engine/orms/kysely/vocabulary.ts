import type { Vocabulary } from "../../rule";
import { manyUpdated, plainFold, plainVocabulary } from "../script/vocabulary";

/** What users of Kysely call things. */
export const kyselyVocabulary: Vocabulary = {
  ...plainVocabulary,
  ...manyUpdated(() => 'one `updateTable()` and `"in"`', "one `CASE`"),
  fetchMany: () => "with one `where(…, \"in\", keys)`",
  countWith: (query) => `count in a subquery of ${query}, or in one query with \`groupBy()\``,
  insertMany: "one `insertInto(…).values([…])`",
  insertMissing: "insert them together with `onConflict((oc) => oc.doNothing())` or `.doUpdateSet()`",
  update: "`updateTable()`",
  deleteMany: () => "delete them together with `deleteFrom(…).where(…, \"in\", keys)`",
  delete: "`deleteFrom()`",
  page: "take one page at a time with `limit()` and `orderBy()`",
  stream: "read the rows in batches by their key, or with `stream()`",
  orderBy: (field) => `\`orderBy("${field ?? "id"}")\``,
  count: "`select(({ fn }) => fn.countAll().as(\"count\"))`",
  exists: "`limit(1)`",
  first: "`limit(1)`",
  last: "the opposite order and `limit(1)`",
  fold: (by, field) => (by === "sum" || by === "max" || by === "min" ? `\`fn.${by}("${field}")\`` : plainFold(by, field)),
  index: (columns) => `\`createIndex(…).on(…).columns([${columns.map((column) => `"${column.startsWith("-") ? `${column.slice(1)} desc` : column}"`).join(", ")}])\``,
  increment: (field, operator) => `\`set((eb) => ({ ${field}: eb("${field}", "${operator}", …) }))\``,
  lock: "`forUpdate()`",
};
