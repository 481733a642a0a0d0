import type { FrameworkEntries, ProjectCore } from "./adapter";
import type { Expression, FileFacts } from "../facts";
import { structuralFingerprint } from "./fingerprint";
import { functionsOf } from "./functions";
import type { ClassRef, EntryPoint, FunctionRef, Symbol } from "./model";
import { referenceKey, referencesOf, type Reference } from "./references";
import { isBuiltIn, ScriptPaths, type Reached } from "./script-calls";

/** Folders of applications, plugins and packages that stand in for others while these are tested or shown: `test-plugins`, `e2e-app`, `examples`. */
const STANDS_IN = /^(?:tests?|e2e|examples?|fixtures?)[-_](?:plugins?|apps?|applications?|projects?|packages?|servers?|modules?|support|fixtures?|data|common|shared|lib)$|^examples?$/i;

/** Whether a folder of scripts is one of those that only tests and demonstrations run. */
export function isStandIn(folder: string): boolean {
  return STANDS_IN.test(folder);
}

/** Whether only tests run a file. */
export function isTestFile(core: ProjectCore, uri: string): boolean {
  const name = core.moduleName(uri);
  if (core.files.get(uri)?.language !== "typescript") return isTestModule(name);
  if (name.split("/").slice(0, -1).some(isStandIn)) return true;
  return /(^|\/)(__tests__|__mocks__|__fixtures__|tests?|testing|tester|e2e|cypress|playwright|fixtures|mocks?|specs?)(\/|$)|\.((unit|integration|e2e|api|db)-?(test|spec)|(test|spec)-?(unit|integration|e2e|api|db)|tests?|specs?|e2e|cy|stories|mocks?|fixtures?|bench)$|(^|[/.])test-?(helpers?|utils?|setup)$|(^|\/)(vitest|jest|playwright)\.[^/]*$/i.test(name);
}

/** Modules that only tests run. */
export function isTestModule(module: string): boolean {
  return /(^|\.)(tests?|testing)(\.|$)|(^|\.)(test_\w*|\w+_tests?|conftest|factories)$/.test(module);
}

/** A module-level function or method, with who may call it. */
export interface CallNode {
  readonly fn: FunctionRef;
  /** The class whose object `this` is: that of the method around a closure. */
  home?: ClassRef;
  /** Functions that surely call it. */
  readonly callers: Set<CallNode>;
  /** What it surely calls. */
  readonly calls: Set<CallNode>;
  /** What it may call: other implementations of a method, functions that it hands on. */
  readonly mayCall: Set<CallNode>;
  /** Names of methods that it calls on objects that are not known. */
  readonly named: Set<string>;
  /** Called by code at module level, the framework or a registry, as far as anybody can tell. */
  isOpen: boolean;
  /** What code that names it starts it as: `total.delay()`. */
  started?: EntryPoint;
  /** Of a script's function: where it is surely called. */
  readonly sites: CallSite[];
  /** It may also be called in ways that no site tells: handed on, read as a property, as one of several that a call may run. */
  isHandedOn: boolean;
}

/** Calls that one function writes alike: those behind a reference of a file. */
export interface CallSite {
  readonly uri: string;
  /** `referenceKey` of the reference; what it finds may be other calls in another link. */
  readonly key: string;
  /** The innermost function around it, by id; "" at module level. */
  readonly from: string;
}

export interface CallGraph {
  readonly nodes: ReadonlyMap<string, CallNode>;
  /** Methods by name: what a call on an unknown object may run. */
  readonly methods: ReadonlyMap<string, readonly CallNode[]>;
  /** Names of methods that module-level code calls on objects that are not known. */
  readonly openNames: ReadonlySet<string>;
  /** Names that scripts call on objects of theirs that are not known, or read there. */
  readonly unknownNames: ReadonlySet<string>;
  /** Names that scripts call or hand on without anybody knowing where they come from. */
  readonly strayNames: ReadonlySet<string>;
  /** Of all functions, and of classes with a constructor: what mentions of other names say does not matter. */
  readonly names: ReadonlySet<string>;
}

/** What of a file the graph rests on: equal when its code calls and declares the same, as far as functions with these names go. */
export function callSurface(facts: FileFacts, names: ReadonlySet<string>, isOwnModule: (name: string) => boolean): string {
  const { declares } = facts;
  const { references, inTexts } = referencesOf(facts);
  return structuralFingerprint(
    references.filter((each) => names.has(each.name)).map((each) => surfaceOf(facts, each)).map((each) => JSON.stringify(each)).sort(),
    [...inTexts].filter((each) => names.has(each)).sort(),
    functionsOf(facts).functions.map(({ declaration: { id, directive } }) => (directive === undefined ? id : `${id} ${directive}`)),
    declares.functions,
    declares.classes,
    declares.values.filter((each) => each.value?.kind !== "literal"),
    facts.language === "typescript" ? declares.imports : declares.imports.filter((each) => each.level > 0 || isOwnModule(each.module)),
    declares.exports ?? [],
    declares.renames ?? [],
    declares.types ?? [],
    declares.directive ?? "",
    facts.language === "typescript" ? (declares.calls ?? []) : [],
  );
}

function surfaceOf(facts: FileFacts, reference: Reference): readonly unknown[] {
  const { imported, ...rest } = reference;
  return [rest, imported?.module, imported?.level, imported?.name, isOfLists(facts, reference)];
}

export interface CallGraphParts {
  readonly core: ProjectCore;
  readonly entries: FrameworkEntries;
  resolveImport(uri: string, module: string, level: number, name: string | undefined): Symbol | undefined;
  findFunction(key: string): FunctionRef | undefined;
  subclassesOf(ref: ClassRef): readonly ClassRef[];
  /** The methods that may run in place of a method: those of classes that extend or implement its own. */
  overridesOf(fn: FunctionRef): readonly FunctionRef[];
}

/** Reads who calls whom out of the names that code mentions. Tests and migrations call nothing that counts. */
export function callGraph(parts: CallGraphParts): CallGraph {
  const { core, entries } = parts;
  const nodes = new Map<string, CallNode>();
  const methods = new Map<string, CallNode[]>();
  const names = new Set<string>();
  const inTexts = new Set<string>();
  // What runs in a browser calls nothing here but what is an entry point anyway, and what nothing imports calls nothing.
  const sources = core.uris.filter((uri) => !isTestFile(core, uri) && !entries.ofModule(uri) && !entries.isUnmounted?.(uri) && core.files.get(uri)!.declares.directive !== "use client");
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    for (const { declaration, owner } of functionsOf(facts).functions) {
      const fn = parts.findFunction(`${uri}#${declaration.id}`);
      if (!fn) continue;
      const node: CallNode = { fn, home: fn.owner, callers: new Set(), calls: new Set(), mayCall: new Set(), named: new Set(), isOpen: entries.mayBeCalled(fn), sites: [], isHandedOn: false };
      nodes.set(fn.key, node);
      names.add(declaration.name);
      // A method of an object literal is called by its name as well.
      if (!owner && (facts.language !== "typescript" || declaration.name === "" || !/(^|\.)%\d+$/.test(declaration.id))) continue;
      if (owner && declaration.name === (facts.language === "typescript" ? "constructor" : "__init__")) names.add(owner.name);
      const same = methods.get(declaration.name);
      if (same) same.push(node);
      else methods.set(declaration.name, [node]);
    }
  }
  for (const uri of core.uris) if (core.files.get(uri)!.language === "typescript") nestScript(core.files.get(uri)!, nodes, names);
  for (const uri of sources) for (const text of referencesOf(core.files.get(uri)!).inTexts) if (names.has(text)) inTexts.add(text);
  for (const node of nodes.values()) if (inTexts.has(node.fn.declaration.name)) node.isOpen = true;

  const openNames = new Set<string>();
  const unknownNames = new Set<string>();
  const strayNames = new Set<string>();
  for (const uri of sources) {
    for (const reference of referencesOf(core.files.get(uri)!).references) {
      if (!names.has(reference.name)) continue;
      const from = reference.from === "" ? undefined : nodes.get(`${uri}#${reference.from}`);
      if (reference.from !== "" && !from) continue;
      connect(parts, nodes, { openNames, unknownNames, strayNames }, uri, reference, from);
    }
  }
  return { nodes, methods, openNames, unknownNames, strayNames, names };
}

/** A function inside another one is called by it, as far as anybody can tell; and a script's functions go by the names that it exports them under. */
function nestScript(facts: FileFacts, nodes: ReadonlyMap<string, CallNode>, names: Set<string>): void {
  const { uri, declares } = facts;
  for (const each of declares.renames ?? []) names.add(each.exported);
  for (const each of declares.imports) if (each.local && (each.isReexport || each.name === undefined)) names.add(each.local);
  for (const each of declares.values) if (each.value && (each.value.kind === "call" || each.value.kind === "cast")) names.add(each.name);
  names.add("default");
  const named = namedClosures(declares);
  for (const { declaration, owner } of functionsOf(facts).functions) {
    const node = nodes.get(`${uri}#${declaration.id}`);
    if (!node || owner) continue;
    const [outer, ...further] = functionsAround(declaration.id).flatMap((id) => nodes.get(`${uri}#${id}`) ?? []);
    if (outer) {
      node.home = [outer, ...further].find((each) => each.fn.owner)?.fn.owner;
      link(outer, node, true);
    } else if (declaration.id.startsWith("%") && !named.has(declaration.id)) node.isOpen = true;
  }
}

/** The ids of what a function may be defined in, the nearest first. */
export function functionsAround(id: string): readonly string[] {
  const dot = id.lastIndexOf(".");
  return dot < 0 ? [] : [id.slice(0, dot), ...functionsAround(id.slice(0, dot))];
}

/** Functions that code can only get at by a name: those in object literals of the module, and those that calls made values of. */
function namedClosures({ values }: FileFacts["declares"]): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (node: Expression | undefined): void => {
    switch (node?.kind) {
      case "function": found.add(node.function.id); break;
      case "cast": visit(node.operand); break;
      case "mapping": for (const entry of node.entries) visit(entry.value); break;
      case "call":
        if (node.form === "new") break;
        for (const each of node.arguments) visit(each.value);
        if (node.callee.kind === "attribute") visit(node.callee.object);
        break;
      default: break;
    }
  };
  for (const each of values) visit(each.value);
  return found;
}

/** What is mentioned without anybody knowing whose it is. */
interface Unknowns {
  readonly openNames: Set<string>;
  readonly unknownNames: Set<string>;
  readonly strayNames: Set<string>;
}

/** Adds what one mention of a name in a script says. */
function connectScript(parts: CallGraphParts, nodes: ReadonlyMap<string, CallNode>, { openNames, unknownNames, strayNames }: Unknowns, uri: string, reference: Reference, from: CallNode | undefined): void {
  const paths = new ScriptPaths(parts.core);
  const reached = reference.path && followScript(parts, paths, uri, reference, from);
  if (!reached) {
    if (reference.path?.length === 1) {
      strayNames.add(reference.name);
      return;
    }
    if (!isOfLists(parts.core.files.get(uri)!, reference) && (!reference.path || !isForeign(parts, paths, uri, reference.path, reference, from))) unknownNames.add(reference.name);
    if (from) from.named.add(reference.name);
    else openNames.add(reference.name);
    return;
  }
  if (!("symbol" in reached)) return;
  const { symbol } = reached;
  const site: CallSite = { uri, key: referenceKey(reference), from: reference.from };
  const constructed = symbol.kind === "class" ? parts.core.method(symbol.class, "constructor") : undefined;
  const functions = symbol.kind === "class" ? (constructed ? [constructed] : []) : paths.functionsIn(symbol);
  for (const fn of functions) {
    const target = nodes.get(fn.key);
    if (!target) continue;
    if (reference.use === "call" && symbol.kind === "function") target.sites.push(site);
    else target.isHandedOn = true;
    if (target === from) continue;
    const isCalled = reference.use === "call" || target.fn.declaration.accessor !== undefined;
    if (!from) target.isOpen = true;
    else {
      const others = parts.overridesOf(fn).flatMap((each) => nodes.get(each.key) ?? []);
      // An interface that one class implements means that class.
      const isSure = isCalled && others.length < 2;
      for (const each of others) {
        const runs = isSure && fn.declaration.isSignature === true;
        if (runs) each.sites.push(site);
        else each.isHandedOn = true;
        link(from, each, runs);
      }
      link(from, target, isCalled);
    }
  }
}

function link(from: CallNode, to: CallNode, isSure: boolean): void {
  if (to === from) return;
  if (!isSure) {
    from.mayCall.add(to);
    return;
  }
  from.calls.add(to);
  to.callers.add(from);
}

function followScript(parts: CallGraphParts, paths: ScriptPaths, uri: string, reference: Reference, from: CallNode | undefined): Reached {
  let reached = startOf(parts, uri, reference.path![0], reference, from);
  for (const name of reference.path!.slice(1)) reached = paths.step(reached, name);
  return reached && "symbol" in reached ? { symbol: parts.core.followAliases(reached.symbol) ?? reached.symbol } : reached;
}

function startOf(parts: CallGraphParts, uri: string, first: string, { imported }: Reference, from: CallNode | undefined): Reached {
  if (first === "self" || first === "super()") return from?.home && { instance: from.home, ...(first === "super()" && { after: from.home }) };
  const symbol = imported ? parts.resolveImport(uri, imported.module, 0, imported.name) : parts.core.resolveName(uri, first);
  return symbol && { symbol };
}

/** `names.find((each) => …)`: what lists have, called with a function as they want it. */
function isOfLists(facts: FileFacts, reference: Reference): boolean {
  if (reference.use !== "call" || !LIST_METHODS.test(reference.name)) return false;
  const calls = referencesOf(facts).calls.get(referenceKey(reference));
  return calls !== undefined && calls.every((call) => call !== "handed on" && call.arguments[0]?.value.kind === "function");
}

const LIST_METHODS = /^(map|forEach|filter|find|findIndex|findLast|findLastIndex|flatMap|reduce|reduceRight|some|every|sort|toSorted)$/;

/** Whether a path that leads nowhere leaves the project where it ends: an object of a package or of the language has this by its name. */
function isForeign(parts: CallGraphParts, paths: ScriptPaths, uri: string, [first, ...rest]: readonly string[], reference: Reference, from: CallNode | undefined): boolean {
  let reached = startOf(parts, uri, first, reference, from);
  if (!reached) return isBuiltIn(first);
  for (const name of rest) {
    const next = paths.step(reached, name);
    if (!next) return paths.isForeignStep(reached, name);
    reached = next;
  }
  return false;
}

/** Adds what one mention of a name says. */
function connect(parts: CallGraphParts, nodes: ReadonlyMap<string, CallNode>, unknowns: Unknowns, uri: string, reference: Reference, from: CallNode | undefined): void {
  if (parts.core.files.get(uri)?.language === "typescript") return connectScript(parts, nodes, unknowns, uri, reference, from);
  const found = reference.path ? follow(parts, uri, reference, from) : "unknown";
  if (found === "unknown") {
    // A name of the module that leads nowhere is no method of anything.
    if (reference.path?.length === 1) return;
    if (from) from.named.add(reference.name);
    else unknowns.openNames.add(reference.name);
    return;
  }
  const target = found?.kind === "function" ? nodes.get(found.function.key) : found?.kind === "class" ? constructorOf(parts, nodes, found.class) : undefined;
  if (!target || target === from) return;
  const isCalled = reference.use === "call" || isProperty(target.fn);
  if (typeof reference.use === "object" && !isCalled) {
    if (!target.fn.owner) target.started ??= parts.entries.startedBy(reference.use.read, target.fn);
    return;
  }
  if (!from) target.isOpen = true;
  // A function that is put in a list or handed to a queue may never run here.
  else if (!isCalled) from.mayCall.add(target);
  else {
    from.calls.add(target);
    target.callers.add(from);
  }
  // `self.hook()` in a base class runs what a subclass has put in its place.
  if (from?.fn.owner && reference.path?.[0] === "self") {
    for (const subclass of parts.subclassesOf(from.fn.owner)) {
      const override = nodes.get(`${subclass.uri}#${subclass.declaration.id}.${reference.name}`);
      if (override && override !== target) from.mayCall.add(override);
    }
  }
}

function constructorOf(parts: CallGraphParts, nodes: ReadonlyMap<string, CallNode>, ref: ClassRef): CallNode | undefined {
  const fn = parts.core.method(ref, "__init__");
  return fn && nodes.get(fn.key);
}

/** What the path of a reference leads to; "unknown" when some part of it is not known. */
function follow(parts: CallGraphParts, uri: string, { path, imported }: Reference, from: CallNode | undefined): Symbol | undefined | "unknown" {
  const { core } = parts;
  const [first] = path!;
  let symbol: Symbol | undefined;
  let instance: { readonly class: ClassRef; readonly after?: ClassRef } | undefined;
  if (first === "self" || first === "super()") {
    const owner = from?.fn.owner;
    if (!owner) return "unknown";
    instance = first === "super()" ? { class: owner, after: owner } : { class: owner };
  } else if (imported) {
    const { module, level, name, isAliased } = imported;
    symbol = parts.resolveImport(uri, name !== undefined || isAliased ? module : module.split(".", 1)[0], level, name);
  } else symbol = core.resolveName(uri, first);
  for (let at = 1; at < path!.length; at++) {
    const name = path![at];
    if (instance) {
      const method: FunctionRef | undefined = core.method(instance.class, name, instance.after);
      if (!method) return "unknown";
      symbol = { kind: "function", function: method };
      instance = undefined;
    } else if (!symbol) return "unknown";
    else if (name === "()") {
      const made: Symbol | undefined = core.followAliases(symbol);
      if (made?.kind !== "class") return "unknown";
      instance = { class: made.class };
    } else {
      symbol = core.resolveMember(symbol, name);
      if (!symbol) return "unknown";
    }
  }
  return instance ? "unknown" : symbol && core.followAliases(symbol);
}

function isProperty(fn: FunctionRef): boolean {
  return fn.declaration.decorators.some((each) => (each.kind === "name" || each.kind === "attribute") && /property$/.test(each.name));
}
