import type { Machine } from "../../flow/machine";
import type { Load, Lookup, Query } from "../../flow";
import { numberOf, optionsOf, type Value } from "../../flow/values";
import type { Entity, Relation } from "../../project";
import type { Location } from "../../source";
import { listIn, optionsIn, textIn, truthOf, type Options } from "../script/options";
import { ANY_LOAD, joinPath, newQuery } from "../script/queries";
import { conditionsOf } from "./conditions";
import { detailsOf } from "./model/details";

/** What `include` makes of a query. */
export interface Included {
  readonly loads: ReadonlyMap<string, Load>;
  /** Conditions that rows of the query itself must meet: those of required includes. */
  readonly lookups: readonly Lookup[];
  /** Rows without a related one are left out, or something could not be read. */
  readonly narrows: boolean;
}

/** Reads the tree of an `include`: models, names, association objects, `{ association, model, as, where, required, separate, limit, include }`, `{ all: true }`. */
export function included(m: Machine, entity: Entity, include: Value, before: ReadonlyMap<string, Load>, at: Location, prefix = "", path: readonly string[] = []): Included {
  const loads = new Map(before);
  const lookups: Lookup[] = [];
  let narrows = false;
  const unreadable = (): void => void loads.set(ANY_LOAD, { path: ANY_LOAD, by: "join", at });
  const items = include.kind === "sequence" ? listIn(include) : [include];
  if (!items) unreadable();
  for (const item of items ?? []) {
    const alternatives = optionsOf(item);
    for (const each of alternatives) {
      if (each.kind === "constant" && typeof each.value !== "string") continue;
      const options = each.kind === "mapping" ? optionsIn(each) : undefined;
      const relation = relationOf(entity, each, options);
      if (!relation) {
        unreadable();
        continue;
      }
      const place = placeOf(each, options, at);
      const full = joinPath(prefix, relation.name);
      const target = relation.target === undefined ? undefined : m.project.entity(relation.target);
      const isSeparate = relation.form === "reverse-foreign-key" && (truthOf(options?.of.get("separate")?.value) === true || options?.of.has("limit") === true);
      const own = options && target && relation.cardinality === "many" ? ownQuery(m, target, options, place) : undefined;
      // `attributes: []`: joined for its conditions alone.
      const isRequired = truthOf(options?.of.get("required")?.value) ?? options?.of.has("where") === true;
      // "Only HasMany associations support include.separate"; and such rows are not there yet when hooks of `afterFind` look at them (`findAll` in lib/model.js of Sequelize 6.37).
      const stays = relation.cardinality === "many" && (isRequired || relation.form !== "reverse-foreign-key" || (prefix === "" && detailsOf(entity)?.hooks.includes("afterFind") === true));
      if (!isEmptyList(options?.of.get("attributes")?.value)) loads.set(full, { path: full, by: isSeparate ? "prefetch" : "join", at: place, ...(own && { query: own }), ...(stays && { stays }) });
      if (isRequired && !isSeparate && alternatives.length === 1) {
        narrows = true;
        if (target) lookups.push(...conditionsOf(m, target, options?.of.get("where")?.value, place, [...path, relation.name]).lookups);
      }
      const nested = options?.of.get("include");
      if (nested && target) {
        const inner = included(m, target, nested.value, loads, place, full, [...path, relation.name]);
        for (const [name, load] of inner.loads) loads.set(name, isSeparate && name.startsWith(`${full}__`) ? { ...load, by: "prefetch" } : load);
        if (isRequired && !isSeparate) lookups.push(...inner.lookups);
        narrows ||= inner.narrows && !isSeparate && isRequired;
      }
      if (options && !options.isComplete && options.literal === undefined) unreadable();
    }
  }
  return { loads, lookups, narrows };
}

/** What an include with conditions or a limit asks for: some of the related rows. */
function ownQuery(m: Machine, target: Entity, { of, literal }: Options, at: Location): Query | undefined {
  const limit = of.get("limit");
  if (!of.has("where") && !limit) return undefined;
  const { lookups, uncertain } = conditionsOf(m, target, of.get("where")?.value, at);
  const rows = limit && numberOf(limit.value);
  const root = literal?.expression ?? { kind: "literal" as const, value: null, start: at.span.start, end: at.span.end };
  return newQuery(m, "sequelize", target, root, {
    lookups: lookups.filter((each) => !each.optional), uncertain, bound: rows !== undefined ? { kind: "rows", rows } : limit ? { kind: "page" } : { kind: "none" },
  }, "opaque");
}

function isEmptyList(value: Value | undefined): boolean {
  return value?.kind === "sequence" && value.items?.length === 0;
}

function placeOf(value: Value, options: Options | undefined, at: Location): Location {
  const { literal } = options ?? {};
  return literal ? { uri: literal.uri, span: { start: literal.expression.start, end: literal.expression.end } } : value.kind === "object" && value.at ? value.at : at;
}

/** The association that an item of `include` means. */
export function relationOf(entity: Entity, item: Value, options: Options | undefined): Relation | undefined {
  if (!options) {
    const name = nameOf(entity, item);
    if (name !== undefined) return entity.relations.get(name);
    const target = modelOf(item);
    return target && only(relationsTo(entity, target));
  }
  const association = options.of.get("association")?.value;
  if (association) {
    const name = nameOf(entity, association);
    return name === undefined ? undefined : entity.relations.get(name);
  }
  const as = textIn(options.of.get("as")?.value);
  if (as !== undefined) return entity.relations.get(as);
  const model = options.of.get("model")?.value;
  const target = model && modelOf(model);
  return target && only(relationsTo(entity, target));
}

function relationsTo(entity: Entity, target: Entity): readonly Relation[] {
  return [...entity.relations.values()].filter((each) => each.target === target.key);
}

/** Of several associations to one model, one must be named. */
function only(relations: readonly Relation[]): Relation | undefined {
  return relations.length === 1 ? relations[0] : undefined;
}

function modelOf(value: Value): Entity | undefined {
  return value.kind === "entity" ? value.entity : value.kind === "manager" ? value.entity : undefined;
}

/** `"author"`, `Book.Author` where an association was kept there, `Book.associations.author`. */
function nameOf(entity: Entity, value: Value): string | undefined {
  if (value.kind === "constant") return textIn(value);
  if (value.kind === "object" && value.type === "sequelize association") return String(value.data);
  if (value.kind !== "method") return undefined;
  const { receiver, name } = value;
  if (receiver.kind === "entity" && receiver.entity.key === entity.key) return detailsOf(entity)?.assigned[name];
  return undefined;
}
