import type { Vocabulary } from "../../rule";
import { listOf, manyUpdated, plainFold, plainVocabulary, quoted } from "../script/vocabulary";

/** What users of TypeORM call things. */
export const typeormVocabulary: Vocabulary = {
  ...plainVocabulary,
  ...manyUpdated((key) => key === undefined ? "one `update()` and `In(…)`" : `\`update({ ${key}: In(${listOf(key)}) }, …)\``, "one `UPDATE` with a `CASE`"),
  // `findBy` came with 0.3.
  fetchMany: (column) => (column === undefined ? "with one `find()` and `In(…)`" : `with \`find({ where: { ${column}: In(${listOf(column)}) } })\``),
  // `save()` of an array asks once and inserts many rows in one statement (RULE-SEMANTICS TO-W1, measured on 1.1.1).
  insertMany: "`insert([…])` or `save([…])`",
  insertMissing: "write them together with `upsert([…])`",
  insertMissingCost: "up to 2N statements",
  // An array that is saved still sends one UPDATE per row (TO-W1).
  linkMany: "add them together: `.relation(…).of(row).add([…])`",
  unlinkMany: "remove them together: `.relation(…).of(row).remove([…])`",
  update: "`update()`",
  deleteMany: () => "delete them together with `delete([…])`",
  markManyDeleted: "mark them together with `softDelete([…])`",
  delete: "`delete()`",
  page: "take one page at a time with `take` and `skip`",
  stream: "read the rows with `stream()` of a query builder, or in batches by their key",
  orderBy: (field) => `\`order: { ${field ?? "id"}: "ASC" }\``,
  count: "`count()`",
  exists: "`exists()`",
  first: "`findOne()`",
  last: "`findOne()` and the opposite order",
  fold: (by, field) => (by === "sum" ? `\`sum("${field}")\`` : by === "max" ? `\`maximum("${field}")\`` : by === "min" ? `\`minimum("${field}")\`` : by === "any" ? "`exists()`" : plainFold(by, field)),
  fewerColumns: "take the columns that are read with `select`",
  index: (columns) => (columns.length === 1 ? "`@Index()`" : `\`@Index([${quoted(columns.map((column) => column.replace(/^-/, "")))}])\``),
  increment: (field, operator) => `\`${operator === "-" ? "decrement" : "increment"}(…, "${field}", …)\``,
  separately: () => "load them in queries of their own (a find of TypeORM 0.3 does with `relationLoadStrategy: \"query\"`)",
  lock: "`lock: { mode: \"pessimistic_write\" }`",
};
