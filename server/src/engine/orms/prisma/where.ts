import type { Expression } from "../../facts";
import type { Lookup, Query } from "../../flow";
import type { Machine } from "../../flow/machine";
import { isEitherOr, type Value } from "../../flow/values";
import type { DatabaseEngine, Entity, Relation } from "../../project";
import type { Location } from "../../source";
import { isListOfOne, listIn, optionsIn, textIn, type Option, type Options } from "../script/options";

/** What a `where` comes to. */
export interface Conditions {
  readonly lookups: readonly Lookup[];
  /** Some part of it could not be read. */
  readonly uncertain: boolean;
}

interface Around {
  readonly path: readonly string[];
  readonly negated: boolean;
  readonly disjunct: boolean;
  readonly optional: boolean;
}

const TEXT: Readonly<Record<string, string>> = { equals: "exact", not: "exact", in: "in", notIn: "in", contains: "contains", startsWith: "startswith", endsWith: "endswith" };
const COMPARED: ReadonlySet<string> = new Set(["lt", "lte", "gt", "gte"]);
/** Lookups whose case `mode: "insensitive"` leaves aside; by ILIKE, of lists by LOWER (measured on 6.19 and 7.10). */
const CASELESS: Readonly<Record<string, string>> = { exact: "iexact", in: "iin", contains: "icontains", startswith: "istartswith", endswith: "iendswith" };

/** The conditions of a `where` on an entity (Prisma: *Filter conditions and operators*). `at` is the place of what cannot be told apart. */
export function conditionsOf(m: Machine, entity: Entity, where: Value | undefined, at: Location): Conditions {
  const reader = new WhereReader(m, at);
  if (where) reader.tree(entity, where, { path: [], negated: false, disjunct: false, optional: false });
  return { lookups: reader.lookups, uncertain: reader.uncertain };
}

/** The query as it is sent where an optional condition is given, with the rest of its key. */
export function withOptional(query: Query, lookup: Lookup, { lookups }: Conditions): Query {
  if (!lookup.optional) return query;
  return { ...query, lookups: [...query.lookups, ...lookups.filter((each) => each === lookup || (lookup.ofKey !== undefined && each.optional && each.ofKey === lookup.ofKey))] };
}

class WhereReader {
  readonly lookups: Lookup[] = [];
  uncertain = false;

  constructor(private readonly m: Machine, private readonly at: Location) {}

  tree(entity: Entity, where: Value, around: Around): void {
    const options = optionsIn(where);
    if (!options.isComplete || (where.kind === "mapping" && isEitherOr(where))) this.uncertain = true;
    for (const option of options.of.values()) {
      const here: Around = { ...around, optional: around.optional || option.maybe };
      if (option.name === "AND" || option.name === "OR" || option.name === "NOT") this.connected(entity, option, here);
      else if (entity.relations.has(option.name)) this.related(entity.relations.get(option.name)!, option, here);
      else if (entity.fields.has(option.name)) this.compared(entity, option.name, option, options, here);
      else if (!this.unique(entity, option, options, here)) this.uncertain = true;
    }
    // `deletedAt: null`; an option that is null is no option.
    if (where.kind === "mapping") for (const [name, value] of where.entries) {
      if (options.of.has(name) || value.kind !== "constant" || value.value !== null) continue;
      const path = [...around.path, name];
      const option: Option = { name, value, maybe: where.maybe?.has(name) === true };
      if (entity.fields.has(name)) this.add({ path, entity: entity.key, field: name, lookup: "isnull", constant: true, negated: around.negated }, option, options, { ...around, optional: around.optional || option.maybe });
      else if (entity.relations.has(name)) this.add({ path, lookup: "isnull", constant: true, negated: around.negated }, option, options, around);
    }
  }

  private connected(entity: Entity, { name, value, node }: Option, around: Around): void {
    // `[...(email ? [{ email }] : [])]`: there may be more, or none.
    if (node?.kind === "sequence" && node.items.some((item) => item.kind === "spread")) this.uncertain = true;
    const parts = value.kind === "sequence" ? listIn(value) : [value];
    if (parts?.length === 0) this.uncertain = true;
    if (!parts) {
      // `OR: terms.map(…)`: what each of them says.
      if (value.kind === "sequence" && value.element.kind === "mapping") this.tree(entity, value.element, { ...around, disjunct: around.disjunct || name === "OR", negated: name === "NOT" ? !around.negated : around.negated });
      else this.uncertain = true;
      return;
    }
    const negated = name === "NOT" ? !around.negated : around.negated;
    const several = parts.length > 1 || parts.some((part) => optionsIn(part).of.size > 1);
    const disjunct = around.disjunct || (name === "OR" ? parts.length > 1 : negated && several);
    for (const part of parts) this.tree(entity, part, { ...around, negated, disjunct });
  }

  /** `author: { is: { … } }`, `posts: { some: { … } }`, `author: { name: "…" }`. */
  private related(relation: Relation, option: Option, around: Around): void {
    const target = relation.target === undefined ? undefined : this.m.project.entity(relation.target);
    const path = [...around.path, relation.name];
    if (!target) {
      this.uncertain = true;
      return;
    }
    const inner = optionsIn(option.value);
    const quantified = [...inner.of.values()].filter(({ name }) => /^(is|isNot|some|every|none)$/.test(name));
    if (quantified.length === 0) return this.tree(target, option.value, { ...around, path });
    if (!inner.isComplete) this.uncertain = true;
    for (const each of quantified) {
      const optional = around.optional || each.maybe;
      if (each.value.kind === "mapping" && each.value.entries.size === 0 && each.value.complete) {
        // `{ some: {} }`: whether there are any.
        this.add({ path, lookup: "isnull", constant: false, negated: around.negated !== (each.name === "none") }, each, inner, { ...around, optional });
      } else this.tree(target, each.value, { path, negated: around.negated !== /^(isNot|none|every)$/.test(each.name), disjunct: around.disjunct, optional });
    }
  }

  private compared(entity: Entity, field: string, option: Option, options: Options, around: Around): void {
    const { value } = option;
    if (value.kind !== "mapping" || value.isMap) {
      this.add({ path: [...around.path, field], entity: entity.key, field, lookup: "exact", negated: around.negated, ...constantOf(value) }, option, options, around);
      return;
    }
    const inner = optionsIn(value);
    if (!inner.isComplete) this.uncertain = true;
    const insensitive = enumIn(inner.of.get("mode")?.value, "QueryMode") === "insensitive";
    for (const each of inner.of.values()) {
      if (each.name === "mode" || (each.name === "path" && inner.of.size > 1)) continue;
      if (each.name === "not" && each.value.kind === "mapping") {
        this.compared(entity, field, each, inner, { ...around, negated: !around.negated });
        continue;
      }
      const plain = each.name === "in" && isListOfOne(each.value) ? "exact" : TEXT[each.name] ?? (COMPARED.has(each.name) ? each.name : undefined);
      const negated = around.negated !== (each.name === "not" || each.name === "notIn");
      const folded = insensitive && plain ? CASELESS[plain] : undefined;
      const lookup = folded ?? plain ?? (each.name === "has" || each.name === "hasSome" || each.name === "hasEvery" ? each.name : `prisma-${each.name}`);
      this.add({
        path: [...around.path, field], entity: entity.key, field, lookup, negated, ...constantOf(each.value),
        ...(folded && this.isFolded(entity) ? { caseless: folded === "iin" ? ("lower" as const) : ("ilike" as const) } : {}),
        as: folded ? `\`${each.name}\` with \`mode: "insensitive"\`` : `\`${each.name}\``,
      }, each, inner, { ...around, optional: around.optional || each.maybe });
    }
    // `{ equals: null }` and `{ not: null }`: nothing is left of them among the options.
    for (const name of ["equals", "not"]) if (!inner.of.has(name) && isGivenNull(value, name)) this.add({ path: [...around.path, field], entity: entity.key, field, lookup: "isnull", constant: name === "equals", negated: around.negated }, option, options, around);
  }

  /** MySQL and SQL Server go by the column's collation, and have no `mode`. */
  private isFolded(entity: Entity): boolean {
    const engine: DatabaseEngine = this.m.project.engineOf(entity);
    return engine === "postgresql" || engine === "cockroachdb" || engine === "unknown";
  }

  /** `where: { userId_postId: { userId, postId } }`: the columns of a key of several (Prisma: *Working with compound IDs and unique constraints*). */
  private unique(entity: Entity, option: Option, options: Options, around: Around): boolean {
    const inner = optionsIn(option.value);
    const names = [...inner.of.keys()];
    if (option.value.kind !== "mapping") return entity.indexes.some(({ unique, columns }) => unique && columns.map(({ field }) => field).join("_") === option.name) && this.whole(entity, option, options, around);
    if (names.length < 2 || !names.every((name) => entity.fields.has(name))) return false;
    for (const each of inner.of.values()) this.add({ path: [...around.path, each.name], entity: entity.key, field: each.name, lookup: "exact", negated: around.negated, ofKey: option.name, ...constantOf(each.value) }, each, inner, around);
    return true;
  }

  private whole(entity: Entity, option: Option, options: Options, around: Around): true {
    for (const name of option.name.split("_")) if (entity.fields.has(name)) this.add({ path: [...around.path, name], entity: entity.key, field: name, lookup: "exact", negated: around.negated, ofKey: option.name }, option, options, around);
    return true;
  }

  private add(lookup: Omit<Lookup, "transforms" | "disjunct" | "annotated" | "at" | "optional">, option: Option, options: Options, { disjunct, optional }: Around): void {
    this.lookups.push({ ...lookup, varies: option.value.varies, transforms: [], disjunct, annotated: false, at: placeOf(options, option, this.at), ...(optional && { optional: true }) });
  }
}

/** `"insensitive"`, `Prisma.QueryMode.insensitive`: enums of the client have their own names for values. */
export function enumIn(value: Value | undefined, name: string): string | undefined {
  const member = value?.kind === "external" ? new RegExp(`(^|[./])${name}\\.(\\w+)$`).exec(value.name)?.[2] : undefined;
  return member ?? textIn(value);
}

function isGivenNull(value: Value, name: string): boolean {
  const given = value.kind === "mapping" ? value.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === name)?.value : undefined;
  return given?.kind === "literal" && given.value === null;
}

function constantOf(value: Value): Pick<Lookup, "constant"> {
  return value.kind === "constant" ? { constant: value.value } : {};
}

/** An entry of an object literal with its key, where it is written out. */
export function placeOf(options: Options, option: Option, otherwise: Location): Location {
  const entry = options.literal?.expression.entries.find(({ key }) => key?.kind === "literal" && key.value === option.name);
  if (!entry?.key || !options.literal) return otherwise;
  const node: Expression = entry.value;
  return { uri: options.literal.uri, span: { start: Math.min(entry.key.start, node.start), end: Math.max(entry.key.end, node.end) } };
}

/** Whether the conditions pick one row at the most: all columns of a unique key are given, that of a parent also by something unique of the parent's (`{ tenant: { slug }, productId }`). */
export function isUnique(entity: Entity, lookups: readonly Lookup[], entityOf: (key: string) => Entity | undefined): boolean {
  const exact = new Set(lookups.flatMap((each) => (each.lookup === "exact" && !each.negated && !each.disjunct && !each.optional ? givenBy(entity, each, entityOf) : [])));
  return entity.indexes.some(({ unique, partial, columns }) => unique && !partial && columns.length > 0 && columns.every(({ field }) => field !== undefined && exact.has(field)));
}

function givenBy(entity: Entity, { path: [first, second, ...further] }: Lookup, entityOf: (key: string) => Entity | undefined): readonly string[] {
  if (second === undefined) return [first];
  const relation = entity.relations.get(first);
  if (further.length > 0 || relation?.owner !== entity.key || relation.cardinality !== "one" || relation.target === undefined || relation.column === undefined || relation.columns !== undefined) return [];
  const target = entityOf(relation.target);
  return target?.indexes.some(({ unique, partial, columns }) => unique && !partial && columns.length === 1 && columns[0].field === second) === true ? [relation.column] : [];
}
