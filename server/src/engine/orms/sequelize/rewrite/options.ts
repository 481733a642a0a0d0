import type { Expression } from "../../../facts";
import type { PageSized, Query, QueryRun, RowsFiltered, RowsReduced } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location } from "../../../source";
import { awaitedAt, receiverOf } from "../../script/calls";
import { addOption, entryOf } from "../../script/object-literals";
import { countInstead } from "../../script/counting";
import { filterWithQuery } from "../../script/filtering";
import { limitNumber } from "../../script/page-size";
import { sumWithQuery } from "../../script/summing";
import { inFile } from "../../script/rewriter";
import { quotedText, type SourceStyle } from "../../script/source-style";
import { finderOf } from "./calls";

/** `limit: 100` in the options of the call. */
export function limit(query: Query, rows: number, _at: unknown, project: ProjectModel | undefined): FixProposal | undefined {
  const proposal = option(query, project, ["findAll", "findAndCountAll"], "limit", () => `limit: ${rows}`);
  return proposal && { ...proposal, title: `Load the first ${rows} rows only`, safety: "sketch" };
}

/** `order: [["id", "ASC"]]`. */
export function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  const key = project?.entity(query.entity)?.primaryKey ?? "id";
  const proposal = option(query, project, ["findAll", "findAndCountAll"], "order", (style) => `order: [[${quotedText(key, style)}, ${quotedText("ASC", style)}]]`);
  return proposal && { ...proposal, title: `Order by \`${key}\``, safety: "review" };
}

function option(query: Query, project: ProjectModel | undefined, names: readonly string[], name: string, property: (style: SourceStyle) => string): Pick<FixProposal, "build"> | undefined {
  const finder = finderOf(query, project);
  if (!finder || !names.includes(finder.name)) return undefined;
  const given = finder.call.arguments[finder.options]?.value;
  if (given && (given.kind !== "mapping" || entryOf(given, name))) return undefined;
  return {
    build: inFile(finder.uri, (text, style) => {
      const edit = addOption(text, finder.call, finder.options, property(style), style);
      return edit && [edit];
    }),
  };
}

/** `Math.min(size, 100)` around the client's number. */
export function limitPageSize(event: PageSized): FixProposal | undefined {
  return limitNumber(event, "Limit the number to 100");
}

/** `(await Book.count({ where })) > 0` → `(await Book.findOne({ where })) !== null`. */
export function existsInsteadOfCount(run: QueryRun, project: ProjectModel | undefined): FixProposal | undefined {
  const { comparedToZero: compared, expression: call } = run;
  const uri = run.at.uri;
  const facts = project?.files.get(uri);
  if (!compared || !facts || call.kind !== "call" || call.callee.kind !== "attribute" || call.callee.name !== "count" || !receiverOf(call)) return undefined;
  const given = call.arguments[0]?.value;
  if (call.arguments.length > 1 || (given && (given.kind !== "mapping" || given.entries.some(({ key }) => key?.kind !== "literal" || !/^(where|include|transaction|paranoid)$/.test(String(key.value)))))) return undefined;
  const place = awaitedAt(facts, call);
  if (!place?.isAwaited) return undefined;
  return {
    title: "Ask for one row", safety: "safe",
    build: inFile(uri, (text) => {
      if (call.callee.kind !== "attribute") return undefined;
      const asked = `(${text.slice(place.span.start, call.callee.nameStart)}findOne${text.slice(call.callee.end, place.span.end)})`;
      return [{ span: compared.at.span, newText: `${asked} ${compared.meaning === "some" ? "!==" : "==="} null` }];
    }),
  };
}

/** `(await Order.findAll({ where })).length` → `await Order.count({ where })`. Safe. */
export function countInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  return countInstead({ names: { findAll: "count" }, options: 0, dropped: /^(attributes|order|raw)$/ }, at, rows);
}

/** `rows.filter((row) => row.status === "open")` → `where: { status: "open" }`. Review. */
export function filterInDatabase(event: RowsFiltered, project: ProjectModel | undefined): FixProposal | undefined {
  const finder = finderOf(event.query, project);
  return filterWithQuery(finder?.name === "findAll" ? { ...finder, at: finder.options, form: "options" } : undefined, event, project, event.query.entity);
}

/** `items.reduce((sum, item) => sum + item.quantity, 0)` → `OrderItem.sum("quantity", { where })`. Review. */
export function aggregateInDatabase(event: RowsReduced, project: ProjectModel | undefined): FixProposal | undefined {
  const finder = finderOf(event.query);
  if (finder?.name !== "findAll" || finder.call.callee.kind !== "attribute") return undefined;
  const found = { uri: finder.uri, call: finder.call, at: finder.options, form: "options" as const, nameStart: finder.call.callee.nameStart };
  return sumWithQuery(found, event, project, (_text, column, where, { spacesInBraces }) => {
    const space = spacesInBraces ? " " : "";
    return { method: "sum", arguments: where === undefined ? column : `${column}, {${space}${where === "where" ? "where" : `where: ${where}`}${space}}` };
  });
}
