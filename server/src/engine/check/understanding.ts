import type { DataAccessEvent } from "../flow";
import type { Location } from "../source";

/** What could not be followed, and why: silence there says nothing. */
export interface Unresolved {
  readonly what: "template" | "serializer" | "query" | "relation" | "view";
  /** As the code names it, where it does. */
  readonly name?: string;
  readonly reason: string;
  readonly at: Location;
}

/** What the evaluation of one file came to know. */
export interface Understanding {
  /** Keys of the functions and classes that answer requests. */
  readonly views: ReadonlySet<string>;
  /** Templates that were rendered, by URI. */
  readonly templates: ReadonlySet<string>;
  /** Serializers that were written out, by the key of their class. */
  readonly serializers: ReadonlySet<string>;
  /** Queries that are sent. */
  readonly queries: number;
  readonly unresolved: readonly Unresolved[];
}

export const nothingUnderstood: Understanding = { views: new Set(), templates: new Set(), serializers: new Set(), queries: 0, unresolved: [] };

export function understandingOf(events: readonly DataAccessEvent[]): Understanding {
  const views = new Set<string>();
  const templates = new Set<string>();
  const serializers = new Set<string>();
  const sent = new Set<number>();
  const unresolved = new Map<string, Unresolved>();
  const note = (item: Unresolved): void => {
    const key = `${item.what} ${item.at.uri} ${item.at.span.start}`;
    if (!unresolved.has(key)) unresolved.set(key, item);
  };
  for (const event of events) {
    switch (event.kind) {
      case "bodyDone": {
        const fn = event.frames[0]?.function;
        if (event.entry === "request") views.add(fn ? (fn.owner?.key ?? fn.key) : `${event.at.uri}#${event.at.span.start}`);
        break;
      }
      case "templateRendered":
        if (event.template !== undefined) templates.add(event.template);
        else note({ what: "template", name: event.name, at: event.at, reason: event.name === undefined ? "its name is computed when the code runs" : "no template of this name is in the workspace" });
        break;
      case "notUnderstood":
        note({ what: event.what, name: event.name, reason: event.reason, at: event.at });
        break;
      case "serialized":
        serializers.add(event.serializer);
        break;
      case "queryRun":
        if (!event.sends) break;
        sent.add(event.query.id);
        if (event.query.uncertain) note({ what: "query", at: event.at, reason: "some part of how it is put together is not known: conditions, order or eager loading may be missing" });
        break;
      default:
        break;
    }
  }
  return { views, templates, serializers, queries: sent.size, unresolved: [...unresolved.values()] };
}
