import { manyUpdated, plainVocabulary } from "../script/vocabulary";
import type { Fold, Vocabulary } from "../../rule";

const folds: Readonly<Record<Fold, (field: string) => string>> = {
  sum: (field) => `aggregate({ _sum: { ${field}: true } })`,
  max: (field) => `aggregate({ _max: { ${field}: true } })`,
  min: (field) => `aggregate({ _min: { ${field}: true } })`,
  set: (field) => `groupBy({ by: ["${field}"] })`,
  any: () => "findFirst({ where: … })",
  all: () => "findFirst({ where: { NOT: … } })",
  "dict-count": (field) => `groupBy({ by: ["${field}"], _count: true })`,
};

/** What users of Prisma call things. */
export const prismaVocabulary: Vocabulary = {
  ...plainVocabulary,
  ...manyUpdated(() => "`updateMany()` and `{ in: ids }`", "one `UPDATE` in SQL"),
  aggregateMany: "compute it for all of them before the loop, with one `groupBy`",
  // `distinct` reads the rows of all of them (PR-V6, measured).
  firstOfEach: "in SQL, with `DISTINCT ON` (PostgreSQL) or a window function",
  fetchMany: () => "with one `findMany` and `{ in: ids }`",
  countWith: (query) => `include \`_count\` in ${query}, or use \`groupBy\``,
  insertMany: "`createMany()`",
  insertMissing: "load the existing ones with one `findMany` before the loop and insert the others with `createMany()`",
  upsertMany: "load the existing ones with one `findMany` before the loop, insert the others with `createMany()`, and update those that are not the same",
  insertMissingCost: "up to 5N statements",
  linkMany: "connect them together in one update",
  unlinkMany: "disconnect them together in one update",
  update: "`update()`",
  deleteMany: () => "delete them together with `deleteMany()` and `{ in: ids }`",
  delete: "`delete()`",
  deleteCost: "N statements",
  page: "take one page at a time, with `take` and `cursor` or `skip`",
  stream: "read the rows in batches, with `take` and `cursor`",
  orderBy: (field) => `\`orderBy: { ${field ?? "id"}: "asc" }\``,
  count: "`count()`",
  exists: "`findFirst()` with a `select` of the key",
  first: "`findFirst()`",
  last: "`findFirst()` in the opposite order",
  fold: (by, field) => `\`${folds[by](field)}\``,
  fewerColumns: "`select` the columns that are read, or leave the others out with `omit`",
  index: (columns) => `\`@@index([${columns.map((column) => (column.startsWith("-") ? `${column.slice(1)}(sort: Desc)` : column)).join(", ")}])\``,
  increment: (field, operator) => `\`{ ${field}: { ${operator === "-" ? "decrement" : "increment"}: … } }\``,
};
