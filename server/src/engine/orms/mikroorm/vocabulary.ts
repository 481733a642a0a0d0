import type { Vocabulary } from "../../rule";
import { manyUpdated, plainVocabulary } from "../script/vocabulary";

/** What users of MikroORM call things. */
export const mikroormVocabulary: Vocabulary = {
  ...plainVocabulary,
  ...manyUpdated(() => "one `nativeUpdate()` and `$in`", "one `flush()`"),
  separately: () => "load them in queries of their own, with the strategy `select-in`",
  fetchMany: () => "with one `find` and `$in`",
  insertMany: "`create()` them in the loop and one `flush()` after it, or `insertMany()`",
  insertMissing: "`upsertMany()`",
  updatesDifferent: true,
  saveMany: () => "change them in the loop and one `flush()` after it, or one `nativeUpdate()`",
  update: "`nativeUpdate()`",
  deleteMany: () => "delete them together with one `nativeDelete()` and `$in`",
  delete: "`nativeDelete()`",
  commitOnce: "one `flush()` after the loop writes all of them together",
  // `findByCursor` came with 6.
  page: "take one page at a time, with `limit` and `offset`",
  stream: "read the rows in batches, with `limit`, and `em.clear()` between them",
  orderBy: (field) => `\`orderBy: { ${field ?? "id"}: "asc" }\``,
  count: "`count()`",
  exists: "`count()` or `findOne()` with `fields` of the key alone",
  first: "`findOne()`",
  fewerColumns: "`fields` with the columns that are read",
  index: (columns) => columns.length === 1 ? "`@Index()`" : `\`@Index({ properties: [${columns.map((column) => `"${column.replace(/^-/, "")}"`).join(", ")}] })\``,
};
