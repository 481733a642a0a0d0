import type { Call, Expression, FileFacts, FunctionDeclaration, Literal, Parameter, Statement } from "../facts";
import { blocksOf } from "../facts";
import { functionsAround, type CallGraph, type CallNode, type CallSite } from "./call-graph";
import { referencesOf } from "./references";

/** What all callers of a function give for one of its parameters. */
export type Given =
  | { readonly kind: "literal"; readonly value: Literal["value"] }
  /** A list of one. */
  | { readonly kind: "one" }
  /** Objects written at the call: what all of them say of an entry, undefined where they differ. What none of them names is not given. `isFilled`: each of them names something. */
  | { readonly kind: "options"; readonly entries: ReadonlyMap<string, Given | "neutral" | undefined>; readonly isFilled: boolean };

/** By parameter, in order; undefined where callers differ or cannot be known. */
export type GivenParameters = readonly (Given | undefined)[];

export interface GivenParts {
  readonly files: ReadonlyMap<string, FileFacts>;
  readonly graph: CallGraph;
  /** Started by something that is no caller. */
  isEntryPoint(node: CallNode): boolean;
  /** Something may run the code that a call stands in. */
  runs(site: CallSite): boolean;
  /** The same question about another function, noted. */
  ask(key: string): GivenParameters;
}

const NOTHING: GivenParameters = [];

/** What a function hands on of its own, to itself: says nothing, as whoever called it first has said it. */
const NEUTRAL = "neutral";

/**
 * What all calls in the code of a project, that of tests left out, give to a function of a script: `reindex(order, { runNow: false })` everywhere. Nothing
 * where a call may not be seen: of what a framework starts, what is handed on as a value, what an object that is not known may have by this name.
 */
export function givenTo(key: string, parts: GivenParts): GivenParameters {
  const node = parts.graph.nodes.get(key);
  if (!node || !isKnown(node, parts)) return NOTHING;
  const { parameters } = node.fn.declaration;
  if (parameters.length === 0) return NOTHING;
  // What an unused function would give, nobody gives.
  const running = node.sites.filter((site) => parts.runs(site));
  const calls = (running.length > 0 ? running : node.sites).flatMap((site) => callsAt(site, parts.files).map((call) => ({ site, call })));
  return parameters.map((parameter, index) => {
    const all = calls.map(({ site, call }) => (call === "handed on" ? undefined : givenBy(call, index, parameter, { node, site, index, parts })));
    const given = all.reduce(both, NEUTRAL);
    return given === NEUTRAL ? undefined : given;
  });
}

function isKnown(node: CallNode, parts: GivenParts): boolean {
  const { fn: { declaration }, sites, isHandedOn, isOpen } = node;
  return sites.length > 0 && !isHandedOn && !isOpen && declaration.name !== "constructor" && !parts.graph.unknownNames.has(declaration.name) && !parts.isEntryPoint(node);
}

/** The same text for what is given alike. */
export function textOfGiven(given: Given | "neutral" | undefined): string {
  if (given === undefined || given === NEUTRAL) return "";
  if (given.kind === "literal") return JSON.stringify(given.value);
  return given.kind === "one" ? "[]" : `${given.isFilled}{${[...given.entries].map(([name, each]) => `${name}:${textOfGiven(each)}`).join(",")}}`;
}

/** Whether two versions of a file call what a site stands for alike, as far as this looks at calls. */
export function isCalledAlike(before: readonly (Call | "handed on")[], after: readonly (Call | "handed on")[]): boolean {
  return before.length === after.length && before.every((call, i) => outlineOf(call) === outlineOf(after[i]));
}

function outlineOf(call: Call | "handed on"): string {
  return call === "handed on" ? call : call.arguments.map(({ value, spread, name }) => (spread || name !== undefined ? "…" : outline(value))).join(",");
}

function outline(node: Expression): string {
  switch (node.kind) {
    case "literal": return JSON.stringify(node.value);
    case "name": return `=${node.name}`;
    case "cast": return outline(node.operand);
    case "sequence": return isOne(node) ? "[]" : "*";
    case "mapping": return `{${node.entries.map(({ key, value }) => `${key?.kind === "literal" ? String(key.value) : "*"}:${outline(value)}`).join(",")}}`;
    default: return "*";
  }
}

function isOne(node: Expression): boolean {
  return node.kind === "sequence" && node.of === "list" && node.items.length === 1 && node.items[0].kind !== "spread";
}

/** The calls behind a site; those of a file that does not say them any more are not known. */
export function callsAt({ uri, key }: Pick<CallSite, "uri" | "key">, files: ReadonlyMap<string, FileFacts>): readonly (Call | "handed on")[] {
  const facts = files.get(uri);
  return (facts && referencesOf(facts).calls.get(key)) ?? ["handed on"];
}

interface Asking {
  /** The function that is asked about, and the place of its parameter. */
  readonly node: CallNode;
  readonly index: number;
  readonly site: CallSite;
  readonly parts: GivenParts;
}

type Said = Given | typeof NEUTRAL | undefined;

/** What two say that say anything. */
function both(a: Said, b: Said): Said {
  if (a === NEUTRAL) return b;
  if (b === NEUTRAL || a === undefined) return a;
  if (a.kind === "literal") return b?.kind === "literal" && a.value === b.value ? a : undefined;
  if (a.kind === "one") return b?.kind === "one" ? a : undefined;
  if (b?.kind !== "options") return undefined;
  const entries = new Map<string, Given | typeof NEUTRAL | undefined>();
  for (const name of [...a.entries.keys(), ...b.entries.keys()]) entries.set(name, both(entryOf(a, name), entryOf(b, name)));
  return { kind: "options", entries, isFilled: a.isFilled && b.isFilled };
}

const LEFT_OUT: Given = { kind: "literal", value: null };

function entryOf({ entries }: Given & { readonly kind: "options" }, name: string): Said {
  return entries.has(name) ? entries.get(name) : LEFT_OUT;
}

function givenBy(call: Call, index: number, parameter: Parameter, asking: Asking): Said {
  if ((call.form !== undefined && call.form !== "new") || parameter.spread) return undefined;
  const before = call.arguments.slice(0, index + 1);
  if (before.some((each) => each.spread !== undefined || each.name !== undefined)) return undefined;
  const argument = before.at(index);
  if (!argument) return parameter.default ? (parameter.default.kind === "literal" ? { kind: "literal", value: parameter.default.value } : undefined) : LEFT_OUT;
  const given = said(argument.value, [], asking);
  // Whether `undefined` or `null` was written is not told apart; the one is replaced by the default, the other is not.
  return parameter.default && typeof given === "object" && given.kind === "literal" && given.value === null ? undefined : given;
}

/** What an expression at a site says; `path`: the entries of objects that lead to it. */
function said(node: Expression, path: readonly string[], asking: Asking): Said {
  switch (node.kind) {
    case "literal": return { kind: "literal", value: node.value };
    case "cast": return said(node.operand, path, asking);
    case "sequence": return isOne(node) ? { kind: "one" } : undefined;
    case "mapping": {
      const entries = new Map<string, Said>();
      for (const { key, value } of node.entries) {
        if (key?.kind !== "literal") return undefined;
        const name = String(key.value);
        entries.set(name, said(value, [...path, name], asking));
      }
      return { kind: "options", entries, isFilled: [...entries.values()].some((each) => !(typeof each === "object" && each.kind === "literal" && each.value === null)) };
    }
    case "name": return handedOn(node.name, path, asking);
    default: return undefined;
  }
}

/** What the function around a site was given itself, and hands on. */
function handedOn(name: string, path: readonly string[], { node, index, site, parts }: Asking): Said {
  for (const id of [site.from, ...functionsAround(site.from)]) {
    const around = parts.graph.nodes.get(`${site.uri}#${id}`);
    if (!around) return undefined;
    const { declaration } = around.fn;
    const bodies = parts.files.get(site.uri)!.bodies;
    if (isAssigned(bodies[id] ?? [], name)) return undefined;
    const source = parameterNamed(declaration, name);
    if (!source) continue;
    if (around === node && source.index === index && source.path.join(".") === path.join(".")) return NEUTRAL;
    return source.path.reduce<Said>((given, each) => (typeof given === "object" && given.kind === "options" ? entryOf(given, each) : undefined), parts.ask(around.fn.key)[source.index]);
  }
  return undefined;
}

/** The parameter, or the entry of one that is taken apart, that a name of the function stands for. */
function parameterNamed({ parameters }: FunctionDeclaration, name: string): { readonly index: number; readonly path: readonly string[] } | undefined {
  for (const [index, { name: own, pattern, spread }] of parameters.entries()) {
    if (!pattern && own === name) return spread ? undefined : { index, path: [] };
    if (pattern?.kind !== "mapping") continue;
    for (const { key, value } of pattern.entries) if (key?.kind === "literal" && value.kind === "name" && value.name === name) return { index, path: [String(key.value)] };
  }
  return undefined;
}

/** Whether statements give a name of a function another value. */
function isAssigned(statements: readonly Statement[], name: string): boolean {
  return statements.some((statement) => {
    const targets = statement.kind === "assign" ? statement.targets : statement.kind === "for" || statement.kind === "augment" ? [statement.target] : [];
    return targets.some((target) => binds(target, name)) || (statement.kind === "define-function" && statement.function.name === name) || blocksOf(statement).some((inner) => isAssigned(inner, name));
  });
}

function binds(target: Expression, name: string): boolean {
  switch (target.kind) {
    case "name": return target.name === name;
    case "sequence": return target.items.some((each) => binds(each, name));
    case "spread": return binds(target.value, name);
    case "mapping": return target.entries.some(({ value }) => binds(value, name));
    case "logical": return binds(target.left, name);
    default: return false;
  }
}
