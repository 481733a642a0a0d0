import type { Vocabulary } from "../../rule";
import { manyUpdated, plainFold, plainVocabulary } from "../script/vocabulary";

/** What users of Drizzle call things. */
export const drizzleVocabulary: Vocabulary = {
  ...plainVocabulary,
  ...manyUpdated(() => "one `update()` and `inArray()`", "one `CASE`"),
  fetchMany: () => "with `inArray()`",
  countWith: (query) => `count with \`db.$count()\` among the columns of ${query}`,
  insertMany: "`values([…])`",
  insertMissing: "write them together with `values([…])` and `onConflictDoUpdate()` or `onConflictDoNothing()`",
  update: "`update()`",
  deleteMany: () => "delete them together with `delete()` and `inArray()`",
  delete: "`delete()`",
  page: "take one page at a time with `limit` and `offset`, or go on behind the last key",
  limitRelated: (relation) => `give them a limit of their own: \`with: { ${relation}: { limit: 20 } }\``,
  stream: "read the rows in batches with `limit`, by their key",
  orderBy: (field) => `\`orderBy(table.${field ?? "id"})\``,
  count: "`db.$count()`",
  exists: "`limit(1)`",
  first: "`limit(1)`",
  last: "`limit(1)` and the opposite order",
  fold: (by, field) => (by === "sum" || by === "max" || by === "min" ? `\`${by}(table.${field})\`` : by === "set" ? `\`selectDistinct({ ${field}: table.${field} })\`` : by === "dict-count" ? `\`groupBy(table.${field})\` and \`count()\`` : by === "any" ? "`limit(1)`" : plainFold(by, field)),
  fewerColumns: "take the columns that are read with `columns`, or in `select({ … })`",
  // Not `.desc()`: that is DESC NULLS LAST, which no `orderBy(desc(…))` can use; a plain index is read backwards.
  index: (columns) => `\`index().on(${columns.map((column) => `table.${column.replace(/^-/, "")}`).join(", ")})\``,
  increment: (field, operator) => `\`sql\` with the column: \`\${table.${field}} ${operator} 1\``,
  lock: "`.for(\"update\")`",
};
