import { watchColumns } from "../../flow/loads";
import type { Machine } from "../../flow/machine";
import type { Query } from "../../flow";
import type { Field } from "../../project";
import type { Location } from "../../source";

/** Types of the database for long texts. `text` alone is what every string is on PostgreSQL, where nothing says more. */
const LONG = /^(text|tinytext|mediumtext|longtext|ntext|clob|xml)$/i;
/** What columns are called that hold pages of text. */
const LONG_NAME = /^(blurb|body|content|contents|description|html|markdown|article|transcript|biography|rawText|text)$|(Body|Html|Markdown|Content|Description|Transcript)$/;

/** From here on it is noted which of the wide columns of a query's rows the function reads that sends it: documents, files, long texts. */
export function watchWideColumns(m: Machine, query: Query, at: Location): void {
  const entity = m.project.entity(query.entity);
  if (m.frames.length !== 1 || !m.frames[0].function || query.shape !== "instances" || query.columns.kind !== "all" || !entity) return;
  watchColumns(m, query, [...entity.fields.values()].filter(isWide).map(({ name }) => name), at);
}

function isWide({ name, holds, nativeType }: Field): boolean {
  return holds === "json" || holds === "binary" || (holds === "text" && nativeType !== undefined && LONG.test(nativeType) && LONG_NAME.test(name));
}

