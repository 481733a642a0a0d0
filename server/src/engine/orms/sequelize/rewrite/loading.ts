import type { Call, Expression, Mapping } from "../../../facts";
import type { Query, RelationRead } from "../../../flow";
import { relationsAlong, type Entity, type ProjectModel, type Relation } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { FileEdit, TextEdit } from "../../../source";
import { awaitedAt, receiverOf } from "../../script/calls";
import { capital } from "../../script/names";
import { addOption, addProperty, codeOf, entryOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { quotedText, styleOf, type SourceStyle } from "../../script/source-style";
import { finderOf } from "./calls";

/** `include` at the query that defines the rows, and `await order.getItems()` turned into `order.items`: only both together save anything. */
export function loadWith(query: Query, path: string, project: ProjectModel, reads: readonly RelationRead[] | undefined): FixProposal | undefined {
  const finder = finderOf(query, project);
  const entity = project.entity(query.entity);
  if (!finder || !entity || !reads?.length || query.shape !== "instances") return undefined;
  const hops = relationsAlong(project, entity, path);
  if (!hops || !reads.every((read) => isInFunctionOf(query, read) && isReadable(read, project))) return undefined;
  return {
    title: `Load \`${path.replaceAll("__", ".")}\` with the query`,
    safety: "review",
    build(textOf) {
      const text = textOf(finder.uri);
      if (text === undefined) return undefined;
      const include = addInclude(text, finder.call, finder.options, hops, { query, style: styleOf(text, finder.uri), hasManyJoined: hasManyJoined(query, entity, project) });
      if (!include) return undefined;
      const edits = new Map<string, TextEdit[]>([[finder.uri, [include]]]);
      for (const read of reads) {
        const inFile = textOf(read.at.uri);
        const edit = inFile === undefined ? undefined : propertyInstead(inFile, read, project);
        if (!edit) return undefined;
        const known = edits.get(read.at.uri);
        if (!known) edits.set(read.at.uri, [edit]);
        else if (!known.some((each) => each.span.start === edit.span.start && each.span.end === edit.span.end)) known.push(edit);
      }
      return [...edits].map(([uri, list]): FileEdit => ({ uri, edits: list }));
    },
  };
}

/** What other functions do with rows that they are handed they do with rows of other queries too. */
function isInFunctionOf(query: Query, read: RelationRead): boolean {
  return read.frames.length === 1 && read.at.uri === query.origin.root.uri;
}

/** `order.getItems()`, of a class that says of `items` what it is where it says so of `getItems`. */
function isReadable(read: RelationRead, project: ProjectModel): boolean {
  if (read.query?.picked || (read.use !== "read" && read.use !== "list")) return false;
  const owner = project.entity(read.relation.owner);
  if (!owner?.class || !/\.[cm]?tsx?$/i.test(read.at.uri)) return true;
  const getter = `get${capital(read.relation.name)}`;
  return project.attribute(owner.class, getter) === undefined || project.attribute(owner.class, read.relation.name) !== undefined;
}

function propertyInstead(text: string, read: RelationRead, project: ProjectModel): TextEdit | undefined {
  const facts = project.files.get(read.at.uri);
  const call = read.query?.origin.root.expression;
  const receiver = call?.kind === "call" ? receiverOf(call) : undefined;
  const place = facts && call && awaitedAt(facts, call);
  if (!receiver || !place) return undefined;
  const code = `${codeOf(text, receiver)}.${read.relation.name}`;
  // `(await order.getItems()).length` needs no parentheses any more.
  const { start, end } = place.span;
  return place.isAwaited && text[start - 1] === "(" && text[end] === ")" && /[\s(=,:[!&|?{;]$/.test(text.slice(0, start - 1) || " ") && /^\s*[.[?]/.test(text.slice(end + 1))
    ? { span: { start: start - 1, end: end + 1 }, newText: code }
    : { span: place.span, newText: code };
}

interface Adding {
  readonly query: Query;
  readonly style: SourceStyle;
  /** A to-many association is joined already: another one would multiply its rows. */
  readonly hasManyJoined: boolean;
}

function hasManyJoined(query: Query, entity: Entity, project: ProjectModel): boolean {
  return [...query.loads.values()].some(({ by, path }) => by === "join" && relationsAlong(project, entity, path)?.at(-1)?.cardinality === "many");
}

/** Puts a path of associations into the `include` of a call. */
function addInclude(text: string, call: Call, index: number, hops: readonly Relation[], adding: Adding): TextEdit | undefined {
  const given = call.arguments[index]?.value;
  if (given && given.kind !== "mapping") return undefined;
  const include = given && entryOf(given, "include");
  if (!include) return addOption(text, call, index, `include: [${item(hops, adding, "")}]`, adding.style);
  return into(text, include.value, hops, adding, "");
}

/** Adds what is missing of a path to an `include` that is there. */
function into(text: string, include: Expression, hops: readonly Relation[], adding: Adding, prefix: string): TextEdit | undefined {
  const [hop, ...rest] = hops;
  const { query, style } = adding;
  const name = prefix === "" ? hop.name : `${prefix}__${hop.name}`;
  const items = include.kind === "sequence" ? include.items : [include];
  for (const each of items) {
    if (each.kind === "spread") return undefined;
    if (!means(each, hop, query, name)) continue;
    if (rest.length === 0) return unchanged(each);
    if (each.kind === "mapping") {
      const nested = entryOf(each, "include");
      return nested ? into(text, nested.value, rest, adding, name) : addProperty(text, each, `include: [${item(rest, adding, name)}]`, style);
    }
    const word = each.kind === "literal" ? "association" : "model";
    const space = style.spacesInBraces ? " " : "";
    return { span: { start: each.start, end: each.end }, newText: `{${space}${word}: ${codeOf(text, each)}, include: [${item(rest, adding, name)}]${space}}` };
  }
  const code = item(hops, adding, prefix);
  if (include.kind !== "sequence") return { span: { start: include.start, end: include.end }, newText: `[${codeOf(text, include)}, ${code}]` };
  const last = include.items[include.items.length - 1];
  if (!last) return { span: { start: include.start, end: include.end }, newText: `[${code}]` };
  return { span: { start: last.end, end: last.end }, newText: `, ${code}` };
}

/** Nothing to do in this place: the association is included already. */
function unchanged(node: Expression): TextEdit {
  return { span: { start: node.end, end: node.end }, newText: "" };
}

/** Whether an item of an `include` is this association: the load that the query has of it stands there. */
function means(node: Expression, { name }: Relation, query: Query, path: string): boolean {
  if (node.kind === "literal") return node.value === name;
  const at = query.loads.get(path)?.at.span;
  if (at !== undefined && at.start === node.start && at.end === node.end) return true;
  if (node.kind !== "mapping") return false;
  const given = textIn(node, "association") ?? textIn(node, "as");
  return given === name;
}

function textIn(mapping: Mapping, name: string): string | undefined {
  const value = entryOf(mapping, name)?.value;
  return value?.kind === "literal" && typeof value.value === "string" ? value.value : undefined;
}

/** `"customer"`, `{ association: "customer", include: ["city"] }`; a second to-many relation gets a query of its own, so that rows do not multiply. */
function item(hops: readonly Relation[], adding: Adding, prefix: string): string {
  const [hop, ...rest] = hops;
  const path = prefix === "" ? hop.name : `${prefix}__${hop.name}`;
  const isSeparate = hop.form === "reverse-foreign-key" && adding.hasManyJoined;
  const name = quotedText(hop.name, adding.style);
  const parts = [`association: ${name}`, ...(isSeparate ? ["separate: true"] : []), ...(rest.length > 0 ? [`include: [${item(rest, adding, path)}]`] : [])];
  const space = adding.style.spacesInBraces ? " " : "";
  return parts.length === 1 ? name : `{${space}${parts.join(", ")}${space}}`;
}

/** `separate: true` at one of two to-many associations that are joined: the last one that may have a query of its own (documentation: *Eager Loading*, `separate`). */
export function loadSeparately(query: Query, project: ProjectModel): FixProposal | undefined {
  const finder = finderOf(query, project);
  const given = finder?.call.arguments[finder.options]?.value;
  const include = given?.kind === "mapping" ? entryOf(given, "include")?.value : undefined;
  if (!finder || include?.kind !== "sequence") return undefined;
  const joined = [...query.loads.values()].filter(({ by, path, stays }) => by === "join" && !stays && project.relation(query.entity, path)?.form === "reverse-foreign-key").map(({ path }) => project.relation(query.entity, path)!);
  for (const relation of joined.reverse()) {
    const node = include.items.find((each) => means(each, relation, query, relation.name));
    if (!node || (node.kind === "mapping" && (entryOf(node, "required") || entryOf(node, "separate")))) continue;
    return {
      title: `Load \`${relation.name}\` in a query of its own`,
      safety: "review",
      build: inFile(finder.uri, (text, style) => {
        const space = style.spacesInBraces ? " " : "";
        const edit: TextEdit | undefined = node.kind === "mapping" ? addProperty(text, node, "separate: true", style)
          : { span: { start: node.start, end: node.end }, newText: `{${space}${node.kind === "literal" ? "association" : "model"}: ${codeOf(text, node)}, separate: true${space}}` };
        return edit && [edit];
      }),
    };
  }
  return undefined;
}
