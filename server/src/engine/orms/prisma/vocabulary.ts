import type { Vocabulary } from "../../rule";
import { plainFold, plainVocabulary } from "../script/vocabulary";

/** What users of Prisma call things. */
export const prismaVocabulary: Vocabulary = {
  ...plainVocabulary,
  fetchMany: "with `findMany()` and `in`",
  countWith: (query) => `select \`_count\` in ${query}`,
  insertMany: "`createMany()`",
  insertMissing: "load the existing ones by key before the loop and insert the others together with `createMany()`",
  // An upsert is one ON CONFLICT or up to five statements (RULE-SEMANTICS PR-C2, measured on 7.10).
  insertMissingCost: "N statements or more",
  linkMany: "connect them together: `connect: [{ id }, …]`",
  unlinkMany: "disconnect them together: `disconnect: [{ id }, …]`",
  updateMany: "write one value with `updateMany()`, different ones with one raw `UPDATE`",
  update: "`update()`",
  deleteMany: "delete them together with `deleteMany()`",
  delete: "`delete()`",
  page: "take one page at a time with `take`, and `skip` or a `cursor`",
  stream: "read the rows in batches with `take` and a `cursor`",
  orderBy: (field) => `\`orderBy: { ${field ?? "id"}: "asc" }\``,
  count: "`count()`",
  exists: "`findFirst()`",
  first: "`findFirst()`",
  last: "`findFirst()` and the opposite order",
  fold: (by, field) => (by === "sum" || by === "max" || by === "min" ? `\`aggregate({ _${by}: { ${field}: true } })\`` : by === "set" ? `\`groupBy({ by: ["${field}"] })\`` : by === "dict-count" ? `\`groupBy({ by: ["${field}"], _count: true })\`` : by === "any" ? "`findFirst()`" : plainFold(by, field)),
  fewerColumns: "take the columns that are read with `select`",
  index: (columns) => `\`@@index([${columns.map((column) => (column.startsWith("-") ? `${column.slice(1)}(sort: Desc)` : column)).join(", ")}])\``,
  increment: (field) => `\`${field}: { increment: … }\``,
  lock: "a raw `SELECT … FOR UPDATE`",
};
