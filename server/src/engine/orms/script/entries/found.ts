import type { EntryPoint, ProjectCore, Route } from "../../../project";

/** What was found of the code that frameworks of TypeScript start, by keys of functions and classes. */
export class FoundEntries {
  readonly routes = new Map<string, Route[]>();
  readonly functions = new Map<string, EntryPoint>();
  readonly classes = new Map<string, EntryPoint>();
  readonly perRow = new Map<string, { readonly parent: number }>();

  /** Files that addresses stand in. */
  readonly places = new Set<string>();

  /** Files that frameworks start by where they lie. */
  readonly placed = new Set<string>();

  /** Handlers whose addresses all go to another one. */
  readonly shadowed = new Set<string>();

  /** Functions that browsers call, by key: the names that they are exported under. */
  readonly actions = new Map<string, { readonly uri: string; readonly name: string }>();

  /** `unmounted`: files of classes that nothing that is started leads to. */
  constructor(
    readonly core: ProjectCore,
    readonly unmounted: ReadonlySet<string>,
  ) {}

  /** A request runs the function; `route` where its address is known. */
  request(key: string, route?: Route): void {
    // A handler that is a middleware elsewhere is a handler.
    this.functions.set(key, "request");
    if (!route) return;
    this.places.add(route.at.uri);
    const known = this.routes.get(key);
    if (!known) this.routes.set(key, [route]);
    else if (!known.some((each) => each.path === route.path && each.methods.join() === route.methods.join())) known.push(route);
  }

  /** The files that it found something in. */
  get files(): ReadonlySet<string> {
    return new Set([this.routes, this.functions, this.classes].flatMap((each) => [...each.keys()].map((key) => key.slice(0, key.indexOf("#")))));
  }

  /** Something else runs the function. */
  start(key: string, entry: EntryPoint): void {
    if (!this.functions.has(key)) this.functions.set(key, entry);
  }

  /** A resolver of a field of a GraphQL type: run once for each of the rows that another resolver gave, unless the type is one of which an answer has one. */
  field(key: string, type: string, parent: number): void {
    this.request(key);
    if (!ONE_PER_ANSWER.test(type)) this.perRow.set(key, { parent });
  }
}

/** Types that wrap what an operation gives: pages, payloads, whoever is asking. */
const ONE_PER_ANSWER = /(Connection|Edge|PageInfo|Page|Payload|Results?|Response|Output|Stats|Statistics|Summary|Viewer|Pagination|Config|Settings)$|^(Paginated|Current|Viewer)|^(Me|Root|AuthUser)$/;
