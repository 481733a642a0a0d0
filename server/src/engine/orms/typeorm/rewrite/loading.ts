import type { Mapping } from "../../../facts";
import type { Query } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { addItem } from "../../script/array-literals";
import { addProperty, entryOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { quotedText, type SourceStyle } from "../../script/source-style";
import { addToFinder, aliasOf, appendStep, builderSteps, finderOf, optionsOf, type Finder } from "./calls";

/** `relations: { customer: true }` at the query that gives the rows, `leftJoinAndSelect` in a query builder. Safe. */
export function loadWith(query: Query, path: string, project: ProjectModel): FixProposal | undefined {
  const finder = finderOf(query, project);
  const steps = builderSteps(query);
  if (!finder && !steps) return undefined;
  const uri = finder?.uri ?? query.origin.root.uri;
  const version = project.version("typeorm");
  return {
    title: `Load \`${path.replaceAll("__", ".")}\` with the query`, safety: "safe", preferred: true,
    build: inFile(uri, (text, style) => (finder ? intoRelations(text, finder, path, style, version) : intoBuilder(text, query, path, style))),
  };
}

/** In the form that is there; new ones as an object, which TypeORM knows since 0.3. */
function intoRelations(text: string, finder: Finder, path: string, style: SourceStyle, version: readonly [number, number] | undefined): readonly TextEdit[] | undefined {
  const hops = path.split("__");
  const options = optionsOf(finder);
  const given = options && entryOf(options, "relations")?.value;
  if (given?.kind === "sequence") {
    const names = given.items.map((item) => (item.kind === "literal" ? String(item.value) : undefined));
    const wanted = hops.map((_, i) => hops.slice(0, i + 1).join(".")).filter((name) => !names.includes(name));
    const code = wanted.map((name) => quotedText(name, style)).join(", ");
    const edit = code === "" ? undefined : addItem(text, given, code, style);
    return edit && [edit];
  }
  if (given?.kind === "mapping") {
    const edit = intoTree(text, given, hops, style);
    return edit && [edit];
  }
  if (given) return undefined;
  const isOld = version !== undefined && version[0] === 0 && version[1] < 3;
  const code = isOld ? `[${hops.map((_, i) => quotedText(hops.slice(0, i + 1).join("."), style)).join(", ")}]` : treeOf(hops, style);
  return addToFinder(text, finder, `relations: ${code}`, style);
}

function treeOf(hops: readonly string[], style: SourceStyle): string {
  const space = style.spacesInBraces ? " " : "";
  return hops.reduceRight((inner, hop) => `{${space}${hop}: ${inner}${space}}`, "true");
}

function intoTree(text: string, tree: Mapping, [hop, ...rest]: readonly string[], style: SourceStyle): TextEdit | undefined {
  const entry = entryOf(tree, hop);
  if (!entry) return addProperty(text, tree, `${hop}: ${rest.length === 0 ? "true" : treeOf(rest, style)}`, style);
  if (rest.length === 0) return undefined;
  if (entry.value.kind === "mapping") return intoTree(text, entry.value, rest, style);
  return entry.value.kind === "literal" && entry.value.value === true ? { span: { start: entry.value.start, end: entry.value.end }, newText: treeOf(rest, style) } : undefined;
}

/** `.leftJoinAndSelect("order.customer", "customer")` behind `createQueryBuilder("order")`. */
function intoBuilder(text: string, query: Query, path: string, style: SourceStyle): readonly TextEdit[] | undefined {
  const steps = builderSteps(query);
  let alias = steps && aliasOf(steps);
  if (!steps || alias === undefined) return undefined;
  const codes: string[] = [];
  const used = new Set(steps.flatMap(({ call }) => call.arguments.flatMap(({ value }) => (value.kind === "literal" ? [String(value.value)] : []))));
  const hops = path.split("__");
  for (const [i, hop] of hops.entries()) {
    if (query.loads.has(hops.slice(0, i + 1).join("__"))) return undefined;
    if (used.has(hop)) return undefined;
    codes.push(`.leftJoinAndSelect(${quotedText(`${alias}.${hop}`, style)}, ${quotedText(hop, style)})`);
    alias = hop;
  }
  const edits = codes.map((code) => appendStep(text, steps[0].call, code, style));
  return [{ span: edits[0].span, newText: edits.map(({ newText }) => newText).join("") }];
}

/** `relationLoadStrategy: "query"` (TypeORM 0.3): each relation in a query of its own. Review. */
export function loadSeparately(query: Query, project: ProjectModel): FixProposal | undefined {
  const finder = finderOf(query, project);
  const version = project.version("typeorm");
  if (!finder || (version && version[0] === 0 && version[1] < 3)) return undefined;
  return {
    title: "Load the relations in queries of their own", safety: "review", preferred: true,
    build: inFile(finder.uri, (text, style) => addToFinder(text, finder, `relationLoadStrategy: ${quotedText("query", style)}`, style)),
  };
}
