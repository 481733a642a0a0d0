import { contains, defineRule, type Entity, type ProjectModel, type Relation } from "#engine";
import { isSmall } from "../../shared/queries";

/** The declaration of a relation loads it with every find: nobody who finds rows is asked. */
export default defineRule({
  id: "always-eager-relation",
  summary: "A relation that every find loads",
  impact: "medium",
  frameworks: ["typeorm"],
  messages: {
    many: {
      what: "every `{relation}` comes along whenever a `{entity}` is found",
      why: "each find joins them, and each `{entity}` comes once for every one of them",
      instead: "load them where they are read, and not with the declaration",
    },
    chain: {
      what: "`{relation}` and what it loads itself, {further}, come along whenever a `{entity}` is found",
      why: "each find joins {count} tables, whoever asks",
      instead: "load them where they are read, and not with the declaration",
    },
  },
  check: {
    entity(entity, { project, report }) {
      if (entity.abstract || entity.proxyOf !== undefined) return;
      for (const relation of entity.relations.values()) {
        if (!relation.eager || relation.owner !== entity.key || !relation.declaredAt || !isDeclaredHere(relation, entity)) continue;
        const target = relation.target === undefined ? undefined : project.entity(relation.target);
        if (!target) continue;
        const values = { relation: relation.name, entity: entity.name };
        if (relation.cardinality === "many") {
          if (!isSmall(target) && !isText(target.name)) report("many", { at: relation.declaredAt, values, hint: "with every find" });
          continue;
        }
        const further = furtherLoads(target, project, new Set([entity.key]));
        // One joined row more is not worth a word.
        if (further.length < 2 && !further.some(({ cardinality }) => cardinality === "many")) continue;
        report("chain", { at: relation.declaredAt, values: { ...values, further: inWords(further.map(({ name }) => name)), count: further.length + 1 }, hint: "with every find" });
      }
    },
  },
});

/** A base class that several entities share speaks of none of them. */
function isDeclaredHere({ declaredAt }: Relation, { class: ref }: Entity): boolean {
  return ref === undefined || (declaredAt !== undefined && ref.uri === declaredAt.uri && contains(ref.declaration, declaredAt.span));
}

/** Eager relations of the entity that an eager one leads to, in turn. */
function furtherLoads(entity: Entity, project: ProjectModel, seen: Set<string>): readonly Relation[] {
  if (seen.has(entity.key)) return [];
  seen.add(entity.key);
  return [...entity.relations.values()].flatMap((relation) => {
    const target = relation.eager && relation.target !== undefined ? project.entity(relation.target) : undefined;
    return target && !(relation.cardinality === "many" && isText(target.name)) ? [relation, ...furtherLoads(target, project, seen)] : [];
  });
}

function inWords(names: readonly string[]): string {
  const quoted = names.map((name) => `\`${name}\``);
  return quoted.length < 2 ? quoted.join("") : `${quoted.slice(0, -1).join(", ")} and ${quoted[quoted.length - 1]}`;
}

/** One row per language. */
function isText(name: string): boolean {
  return /(Translation|Localization|I18n)s?$/i.test(name);
}
