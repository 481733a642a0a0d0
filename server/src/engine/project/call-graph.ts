import type { FrameworkEntries, ProjectCore } from "./adapter";
import type { FileFacts } from "../facts";
import { structuralFingerprint } from "./fingerprint";
import { functionsOf } from "./functions";
import type { ClassRef, EntryPoint, FunctionRef, Symbol } from "./model";
import { referencesOf, type Reference } from "./references";

/** Modules that only tests run. */
export function isTestModule(module: string): boolean {
  return /(^|\.)(tests?|testing)(\.|$)|(^|\.)(test_\w*|\w+_tests?|conftest|factories)$/.test(module);
}

/** A module-level function or method, with who may call it. */
export interface CallNode {
  readonly fn: FunctionRef;
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
}

export interface CallGraph {
  readonly nodes: ReadonlyMap<string, CallNode>;
  /** Methods by name: what a call on an unknown object may run. */
  readonly methods: ReadonlyMap<string, readonly CallNode[]>;
  /** Names of methods that module-level code calls on objects that are not known. */
  readonly openNames: ReadonlySet<string>;
  /** Of all functions, and of classes with a constructor: what mentions of other names say does not matter. */
  readonly names: ReadonlySet<string>;
}

/** What of a file the graph rests on: equal when its code calls and declares the same, as far as functions with these names go. */
export function callSurface(facts: FileFacts, names: ReadonlySet<string>, isOwnModule: (name: string) => boolean): string {
  const { declares } = facts;
  const { references, inTexts } = referencesOf(facts);
  return structuralFingerprint(
    references.filter((each) => names.has(each.name)).map(({ imported, ...rest }) => [rest, imported?.module, imported?.level, imported?.name]).map((each) => JSON.stringify(each)).sort(),
    [...inTexts].filter((each) => names.has(each)).sort(),
    functionsOf(facts).functions.map(({ declaration }) => declaration.id),
    declares.functions,
    declares.classes,
    declares.values.filter((each) => each.value?.kind !== "literal"),
    declares.imports.filter((each) => each.level > 0 || isOwnModule(each.module)),
    declares.exports ?? [],
  );
}

export interface CallGraphParts {
  readonly core: ProjectCore;
  readonly entries: FrameworkEntries;
  resolveImport(uri: string, module: string, level: number, name: string | undefined): Symbol | undefined;
  findFunction(key: string): FunctionRef | undefined;
  subclassesOf(ref: ClassRef): readonly ClassRef[];
}

/** Reads who calls whom out of the names that code mentions. Tests and migrations call nothing that counts. */
export function callGraph(parts: CallGraphParts): CallGraph {
  const { core, entries } = parts;
  const nodes = new Map<string, CallNode>();
  const methods = new Map<string, CallNode[]>();
  const names = new Set<string>();
  const inTexts = new Set<string>();
  const sources = core.uris.filter((uri) => !isTestModule(core.moduleName(uri)) && !entries.ofModule(uri));
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    for (const { declaration, owner } of functionsOf(facts).functions) {
      const fn = parts.findFunction(`${uri}#${declaration.id}`);
      if (!fn) continue;
      const node: CallNode = { fn, callers: new Set(), calls: new Set(), mayCall: new Set(), named: new Set(), isOpen: entries.mayBeCalled(fn) };
      nodes.set(fn.key, node);
      names.add(declaration.name);
      if (!owner) continue;
      if (declaration.name === "__init__") names.add(owner.name);
      const same = methods.get(declaration.name);
      if (same) same.push(node);
      else methods.set(declaration.name, [node]);
    }
  }
  for (const uri of sources) for (const text of referencesOf(core.files.get(uri)!).inTexts) if (names.has(text)) inTexts.add(text);
  for (const node of nodes.values()) if (inTexts.has(node.fn.declaration.name)) node.isOpen = true;

  const openNames = new Set<string>();
  for (const uri of sources) {
    for (const reference of referencesOf(core.files.get(uri)!).references) {
      if (!names.has(reference.name)) continue;
      const from = reference.from === "" ? undefined : nodes.get(`${uri}#${reference.from}`);
      if (reference.from !== "" && !from) continue;
      connect(parts, nodes, openNames, uri, reference, from);
    }
  }
  return { nodes, methods, openNames, names };
}

/** Adds what one mention of a name says. */
function connect(parts: CallGraphParts, nodes: ReadonlyMap<string, CallNode>, openNames: Set<string>, uri: string, reference: Reference, from: CallNode | undefined): void {
  const found = reference.path ? follow(parts, uri, reference, from) : "unknown";
  if (found === "unknown") {
    // A name of the module that leads nowhere is no method of anything.
    if (reference.path?.length === 1) return;
    if (from) from.named.add(reference.name);
    else openNames.add(reference.name);
    return;
  }
  const target = found?.kind === "function" ? nodes.get(found.function.key) : found?.kind === "class" ? constructorOf(parts, nodes, found.class) : undefined;
  if (!target || target === from) return;
  const isCalled = reference.use === "call" || isProperty(target.fn);
  if (typeof reference.use === "object" && !isCalled) {
    if (!target.fn.owner) target.started ??= parts.entries.startedBy(reference.use.read);
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
