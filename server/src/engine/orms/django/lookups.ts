import type { Argument } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { Lookup, Query } from "../../flow";
import { optionsOf, type Value } from "../../flow/values";
import type { Entity } from "../../project";

/** Django's registered lookups; anything else behind a field is a transform or a key of a JSON column. */
const LOOKUPS: ReadonlySet<string> = new Set([
  "exact", "iexact", "contains", "icontains", "in", "gt", "gte", "lt", "lte", "startswith", "istartswith", "endswith", "iendswith", "range", "isnull", "regex", "iregex",
  "search", "trigram_similar", "trigram_word_similar", "unaccent", "contained_by", "overlap", "has_key", "has_keys", "has_any_keys", "fully_lt", "fully_gt", "adjacent_to",
]);

/** A `Q` object: conditions joined by AND or OR. */
export interface Condition {
  readonly connector: "and" | "or";
  readonly negated: boolean;
  readonly children: readonly (Condition | Leaf)[];
  /** Some part of it could not be read. */
  readonly uncertain: boolean;
}

export interface Leaf {
  readonly keyword: string;
  readonly value: Value;
  readonly node: Argument;
  readonly uri: string;
  readonly maybe?: boolean;
}

export function isLeaf(part: Condition | Leaf): part is Leaf {
  return "keyword" in part;
}

/** The conditions of `filter(…)`, `Q(…)`, `get(…)`. */
export function conditionOf(call: CallSite, skip = 0): Condition {
  const children: (Condition | Leaf)[] = [];
  let uncertain = call.more;
  for (const { value } of call.positional.slice(skip)) {
    if (value.kind === "object" && value.type === "Q") children.push(value.data as Condition);
    else uncertain = true;
  }
  for (const [keyword, { value, node, maybe }] of call.keywords) children.push({ keyword, value, node, uri: call.uri, maybe });
  return { connector: "and", negated: false, children, uncertain };
}

/** Resolves conditions against an entity; `defaults` of `get_or_create` and the like are left out by name. */
export function lookupsOf(m: Machine, entity: Entity, condition: Condition, query: Query, negated = false, except: ReadonlySet<string> = new Set()): { readonly lookups: Lookup[]; readonly uncertain: boolean } {
  const lookups: Lookup[] = [];
  let uncertain = false;
  const visit = (part: Condition, inverse: boolean, disjunct: boolean): void => {
    if (part.uncertain) uncertain = true;
    const negates = inverse !== part.negated;
    const either = disjunct || (part.connector === "or" && part.children.length > 1) || (negates && part.children.length > 1);
    for (const child of part.children) {
      if (!isLeaf(child)) visit(child, negates, either);
      else if (!except.has(child.keyword)) lookups.push(lookupOf(m, entity, child, negates, either, query));
    }
  };
  visit(condition, negated, false);
  return { lookups, uncertain };
}

/** `author__name__icontains` on an entity. */
export function lookupOf(m: Machine, start: Entity, leaf: Leaf, negated: boolean, disjunct: boolean, query: Query): Lookup {
  const parts = leaf.keyword.split("__");
  const path: string[] = [];
  const transforms: string[] = [];
  let lookup = "exact";
  let entity: Entity | undefined = start;
  let field: string | undefined;
  let owner: string | undefined;
  const annotated = query.annotations.has(parts[0]) && !start.queryNames.has(parts[0]);
  let i = 0;
  if (!annotated) {
    for (; i < parts.length && entity; i++) {
      const name: string = parts[i] === "pk" ? entity.primaryKey : parts[i];
      const target: ReturnType<Entity["queryNames"]["get"]> = entity.queryNames.get(name) ?? entity.fields.get(name) ?? [...entity.fields.values()].find((candidate) => candidate.column === name);
      if (!target) break;
      path.push(name);
      owner = entity.key;
      if (target.kind === "field") {
        const relation = entity.relations.get(target.name);
        field = target.name;
        // A foreign key goes on to its target; everything else ends the path.
        if (!relation || name === target.column) {
          i++;
          break;
        }
        entity = relation.target !== undefined ? m.project.entity(relation.target) : undefined;
      } else {
        field = target.column !== undefined ? target.name : undefined;
        entity = target.target !== undefined ? m.project.entity(target.target) : undefined;
      }
    }
  } else {
    path.push(parts[0]);
    i = 1;
  }
  for (; i < parts.length; i++) {
    if (i === parts.length - 1 && LOOKUPS.has(parts[i])) lookup = parts[i];
    else transforms.push(parts[i]);
  }
  const literal = leaf.value.kind === "constant" ? { constant: leaf.value.value } : {};
  const source = sourceOf(leaf.value);
  return {
    path, transforms, lookup, entity: field !== undefined ? owner : undefined, field, negated, disjunct, annotated, varies: leaf.value.varies, ...literal, ...(leaf.maybe && { optional: true }),
    at: { uri: leaf.uri, span: { start: leaf.node.start, end: leaf.node.end } }, ...(source ? { from: source } : {}),
  };
}

/** The query on the right-hand side of an `in`. */
function sourceOf(value: Value): Lookup["from"] {
  for (const option of optionsOf(value)) {
    if (option.kind === "query") return { query: option.query };
    if (option.kind === "sequence" && option.query) return { query: option.query, materialised: option.materialised };
  }
  return undefined;
}

/** Whether these conditions leave one row at the most. */
export function isUnique(m: Machine, entity: Entity, lookups: readonly Lookup[]): boolean {
  const exact = new Set<string>();
  for (const lookup of lookups) {
    if (lookup.lookup !== "exact" || lookup.negated || lookup.disjunct || lookup.transforms.length || lookup.annotated) continue;
    if (lookup.path.length === 1) exact.add(lookup.path[0]);
    // `profile__user=x` through a one-to-one leads to one row as well.
    else if (lookup.path.length === 2 && lookup.field) {
      const relation = entity.relations.get(lookup.path[0]) ?? entity.queryNames.get(lookup.path[0]);
      const last = lookup.entity ? m.project.entity(lookup.entity)?.fields.get(lookup.field) : undefined;
      if (relation?.kind === "relation" && relation.form === "reverse-one-to-one" && last?.unique) return true;
    }
  }
  if (exact.size === 0) return false;
  for (const name of exact) {
    const field = entity.fields.get(name) ?? [...entity.fields.values()].find((candidate) => candidate.column === name);
    if (field && (field.primaryKey || field.unique)) return true;
    const relation = entity.queryNames.get(name);
    if (relation?.kind === "relation" && (relation.form === "one-to-one" || relation.form === "reverse-one-to-one")) return true;
  }
  return entity.indexes.some((index) => index.unique && !index.partial && index.columns.length > 0 && index.columns.every((column) => column.field !== undefined && (exact.has(column.field) || exact.has(entity.fields.get(column.field)?.column ?? ""))));
}
