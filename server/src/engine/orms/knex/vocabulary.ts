import type { Fold, Vocabulary } from "../../rule";
import { manyUpdated, plainVocabulary } from "../script/vocabulary";

const folds: Readonly<Record<Fold, (field: string) => string>> = {
  sum: (field) => `sum("${field}")`,
  max: (field) => `max("${field}")`,
  min: (field) => `min("${field}")`,
  set: (field) => `distinct("${field}")`,
  any: () => "where(…).first()",
  all: () => "whereNot(…).first()",
  "dict-count": (field) => `groupBy("${field}").count()`,
};

/** What users of Knex call things. */
export const knexVocabulary: Vocabulary = {
  ...plainVocabulary,
  ...manyUpdated(() => "one `update()` and `whereIn`", "one `CASE`"),
  fetchMany: () => "with one `whereIn` of all keys",
  countWith: (query) => `count in a subquery of ${query}, or in one query with \`groupBy\``,
  insertMany: "one `insert()` with an array, or `batchInsert()`",
  insertMissing: "insert them together with `onConflict().ignore()` or `.merge()`",
  update: "`update()`",
  deleteMany: () => "delete them together with `whereIn(…).del()`",
  delete: "`del()`",
  deleteCost: "N statements",
  page: "take one page at a time, with `limit` and `orderBy`",
  stream: "read the rows in batches by their key, or with `stream()`",
  orderBy: (field) => `\`orderBy("${field ?? "id"}")\``,
  count: "`count()`",
  exists: "`select(1).first()`",
  first: "`first()`",
  last: "`orderBy` in the opposite order and `first()`",
  fold: (by, field) => `\`${folds[by](field)}\``,
  fewerColumns: "`select` the columns that are read",
  index: (columns) => `\`table.index([${columns.map((column) => `"${column.replace(/^-/, "")}"`).join(", ")}])\``,
  increment: (field, operator) => `\`${operator === "-" ? "decrement" : "increment"}("${field}")\``,
};
