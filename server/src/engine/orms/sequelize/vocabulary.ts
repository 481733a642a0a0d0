import type { Vocabulary } from "../../rule";
import { plainFold, plainVocabulary, quoted } from "../script/vocabulary";

/** What users of Sequelize call things. */
export const sequelizeVocabulary: Vocabulary = {
  ...plainVocabulary,
  separately: "load one of them in a query of its own, with `separate: true`",
  fetchMany: "with `findAll({ where: { id: ids } })`",
  insertMany: "`bulkCreate()`",
  insertMissing: "load the existing ones by key before the loop and insert the others together with `bulkCreate()`",
  // `findOrCreate` has a transaction of its own (RULE-SEMANTICS SQ-W1, measured on 6.37.8).
  insertMissingCost: "up to 4N statements",
  linkMany: "add them together: the association's `add…([…])`, or `bulkCreate()` on the table between",
  unlinkMany: "remove them together: the association's `remove…([…])`",
  saveMany: "write one value with `update(…, { where: { id: ids } })`, different ones with `bulkCreate(…, { updateOnDuplicate: […] })`",
  updateMany: "write one value with `update(…, { where: { id: ids } })`, different ones with `bulkCreate(…, { updateOnDuplicate: […] })`",
  update: "`update()`",
  deleteMany: "delete them together with `destroy({ where: { id: ids } })`",
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
  increment: (field) => `\`increment("${field}")\``,
  lock: "`lock: true` in a transaction",
};
