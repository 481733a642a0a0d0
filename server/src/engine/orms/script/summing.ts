import type { Expression } from "../../facts";
import type { RowsReduced } from "../../flow";
import type { ProjectModel } from "../../project";
import type { FixProposal } from "../../rule";
import type { Conditions } from "./filtering";
import { codeOf, entryOf } from "./object-literals";
import { inFile } from "./rewriter";
import { quotedText, type SourceStyle } from "./source-style";
import { statementsAround } from "./statements";

/** How an ORM writes a sum: `sum("quantity", { where })`. `where` is the code of the conditions, where there are some. */
export type WrittenSum = (text: string, column: string, where: string | undefined, style: SourceStyle) => { readonly method: string; readonly arguments: string };

const NUMBERS: ReadonlySet<string | undefined> = new Set(["integer", "small-integer", "decimal", "float"]);

/**
 * `const items = await OrderItem.findAll(…); items.reduce((sum, item) => sum + item.quantity, 0)` → `const items = await OrderItem.sum("quantity", …)`, `(items ?? 0)`:
 * of no rows the database gives null. Review: what is no number counts for nothing.
 */
export function sumWithQuery(found: (Conditions & { readonly nameStart: number }) | undefined, event: RowsReduced, project: ProjectModel | undefined, written: WrittenSum): FixProposal | undefined {
  const { at, by, field, expression, query } = event;
  const facts = project?.files.get(at.uri);
  const column = field === undefined ? undefined : project?.entity(query.entity)?.fields.get(field);
  if (!found || !facts || found.uri !== at.uri || by !== "sum" || field === undefined || !NUMBERS.has(column?.holds)) return undefined;
  const rows = rowsOf(expression);
  const statement = statementsAround(facts, found.call).at(-1)?.statement;
  if (!rows || statement?.kind !== "assign" || statement.targets[0]?.kind !== "name" || statement.targets[0].name !== rows || found.call.arguments.some(({ spread }) => spread) || found.call.arguments.length > found.at + 1) return undefined;
  const given = found.call.arguments[found.at]?.value;
  const where = found.form === "conditions" ? given : given?.kind === "mapping" ? entryOf(given, "where")?.value : undefined;
  const saysMore = found.form === "options" && given && (given.kind !== "mapping" || given.entries.some(({ key }) => key?.kind !== "literal" || !/^(where|select|attributes|order|orderBy|raw)$/.test(String(key.value))));
  if (saysMore) return undefined;
  return {
    title: "Sum in the database", safety: "review", preferred: true,
    build: inFile(at.uri, (text, style) => {
      const { method, arguments: code } = written(text, quotedText(field, style), where && codeOf(text, where), style);
      const before = found.at === 0 ? found.call.open + 1 : found.call.arguments[0].value.end;
      const isWhole = /(return|=|=>)\s*$/.test(text.slice(0, at.span.start)) && /^\s*[;\r\n}]/.test(text.slice(at.span.end, at.span.end + 3));
      return [
        { span: { start: found.nameStart, end: found.call.open }, newText: method },
        { span: { start: before, end: found.call.close }, newText: `${found.at === 0 ? "" : ", "}${code}` },
        { span: at.span, newText: isWhole ? `${rows} ?? 0` : `(${rows} ?? 0)` },
      ];
    }),
  };
}

/** The name of the rows in `rows.reduce((sum, row) => …, 0)`. */
function rowsOf(node: Expression): string | undefined {
  if (node.kind !== "call" || node.callee.kind !== "attribute" || node.callee.name !== "reduce" || node.callee.object.kind !== "name") return undefined;
  const start = node.arguments[1]?.value;
  return node.arguments.length === 2 && start?.kind === "literal" && start.value === 0 ? node.callee.object.name : undefined;
}
