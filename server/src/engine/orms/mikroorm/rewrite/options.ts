import type { Expression } from "../../../facts";
import type { Query, RowsFiltered } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { Location, TextEdit } from "../../../source";
import { addItem } from "../../script/array-literals";
import { countInstead } from "../../script/counting";
import { filterWithQuery } from "../../script/filtering";
import { addOption, entryOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { quotedText, type SourceStyle } from "../../script/source-style";
import { findOf, type WrittenFind } from "./calls";

/** `populate: ["author"]` at the find, with what is there already. Safe: a relation that is there answers as one that is loaded. */
export function loadWith(query: Query, path: string, project: ProjectModel): FixProposal | undefined {
  const find = findOf(query, project);
  if (!find) return undefined;
  const dotted = path.replaceAll("__", ".");
  return {
    title: `Load \`${dotted}\` with the query`, safety: "safe", preferred: true,
    build: inFile(find.uri, (text, style) => {
      const name = quotedText(dotted, style);
      const options = find.call.arguments[find.options]?.value;
      const given = options?.kind === "mapping" ? entryOf(options, "populate")?.value : undefined;
      const list = given?.kind === "cast" ? given.operand : given;
      const edit = list ? (list.kind === "sequence" ? addItem(text, list, name, style) : undefined) : withOption(text, find, `populate: [${name}]`, style);
      return edit && [edit];
    }),
  };
}

/** `limit: 100`. A sketch: which rows may be left out is for a person to say. */
export function limit(query: Query, rows: number, _at: unknown, project: ProjectModel | undefined): FixProposal | undefined {
  return withProperty(query, project, `Load the first ${rows} rows only`, "sketch", () => `limit: ${rows}`);
}

/** `orderBy: { id: "asc" }`. Review. */
export function orderByKey(query: Query, project: ProjectModel | undefined): FixProposal | undefined {
  const entity = project?.entity(query.entity);
  if (!entity || query.order !== "none") return undefined;
  return withProperty(query, project, "Order by the key", "review", (style) => `orderBy: { ${entity.primaryKey}: ${quotedText("asc", style)} }`);
}

/** `strategy: "select-in"`: each relation in a query of its own. Review. */
export function loadSeparately(query: Query, project: ProjectModel): FixProposal | undefined {
  const find = findOf(query, project);
  if (!find) return undefined;
  return {
    title: "Load the relations in queries of their own", safety: "review", preferred: true,
    build: inFile(find.uri, (text, style) => {
      const options = find.call.arguments[find.options]?.value;
      const given = options?.kind === "mapping" ? entryOf(options, "strategy")?.value : undefined;
      const strategy = quotedText("select-in", style);
      const edit = given ? { span: { start: given.start, end: given.end }, newText: strategy } : withOption(text, find, `strategy: ${strategy}`, style);
      return edit && [edit];
    }),
  };
}

function withProperty(query: Query, project: ProjectModel | undefined, title: string, safety: FixProposal["safety"], code: (style: SourceStyle) => string): FixProposal | undefined {
  const find = findOf(query, project);
  if (!find) return undefined;
  return {
    title, safety, preferred: safety !== "sketch",
    build: inFile(find.uri, (text, style) => {
      const edit = withOption(text, find, code(style), style);
      return edit && [edit];
    }),
  };
}

/** One more option; conditions that are left out are written out as none. */
function withOption(text: string, { call, options, where }: WrittenFind, property: string, style: SourceStyle): TextEdit | undefined {
  const name = property.slice(0, property.indexOf(":"));
  const given = call.arguments[options]?.value;
  if (given) return given.kind === "mapping" && !entryOf(given, name) ? addOption(text, call, options, property, style) : undefined;
  if (call.arguments.length === options) return addOption(text, call, options, property, style);
  if (where === undefined || call.arguments.length !== where) return undefined;
  const last = call.arguments[where - 1];
  const at = last ? last.end : call.open + 1;
  return { span: { start: at, end: at }, newText: `${last ? ", " : ""}{}, {${style.spacesInBraces ? ` ${property} ` : property}}` };
}

/** `(await em.find(Order, where)).length` → `await em.count(Order, where)`. Safe. */
export function countInDatabase(at: Location, rows: Expression): FixProposal | undefined {
  const isNamed = rows.kind === "call" && rows.arguments[0]?.value.kind === "name" && /^[A-Z]/.test(rows.arguments[0].value.name);
  return countInstead({ names: { find: "count" }, options: isNamed ? 1 : 0, dropped: /^$/, isCondition: () => true }, at, rows);
}

/** `rows.filter((row) => row.status === "open")` → `{ status: "open" }` among the conditions. Review. */
export function filterInDatabase(event: RowsFiltered, project: ProjectModel | undefined): FixProposal | undefined {
  const find = findOf(event.query, project);
  return filterWithQuery(find?.name === "find" && find.where !== undefined ? { ...find, at: find.where, form: "conditions" } : undefined, event, project, event.query.entity);
}
