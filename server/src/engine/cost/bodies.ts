import type { DataAccessEvent } from "../flow";
import type { EntryPoint, ProjectModel, Route } from "../project";
import type { Location } from "../source";
import { costOf, type Cost } from "./cost";

/** What one function, or what a framework does with one class, costs. */
export interface BodyCost {
  /** Of the function or class, as the project knows it. */
  readonly key: string;
  readonly form: "function" | "class";
  /** Of a method, its class. */
  readonly owner?: string;
  /** `OrderView.get`, `recent_orders`. */
  readonly name: string;
  readonly at: Location;
  readonly entry: EntryPoint;
  readonly cost: Cost;
}

/** What starts code by itself, with what it costs. */
export interface EndpointCost extends BodyCost {
  readonly routes: readonly Route[];
}

/** The costs of all bodies of one file, modules themselves left out. */
export function bodyCosts(events: readonly DataAccessEvent[], project: ProjectModel): readonly BodyCost[] {
  const costs: BodyCost[] = [];
  for (const event of events) {
    if (event.kind !== "bodyDone") continue;
    const { frames, owner, cost, at, entry } = event;
    const fn = frames[0]?.function;
    if (!fn && !owner) continue;
    const declaration = fn?.declaration ?? owner!.declaration;
    costs.push({
      key: fn?.key ?? owner!.key, form: fn ? "function" : "class", ...(fn?.owner && { owner: fn.owner.key }),
      name: fn ? (fn.owner ? `${fn.owner.declaration.name}.${fn.declaration.name}` : fn.declaration.name || nameless(fn.declaration.id, at.uri)) : owner!.declaration.name,
      at: { uri: at.uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, entry, cost: costOf(cost, project),
    });
  }
  return costs;
}

/** What people call a function without a name: by the named one that it stands in, else by its file, or the folder of an `index.ts`. */
function nameless(id: string, uri: string): string {
  const outer = id.split(".").filter((part) => !/^%\d+$/.test(part)).join(".");
  if (outer !== "") return `a callback of ${outer}`;
  const [folder, file] = decodeURIComponent(uri).split("/").slice(-2);
  const stem = file.replace(/\.[^.]+$/, "");
  return `a handler in ${stem === "index" ? `${folder}/${file}` : file}`;
}
