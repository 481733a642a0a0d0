import type { DataAccessEvent } from "../flow";
import type { Entity, Relation } from "../project";
import type { Location } from "../source";
import { compareText } from "./merge";

/** What could not be followed, and why: silence there says nothing. */
export interface Unresolved {
  readonly what: "template" | "serializer" | "query" | "relation" | "view";
  /** As the code names it, where it does. */
  readonly name?: string;
  readonly reason: string;
  readonly at: Location;
}

/** How much of a project is understood. */
export interface Understood {
  readonly files: number;
  readonly entities: number;
  readonly relations: number;
  readonly queries: number;
  /** Queries and relations that could not be read whole; `WorkspaceApi.unresolved` lists everything. */
  readonly unresolved: number;
  /** Functions and classes that answer requests, templates that they render, serializers that write rows out. */
  readonly views: number;
  readonly templates: number;
  readonly serializers: number;
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

/** Numbers of what is understood in a project of so many files. */
export function summaryOf(all: readonly Understanding[], entities: readonly Entity[], files: number): Understood {
  const distinct = (of: (each: Understanding) => ReadonlySet<string>): number => new Set(all.flatMap((each) => [...of(each)])).size;
  return {
    files,
    entities: entities.filter((each) => !each.abstract).length,
    relations: entities.reduce((sum, each) => sum + forwardRelations(each).length, 0),
    queries: all.reduce((sum, each) => sum + each.queries, 0),
    unresolved: unresolvedIn(all, entities).filter(({ what }) => what === "query" || what === "relation").length,
    views: distinct((each) => each.views),
    templates: distinct((each) => each.templates),
    serializers: distinct((each) => each.serializers),
  };
}

/** What could not be followed in a project, each place once, in the order of places. */
export function unresolvedIn(all: readonly Understanding[], entities: readonly Entity[]): readonly Unresolved[] {
  const relations = entities.flatMap((entity) => forwardRelations(entity).flatMap(({ name, target, form, declaredAt }): Unresolved[] =>
    target === undefined && form !== "generic-foreign-key" && declaredAt ? [{ what: "relation", name: `${entity.name}.${name}`, reason: "the model that it leads to is not in the workspace", at: declaredAt }] : []));
  const found = [...all.flatMap((each) => each.unresolved), ...relations];
  // What several callers see at one place is one thing that is not known.
  const byPlace = new Map(found.map((each) => [`${each.what} ${each.at.uri} ${each.at.span.start}`, each]));
  return [...byPlace.values()].sort((a, b) => compareText(a.at.uri, b.at.uri) || a.at.span.start - b.at.span.start);
}

function forwardRelations(entity: Entity): readonly Relation[] {
  return [...entity.relations.values()].filter((each) => !each.form.startsWith("reverse-"));
}
