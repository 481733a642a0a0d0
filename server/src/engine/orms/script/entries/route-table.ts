import type { Location } from "../../../source";
import type { Route } from "../../../project";
import type { FoundEntries } from "./found";

interface Declared {
  readonly methods: readonly string[];
  readonly path: string;
  readonly handlers: readonly string[];
  readonly at: Location;
  readonly forAdministrators?: true;
}

/** Prefixes of one address joined further than this are a circle. */
const DEEPEST = 10;
/** More mounts of one router than anybody reads. */
const MOST_PREFIXES = 12;

/** Routers that are put into each other, with the addresses that each of them declares. */
export class RouteTable {
  private readonly declared = new Map<string, Declared[]>();
  private readonly mounts = new Map<string, { readonly parent: string; readonly prefix: string }[]>();
  private readonly own = new Map<string, string>();
  private readonly parts = new Set<string>();

  /** `join` makes one address of a prefix and what comes after it. */
  constructor(private readonly join: (prefix: string, path: string) => string = joinRoute) {}

  /** A router answers at an address. */
  add(router: string, route: Declared): void {
    const known = this.declared.get(router);
    if (known) known.push(route);
    else this.declared.set(router, [route]);
  }

  /** `parent` hands what begins with `prefix` on to `child`. */
  mount(parent: string, prefix: string, child: string): void {
    if (parent === child) return;
    const known = this.mounts.get(child);
    if (!known) this.mounts.set(child, [{ parent, prefix }]);
    else if (!known.some((each) => each.parent === parent && each.prefix === prefix)) known.push({ parent, prefix });
  }

  /** What all addresses of a router begin with. */
  prefix(router: string, prefix: string): void {
    this.own.set(router, prefix);
  }

  /** A router that something mounts, wherever: its addresses begin with `…` until that is found. */
  part(router: string): void {
    this.parts.add(router);
  }

  /** All addresses, in the order in which they were declared. */
  addTo(found: FoundEntries, change: (route: Route) => Route = (route) => route): void {
    for (const [router, routes] of this.declared) {
      const prefixes = this.prefixesOf(router, DEEPEST);
      for (const { path, handlers, ...route } of routes) {
        for (const handler of handlers) for (const prefix of prefixes) found.request(handler, change({ ...route, path: this.join(prefix, path) }));
      }
    }
  }

  private prefixesOf(router: string, depth: number): readonly string[] {
    const own = this.own.get(router) ?? "";
    const mounts = this.mounts.get(router);
    if (!mounts || depth === 0) return [this.parts.has(router) ? this.join("…", own) : own];
    const prefixes = new Set(mounts.flatMap(({ parent, prefix }) => this.prefixesOf(parent, depth - 1).map((each) => this.join(this.join(each, prefix), own))));
    return [...prefixes].slice(0, MOST_PREFIXES);
  }
}

/** `/api/` and `/orders` are `/api/orders`. */
export function joinRoute(prefix: string, path: string): string {
  const parts = [prefix, path].flatMap((each) => each.split("/")).filter(Boolean);
  return `${parts[0] === "…" ? "" : "/"}${parts.join("/")}`;
}
