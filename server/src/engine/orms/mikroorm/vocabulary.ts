import type { Vocabulary } from "../../rule";
import { plainFold, plainVocabulary, quoted } from "../script/vocabulary";

/** What users of MikroORM call things. */
export const mikroormVocabulary: Vocabulary = {
  ...plainVocabulary,
  fetchMany: "with `em.find()` and `$in`",
  // One flush writes many new rows in one INSERT, and many changed ones in one UPDATE … CASE (RULE-SEMANTICS MK-W1, measured on 7.2.1).
  insertMany: "one `flush()` after the loop, or `insertMany()`",
  insertMissing: "write them together with `upsertMany()`",
  saveMany: "change them in the loop and `flush()` once behind it, or write one value with `nativeUpdate()`",
  updateMany: "change the entities in the loop and `flush()` once behind it, or write one value with `nativeUpdate()`",
  update: "`nativeUpdate()`",
  deleteMany: "`remove()` them in the loop and `flush()` once behind it, or delete them together with `nativeDelete()`",
  delete: "`nativeDelete()`",
  commitOnce: "`flush()` once behind the loop",
  page: "take one page at a time with `limit` and `offset`",
  stream: "read the rows in batches with `limit`, by their key, each in a fork of the entity manager",
  orderBy: (field) => `\`orderBy: { ${field ?? "id"}: "asc" }\``,
  count: "`em.count()`",
  exists: "`em.findOne()`",
  first: "`em.findOne()`",
  last: "`em.findOne()` and the opposite order",
  fold: (by, field) => (by === "any" ? "`em.findOne()`" : plainFold(by, field)),
  fewerColumns: "take the columns that are read with `fields`",
  index: (columns) => (columns.length === 1 ? "`@Index()`" : `\`@Index({ properties: [${quoted(columns.map((column) => column.replace(/^-/, "")))}] })\``),
  increment: (field) => `\`raw("${field} + 1")\``,
  lock: "`lockMode: LockMode.PESSIMISTIC_WRITE`",
};
