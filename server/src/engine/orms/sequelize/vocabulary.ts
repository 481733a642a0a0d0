import type { Vocabulary } from "../../rule";
import { listOf, manyUpdated, plainFold, plainVocabulary, quoted } from "../script/vocabulary";

/** What users of Sequelize call things. */
export const sequelizeVocabulary: Vocabulary = {
  ...plainVocabulary,
  // `bulkCreate` with `updateOnDuplicate` inserts first: rows that are loaded in part break its NOT NULLs, and PostgreSQL wants the one unique index named (Sequelize 6, `bulkCreate`).
  ...manyUpdated((key) => key === undefined ? "one `update()`" : `\`update(…, { where: { ${key}: ${listOf(key)} } })\``, "one `UPDATE` with a `CASE`"),
  separately: (relation) => `load \`${relation}\` in a query of its own, with \`separate: true\``,
  fetchMany: (column) => (column === undefined ? "with one `findAll()` and `Op.in`" : `with \`findAll({ where: { ${column}: ${listOf(column)} } })\``),
  insertMany: "`bulkCreate()`",
  insertMissing: "load the existing ones by key before the loop and insert the others together with `bulkCreate()`",
  // `upsert` is one statement (Sequelize 6, `Model.upsert`).
  upsertMany: "write them together with `bulkCreate(…, { updateOnDuplicate: […] })`",
  // `findOrCreate` has a transaction of its own (RULE-SEMANTICS SQ-W1, measured on 6.37.8).
  insertMissingCost: "up to 4N statements",
  linkMany: "add them together: the association's `add…([…])`, or `bulkCreate()` on the table between",
  unlinkMany: "remove them together: the association's `remove…([…])`",
  update: "`update()`",
  deleteMany: (key) => `delete them together with ${key === undefined ? "one `destroy()`" : `\`destroy({ where: { ${key}: ${listOf(key)} } })\``}`,
  delete: "`destroy()`",
  page: "take one page at a time with `limit` and `offset`",
  stream: "read the rows in batches with `limit`, by their key",
  orderBy: (field) => `\`order: [["${field ?? "id"}", "ASC"]]\``,
  count: "`count()`",
  exists: "`findOne()`",
  first: "`findOne()`",
  last: "`findOne()` and the opposite order",
  fold: (by, field) => (by === "sum" || by === "max" || by === "min" ? `\`${by}("${field}")\`` : by === "any" ? "`findOne()`" : plainFold(by, field)),
  fewerColumns: "take the columns that are read with `attributes`",
  index: (columns) => `\`indexes: [{ fields: [${quoted(columns.map((column) => column.replace(/^-/, "")))}] }]\``,
  indexesColumns: true,
  increment: (field, operator) => `\`${operator === "-" ? "decrement" : "increment"}("${field}")\``,
  lock: "`lock: true` in a transaction",
};
