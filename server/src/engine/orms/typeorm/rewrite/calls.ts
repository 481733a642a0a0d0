import type { Call, Mapping } from "../../../facts";
import type { ChainStep, Query } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { TextEdit } from "../../../source";
import { addOption, addProperty, codeOf, entryOf } from "../../script/object-literals";
import { indentAt, type SourceStyle } from "../../script/source-style";
import { withWrittenOptions } from "../../script/written-options";

/** The call of a repository or entity manager that sends a query, and how it is told what to find. */
export interface Finder {
  readonly uri: string;
  readonly call: Call;
  readonly name: string;
  /** The place of its options, or of its conditions, among the arguments. */
  readonly at: number;
  readonly form: "options" | "conditions";
}

const OPTIONS = new Set(["find", "findOne", "findOneOrFail", "findAndCount", "count", "exists", "exist"]);
const CONDITIONS = new Set(["findBy", "findOneBy", "findOneByOrFail", "findAndCountBy", "countBy", "existsBy"]);

/** The finder that a query comes from; undefined for a query builder, and where its arguments are not all there to see. With `project`, options in a name of their own are in sight. */
export function finderOf(query: Query, project?: ProjectModel): Finder | undefined {
  if (query.joined || query.origin.steps.length !== 1) return undefined;
  const [step] = query.origin.steps;
  if (step.custom || (!OPTIONS.has(step.name) && !CONDITIONS.has(step.name)) || step.call.arguments.some(({ spread }) => spread)) return undefined;
  const at = namesEntity(step.call) ? 1 : 0;
  return { uri: step.uri, call: withWrittenOptions(step.call, at, step.uri, project), name: step.name, at, form: OPTIONS.has(step.name) ? "options" : "conditions" };
}

/** `manager.find(User, {…})`: the entity comes first. */
function namesEntity(call: Call): boolean {
  const first = call.arguments[0]?.value;
  return first !== undefined && (first.kind === "name" || first.kind === "attribute") && /^[A-Z]/.test(first.name);
}

/** The conditions of `findBy(…)`, or all of `find({…})`: options that can be written out. */
export function optionsOf({ call, at, form }: Finder): Mapping | undefined {
  const given = call.arguments[at]?.value;
  return form === "options" && given?.kind === "mapping" ? given : undefined;
}

/** Adds an option to a finder: `findBy(where)` becomes `find({ where, take: 100 })`. Undefined where it has that option, or options that are not written out. */
export function addToFinder(text: string, finder: Finder, property: string, style: SourceStyle): readonly TextEdit[] | undefined {
  const { call, at, form } = finder;
  const name = property.slice(0, property.indexOf(":"));
  const given = call.arguments[at];
  if (call.arguments.length > at + 1) return undefined;
  if (form === "options") {
    const options = given?.value;
    if (options && (options.kind !== "mapping" || entryOf(options, name) || options.entries.some(({ key }) => !key) || !looksLikeOptions(options))) return undefined;
    const edit = options?.kind === "mapping" ? addProperty(text, options, property, style) : addOption(text, call, at, property, style);
    return edit && [edit];
  }
  if (!given || call.callee.kind !== "attribute") return undefined;
  const { callee } = call;
  const space = style.spacesInBraces ? " " : "";
  const where = given.value.kind === "name" && given.value.name === "where" ? "where" : `where: ${codeOf(text, given.value)}`;
  return [
    { span: { start: callee.nameStart, end: callee.end }, newText: callee.name.replace(/By(?=OrFail$|$)/, "") },
    { span: { start: given.start, end: given.end }, newText: `{${space}${where}, ${property}${space}}` },
  ];
}

/** `find({ name })` of TypeORM 0.2 is given conditions. */
function looksLikeOptions({ entries }: Mapping): boolean {
  return entries.length === 0 || entries.some(({ key }) => key?.kind === "literal" && /^(where|relations|order|take|skip|select|cache|lock|withDeleted|loadEagerRelations|relationLoadStrategy|join|loadRelationIds|comment)$/.test(String(key.value)));
}

/** The steps of a query builder that stand in one file. */
export function builderSteps({ joined, origin: { root, steps } }: Query): readonly ChainStep[] | undefined {
  return !joined && steps[0]?.name === "createQueryBuilder" && steps.every((step) => step.uri === root.uri && !step.custom) ? steps : undefined;
}

/** The alias of the query's own rows: `user` of `createQueryBuilder("user")`. */
export function aliasOf(steps: readonly ChainStep[]): string | undefined {
  const { arguments: given } = steps[0].call;
  const last = given[given.length - 1]?.value;
  return last?.kind === "literal" && typeof last.value === "string" ? last.value : undefined;
}

/** Puts `.limit(100)` behind a call of a chain, on a line of its own where the calls before have theirs. */
export function appendStep(text: string, last: Call, code: string, { newline, indent }: SourceStyle): TextEdit {
  const dot = last.callee.kind === "attribute" ? text.lastIndexOf(".", last.callee.nameStart) : -1;
  const isOwnLine = dot >= 0 && /[\r\n][ \t]*$/.test(text.slice(Math.max(0, dot - 200), dot));
  if (isOwnLine) return { span: { start: last.end, end: last.end }, newText: `${newline}${indentAt(text, dot)}${code}` };
  // The calls behind have lines of their own: `createQueryBuilder("u")⏎  .where(…)`.
  const next = /^\s*[\r\n]([ \t]*)\./.exec(text.slice(last.end, last.end + 200));
  return { span: { start: last.end, end: last.end }, newText: next ? `${newline}${next[1] || indent}${code}` : code };
}
