import type { FrameworkEntries, ProjectCore } from "./adapter";
import type { FileFacts } from "../facts";
import { callGraph, callSurface, isTestFile, type CallGraph, type CallGraphParts, type CallNode, type CallSite } from "./call-graph";
import { isRouteForAdministrators } from "./administrators";
import { givenTo, isCalledAlike, type GivenParameters } from "./given";
import type { ClassRef, EntryPoint, FunctionRef, Route } from "./model";
import { referencesOf } from "./references";

export interface Reached {
  readonly entry: EntryPoint;
  /** Started by itself, not by callers or its place. */
  readonly direct: boolean;
  /** All addresses of a script that surely lead here are those of administrators. */
  readonly forAdministrators?: true;
}

/** Calls followed back to find addresses. */
const MOST_CALLERS = 300;
/** More addresses than anybody reads. */
const MOST_ROUTES = 50;

/** Where a response (or whoever is connected) waits: one such caller is enough. */
const WAITED_FOR: readonly EntryPoint[] = ["request", "socket", "middleware", "context-processor"];
/** Code is nothing but these only when all its callers are known. */
const ELSEWHERE: readonly EntryPoint[] = ["signal", "admin", "task", "command"];

/** `GET /api/cron/remind`: called by a scheduler. */
function isRouteOnSchedule({ path }: Route): boolean {
  return /(^|\/)crons?([-_][^/]*)?(\/|$)/i.test(path);
}

/** What is known of the callers of a function, gathered over the whole graph. */
interface Flow {
  /** Entry points that surely lead here. */
  readonly sure: Set<EntryPoint>;
  /** And those that may. */
  readonly possible: Set<EntryPoint>;
  isOpen: boolean;
  hasCallers: boolean;
}

export interface ReachParts extends Omit<CallGraphParts, "subclassesOf" | "overridesOf"> {
  findClass(key: string): ClassRef | undefined;
  implementersOf(ref: ClassRef): readonly ClassRef[];
  /** Files whose statements the framework read: settings, URL configurations. */
  readonly bodiesRead: ReadonlySet<string>;
}

/**
 * Who runs the functions of a project: what starts them by themselves, else what starts their callers. A caller too many only makes the answer less
 * sure: code is a task's alone when every function that may call it is. Answers hold keys and no positions, but for those of routes.
 */
export class Reach {
  private readonly modules = new Map<string, EntryPoint>();
  private readonly classEntries = new Map<string, EntryPoint | undefined>();
  private readonly routes = new Map<string, readonly Route[]>();
  private knownGraph: CallGraph | undefined;
  private knownFlows: ReadonlyMap<CallNode, Flow> | undefined;
  private knownCalled: ReadonlySet<CallNode> | undefined;
  private knownEntries: boolean | undefined;
  /** Whether there are addresses of a kind at all. */
  private readonly kinds = new Map<(route: Route) => boolean, boolean>();
  private subclasses: ReadonlyMap<string, readonly ClassRef[]> | undefined;

  constructor(private readonly parts: ReachParts) {}

  /** Whether all this is as true of another link of the same files: code calls the same functions, and addresses were read from files that are the same. */
  holdsFor(core: ProjectCore): boolean {
    const { files } = this.parts.core;
    if (!this.knownGraph || files.size !== core.files.size || this.parts.core.mentions !== core.mentions) return false;
    const { names } = this.knownGraph;
    const isOwnModule = (uri: string) => (name: string): boolean => core.module(name, uri) !== undefined;
    for (const [uri, after] of core.files) {
      const before = files.get(uri);
      if (before === after) continue;
      if (!before || this.parts.bodiesRead.has(uri) || callSurface(before, names, isOwnModule(uri)) !== callSurface(after, names, isOwnModule(uri))) return false;
    }
    return true;
  }

  /** The same for texts in which only places are others: `entries` know where addresses stand now. */
  movedTo(core: ProjectCore, entries: () => FrameworkEntries): Reach {
    const { files } = this.parts.core;
    const hasMoved = [...(this.parts.entries.places ?? [])].some((uri) => files.get(uri) !== core.files.get(uri));
    if (!hasMoved) return this;
    const moved = new Reach({ ...this.parts, core, entries: entries() });
    moved.knownGraph = this.knownGraph;
    moved.knownFlows = this.knownFlows;
    moved.knownCalled = this.knownCalled;
    return moved;
  }

  get bodiesRead(): ReadonlySet<string> {
    return this.parts.bodiesRead;
  }

  perRow(key: string): { readonly parent: number } | undefined {
    const { perRow } = this.parts.entries;
    const fn = perRow && this.parts.findFunction(key);
    return fn && perRow(fn);
  }

  of(key: string): Reached {
    const reached = this.startedBy(key);
    if (reached.entry !== "request" || !this.isScript(key.slice(0, key.indexOf("#")))) return reached;
    if (this.leadsFrom(key, isRouteForAdministrators)) return { ...reached, forAdministrators: true };
    // Nobody waits for what a scheduler asks for.
    return this.leadsFrom(key, isRouteOnSchedule) ? { ...reached, entry: "task" } : reached;
  }

  /** Whether addresses lead to a function of a script, and all of them are of this kind. */
  private leadsFrom(key: string, isOfKind: (route: Route) => boolean): boolean {
    let exist = this.kinds.get(isOfKind);
    if (exist === undefined) this.kinds.set(isOfKind, (exist = [...this.parts.entries.routes.values()].some((each) => each.some(isOfKind))));
    if (!exist) return false;
    const leading = this.routesOf(key);
    return leading.length > 0 && leading.every(isOfKind);
  }

  private startedBy(key: string): Reached {
    const { entries } = this.parts;
    const sharp = key.indexOf("#");
    const uri = key.slice(0, sharp);
    const wholeModule = this.entryOfModule(uri);
    if (wholeModule) return { entry: wholeModule, direct: true };
    const byPlace: Reached = { entry: entries.byPlace(uri) ?? "unknown", direct: false };
    if (sharp === key.length - 1) return byPlace;
    const fn = this.parts.findFunction(key);
    if (!fn) {
      const ref = this.parts.findClass(key);
      const entry = ref && this.entryOfClass(ref);
      return entry ? { entry, direct: true } : byPlace;
    }
    const node = this.graph.nodes.get(key);
    const around = this.around(fn);
    // What a middleware made of a function gives back is the middleware; in scripts a handler stands inside of what registers it.
    const inside = node && this.own(node);
    const own = this.isScript(uri) ? (inside ?? (around && this.ownOf(around))) : ((around && this.ownOf(around)) ?? inside);
    if (own) return { entry: own, direct: true };
    if (around) return this.startedBy(around.key);
    return { entry: (node && this.byCallers(node)) ?? byPlace.entry, direct: false };
  }

  handlerOf(message: ClassRef): ClassRef | undefined {
    return this.parts.entries.handlerOf?.(message);
  }

  givenTo(key: string, files: ReadonlyMap<string, FileFacts>, ask: (key: string) => GivenParameters): GivenParameters {
    if (!this.isScript(key.slice(0, key.indexOf("#")))) return [];
    const runs = ({ uri, from }: CallSite): boolean => {
      const node = from === "" ? undefined : this.graph.nodes.get(`${uri}#${from}`);
      return !node || this.called.has(node);
    };
    return givenTo(key, { files, graph: this.graph, ask, runs, isEntryPoint: (node) => (this.entryOfModule(node.fn.uri) ?? this.own(node)) !== undefined });
  }

  /** Functions that a file calls with something else than an earlier version of it did, both calling the same. */
  calledOtherwise(before: FileFacts, after: FileFacts): readonly string[] {
    const { calls } = referencesOf(after);
    const others = new Set<string>();
    for (const [key, all] of referencesOf(before).calls) if (!isCalledAlike(all, calls.get(key) ?? [])) others.add(key);
    if (others.size === 0) return [];
    return [...this.graph.nodes.values()].flatMap(({ fn, sites }) => (sites.some(({ uri, key }) => uri === after.uri && others.has(key)) ? [fn.key] : []));
  }

  routesOf(key: string): readonly Route[] {
    let routes = this.routes.get(key);
    if (!routes) this.routes.set(key, (routes = distinct(this.findRoutes(key))));
    return routes;
  }

  private get graph(): CallGraph {
    return (this.knownGraph ??= callGraph({ ...this.parts, subclassesOf: (ref) => this.subclassesOf(ref), overridesOf: (fn) => this.overridesOf(fn) }));
  }

  /** What runs all code of a module. */
  private entryOfModule(uri: string): EntryPoint | undefined {
    let entry = this.modules.get(uri);
    if (entry === undefined) this.modules.set(uri, (entry = isTestFile(this.parts.core, uri) ? "test" : (this.parts.entries.ofModule(uri) ?? "unknown")));
    return entry === "unknown" ? undefined : entry;
  }

  /** The function or method that a nested function is defined in. */
  private around(fn: FunctionRef): FunctionRef | undefined {
    for (let { id } = fn.declaration; id.includes("."); ) {
      id = id.slice(0, id.lastIndexOf("."));
      const outer = this.parts.findFunction(`${fn.uri}#${id}`);
      if (outer) return outer;
    }
    return undefined;
  }

  private ownOf(fn: FunctionRef): EntryPoint | undefined {
    const node = this.graph.nodes.get(fn.key);
    return node && this.own(node);
  }

  /** What starts the function itself, whoever else calls it. */
  private own({ fn, started }: CallNode): EntryPoint | undefined {
    const { entries } = this.parts;
    const entry = entries.ofFunction(fn) ?? started ?? (fn.owner && this.entryOfClass(fn.owner));
    if (entry) return entry;
    if (entries.routes.has(fn.key)) return "request";
    return !this.isScript(fn.uri) && fn.owner && fn.declaration.parameters[1]?.name === "request" ? "request" : undefined;
  }

  /** Of a class and of those that extend it: a mixin is run by what runs the classes it is mixed into. */
  private entryOfClass(ref: ClassRef): EntryPoint | undefined {
    if (this.classEntries.has(ref.key)) return this.classEntries.get(ref.key);
    const { entries } = this.parts;
    const own = (each: ClassRef): EntryPoint | undefined => entries.ofClass(each) ?? (entries.routes.has(each.key) ? "request" : undefined);
    let entry = own(ref);
    if (!entry) {
      const inherited = new Set(this.subclassesOf(ref).map(own));
      entry = [...WAITED_FOR, ...ELSEWHERE].find((each) => inherited.has(each));
    }
    this.classEntries.set(ref.key, entry);
    return entry;
  }

  private subclassesOf(ref: ClassRef): readonly ClassRef[] {
    if (!this.subclasses) {
      const subclasses = new Map<string, ClassRef[]>();
      for (const each of this.parts.core.classes) {
        for (const ancestor of this.parts.core.ancestors(each)) {
          if (!("class" in ancestor) || ancestor.class.key === each.key) continue;
          const list = subclasses.get(ancestor.class.key);
          if (list) list.push(each);
          else subclasses.set(ancestor.class.key, [each]);
        }
      }
      this.subclasses = subclasses;
    }
    return this.subclasses.get(ref.key) ?? [];
  }

  private isScript(uri: string): boolean {
    return this.parts.core.files.get(uri)?.language === "typescript";
  }

  /** The methods of classes that extend the class of a method, or say that they implement it. */
  private overridesOf({ owner, declaration, key }: FunctionRef): readonly FunctionRef[] {
    if (!owner) return [];
    const found = new Map<string, FunctionRef>();
    for (const each of [...this.subclassesOf(owner), ...this.parts.implementersOf(owner)]) {
      const method = this.parts.core.method(each, declaration.name);
      if (method && method.key !== key) found.set(method.key, method);
    }
    return [...found.values()];
  }

  /** Whether no code that was read runs a function of a script, tests aside, nor a framework that looks for it by its name or as the default of its file. */
  isUncalled(key: string): boolean {
    const uri = key.slice(0, key.indexOf("#"));
    if (!this.isScript(uri)) return false;
    const node = this.graph.nodes.get(key);
    const { called } = this;
    return node ? !called.has(node) : this.hasEntries && this.parts.entries.isUnmounted?.(uri) === true;
  }

  /** What anything may run: entry points, what module-level code or something that is not known may call, and all that these may call. Everything, where no entry point is known at all: who starts the code is not in the workspace. */
  private get called(): ReadonlySet<CallNode> {
    if (this.knownCalled) return this.knownCalled;
    const { nodes, unknownNames, strayNames } = this.graph;
    const called = new Set<CallNode>();
    if (!this.hasEntries) return (this.knownCalled = new Set(nodes.values()));
    for (const node of nodes.values()) {
      const { name } = node.fn.declaration;
      if (this.parts.entries.isUnmounted?.(node.fn.uri) || this.parts.entries.isUntaken?.(node.fn)) continue;
      if (node.isOpen || unknownNames.has(name) || strayNames.has(name) || this.parts.entries.isLookedFor?.(node.fn) !== false || this.entryOfModule(node.fn.uri) || this.own(node)) called.add(node);
    }
    // What no code that runs imports, none of it can call.
    for (const node of called) for (const each of [...node.calls, ...node.mayCall]) if (!this.parts.entries.isUnmounted?.(each.fn.uri)) called.add(each);
    return (this.knownCalled = called);
  }

  /** Whether any entry point is known: who starts the code is in the workspace. */
  private get hasEntries(): boolean {
    return (this.knownEntries ??= [...this.graph.nodes.values()].some((node) => this.isScript(node.fn.uri) && !this.entryOfModule(node.fn.uri) && this.own(node)));
  }

  private byCallers(node: CallNode): EntryPoint | undefined {
    const flow = this.flows.get(node);
    if (!flow) return undefined;
    const waiting = WAITED_FOR.find((each) => flow.sure.has(each));
    if (waiting) return waiting;
    if (flow.isOpen || WAITED_FOR.some((each) => flow.possible.has(each))) return undefined;
    return ELSEWHERE.find((each) => flow.possible.has(each));
  }

  private get flows(): ReadonlyMap<CallNode, Flow> {
    return (this.knownFlows ??= this.spread());
  }

  /** Carries entry points from callers to what they call until nothing changes. */
  private spread(): ReadonlyMap<CallNode, Flow> {
    const { nodes, methods, openNames } = this.graph;
    const flows = new Map<CallNode, Flow>();
    const fixed = new Set<CallNode>();
    for (const node of nodes.values()) {
      const entry = this.entryOfModule(node.fn.uri) ?? this.own(node);
      const counts = entry && entry !== "test" && entry !== "migration";
      // A script that somebody runs calls as a command does, also where nothing is seen to call its functions.
      const isCommand = !entry && this.isScript(node.fn.uri) && this.parts.entries.byPlace(node.fn.uri) === "command";
      flows.set(node, { sure: new Set(counts ? [entry] : []), possible: new Set(counts ? [entry] : isCommand ? ["command"] : []), isOpen: !entry && !isCommand && node.isOpen, hasCallers: isCommand });
      if (entry) fixed.add(node);
    }
    const byName = new Map<string, { readonly possible: Set<EntryPoint>; isOpen: boolean; hasCallers: boolean }>();
    for (const name of methods.keys()) byName.set(name, { possible: new Set(), isOpen: openNames.has(name), hasCallers: openNames.has(name) });
    for (const node of nodes.values()) {
      for (const each of [...node.calls, ...node.mayCall]) flows.get(each)!.hasCallers = true;
      for (const name of node.named) if (byName.has(name)) byName.get(name)!.hasCallers = true;
    }
    for (const [name, { isOpen, hasCallers }] of byName) {
      for (const method of methods.get(name)!) {
        const flow = flows.get(method)!;
        flow.hasCallers ||= hasCallers;
        if (isOpen && !fixed.has(method)) flow.isOpen = true;
      }
    }
    for (const [node, flow] of flows) if (!flow.hasCallers && !fixed.has(node)) flow.isOpen = true;

    const queue = [...nodes.values()];
    const waiting = new Set(queue);
    for (let node = queue.pop(); node; node = queue.pop()) {
      waiting.delete(node);
      const from = flows.get(node)!;
      const give = (to: CallNode, isSure: boolean): void => {
        if (fixed.has(to)) return;
        const flow = flows.get(to)!;
        const before = flow.sure.size + flow.possible.size + Number(flow.isOpen);
        if (isSure) for (const each of from.sure) flow.sure.add(each);
        for (const each of from.possible) flow.possible.add(each);
        flow.isOpen ||= from.isOpen;
        if (flow.sure.size + flow.possible.size + Number(flow.isOpen) > before && !waiting.has(to)) {
          waiting.add(to);
          queue.push(to);
        }
      };
      for (const each of node.calls) give(each, true);
      for (const each of node.mayCall) give(each, false);
      for (const name of node.named) {
        const shared = byName.get(name);
        if (!shared) continue;
        const before = shared.possible.size + Number(shared.isOpen);
        for (const each of from.possible) shared.possible.add(each);
        shared.isOpen ||= from.isOpen;
        if (shared.possible.size + Number(shared.isOpen) > before) for (const method of methods.get(name)!) give(method, false);
      }
    }
    return flows;
  }

  private findRoutes(key: string): readonly Route[] {
    const fn = this.parts.findFunction(key);
    if (!fn) return this.parts.entries.routes.get(key) ?? [];
    const start = this.graph.nodes.get(key);
    const own = start && this.own(start);
    if (!start || (!own && this.around(fn))) {
      const around = this.around(fn);
      return around ? this.routesOf(around.key) : [];
    }
    const routes: Route[] = [];
    const seen = new Set([start]);
    for (const node of seen) {
      const entry = this.own(node);
      const mine = entry === undefined || entry === "request" ? this.ownRoutes(node.fn) : [];
      routes.push(...mine);
      // A helper that is handed the request belongs to requests; which ones, its callers say.
      if ((entry !== undefined && entry !== "request") || mine.length > 0) continue;
      for (const caller of node.callers) if (seen.size < MOST_CALLERS) seen.add(caller);
    }
    return routes;
  }

  private ownRoutes(fn: FunctionRef): readonly Route[] {
    const direct = this.parts.entries.routes.get(fn.key);
    if (direct) return direct;
    if (!fn.owner) return [];
    const classes = [fn.owner, ...this.subclassesOf(fn.owner)];
    // A method that a subclass overrides is mostly reached from there by `super()`.
    const mine = classes.filter((each) => this.parts.core.method(each, fn.declaration.name)?.key === fn.key);
    return (mine.length > 0 ? mine : classes).flatMap((each) => this.parts.entries.routes.get(each.key) ?? []);
  }
}

function distinct(routes: readonly Route[]): readonly Route[] {
  const seen = new Map<string, Route>();
  for (const route of routes) {
    const key = `${route.methods.join()} ${route.path}`;
    if (!seen.has(key) && seen.size < MOST_ROUTES) seen.set(key, route);
  }
  return [...seen.values()];
}
