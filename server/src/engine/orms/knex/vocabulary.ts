import type { Vocabulary } from "../../rule";
import { plainFold, plainVocabulary, quoted } from "../script/vocabulary";

/** What users of Knex call things. */
export const knexVocabulary: Vocabulary = {
  ...plainVocabulary,
  fetchMany: "with `whereIn()`",
  insertMany: "`insert([…])` or `batchInsert()`",
  insertMissing: "write them together with `insert([…]).onConflict(…)` and `merge()` or `ignore()`",
  saveMany: "write one value with `whereIn()` and `update()`, different ones with one `CASE` or `UPDATE … FROM`",
  updateMany: "write one value with `whereIn()` and `update()`, different ones with one `CASE` or `UPDATE … FROM`",
  update: "`update()`",
  deleteMany: "delete them together with `whereIn()` and `delete()`",
  delete: "`delete()`",
  page: "take one page at a time with `limit()` and `offset()`, or go on behind the last key",
  stream: "read the rows with `stream()`, or in batches by their key",
  orderBy: (field) => `\`orderBy("${field ?? "id"}")\``,
  count: "`count()`",
  exists: "`first()`",
  first: "`first()`",
  last: "`first()` and the opposite order",
  fold: (by, field) => (by === "sum" || by === "max" || by === "min" ? `\`${by}("${field}")\`` : by === "set" ? `\`distinct("${field}")\`` : by === "dict-count" ? `\`groupBy("${field}")\` and \`count()\`` : by === "any" ? "`first()`" : plainFold(by, field)),
  fewerColumns: "take the columns that are read with `select(…)`",
  index: (columns) => `\`table.index([${quoted(columns.map((column) => column.replace(/^-/, "")))}])\``,
  increment: (field) => `\`increment("${field}")\``,
  lock: "`forUpdate()`",
};

/** What users of Kysely call things. */
export const kyselyVocabulary: Vocabulary = {
  ...knexVocabulary,
  fetchMany: "with `where(…, \"in\", ids)`",
  insertMany: "`values([…])`",
  insertMissing: "write them together with `values([…])` and `onConflict()`",
  saveMany: "write one value with one `updateTable()`, different ones with one `CASE` or `UPDATE … FROM`",
  updateMany: "write one value with one `updateTable()`, different ones with one `CASE` or `UPDATE … FROM`",
  update: "`updateTable()`",
  deleteMany: "delete them together with one `deleteFrom()`",
  delete: "`deleteFrom()`",
  count: "`fn.countAll()`",
  exists: "`limit(1)`",
  first: "`limit(1)`",
  last: "`limit(1)` and the opposite order",
  fold: (by, field) => (by === "sum" || by === "max" || by === "min" ? `\`fn.${by}("${field}")\`` : by === "any" ? "`limit(1)`" : by === "set" ? `\`select("${field}").distinct()\`` : by === "dict-count" ? `\`groupBy("${field}")\` and \`fn.countAll()\`` : plainFold(by, field)),
  index: (columns) => `an index: \`createIndex(…).columns([${quoted(columns.map((column) => column.replace(/^-/, "")))}])\``,
  increment: (field) => `\`eb("${field}", "+", …)\``,
};
