import { defineRule, type Entity, type Load, type ProjectModel, type Query, type Relation } from "#engine";
import { isOnRequestPath, isSmall, offered } from "../../shared/queries";
import { tableOf } from "../../shared/indexes";

/** At most this many parents or related rows are few. */
const FEW_ROWS = 5;

/** Related rows that go on growing are loaded whole with every row of a list. */
export default defineRule({
  id: "unbounded-nested-include",
  summary: "Related rows loaded without a limit of their own",
  impact: "medium",
  frameworks: ["prisma", "drizzle"],
  outsideRequests: false,
  messages: {
    whole: {
      what: "all `{target}` of every `{entity}` are loaded along",
      why: "a page of few rows brings whatever has come together behind them, and that grows with time",
      instead: "{limited}",
    },
  },
  check: {
    queryRun(run, { project, rewriter, vocabulary, report }) {
      const { query } = run;
      if (!run.sends || !isOnRequestPath(run, project)) return;
      const isFew = query.atMostOne || (query.bound.kind === "rows" && query.bound.rows <= FEW_ROWS);
      const entity = tableOf(query.entity, project);
      if (!entity) return;
      for (const load of query.loads.values()) {
        const relation = relationAt(query, load, project);
        const owner = relation && project.entity(relation.owner);
        const target = relation && goesOnGrowing(relation, project);
        if (!relation || !owner || !target || isLimited(load)) continue;
        // Of one row the related ones are what is asked for; those of each of its own related rows are a list's again.
        if (isFew && !isOfMany(query, load, project)) continue;
        report("whole", {
          at: load.at,
          values: { entity: owner.name, target: target.name, limited: vocabulary(query.orm).limitRelated(relation.name) },
          related: relation.declaredAt ? [{ at: relation.declaredAt, message: `\`${relation.name}\` is declared here` }] : [],
          fixes: offered(rewriter(query.orm).limitLoad(load, 20, project)),
          hint: "no limit",
          about: query,
          basis: query.basis,
        });
      }
    },
  },
});

/** Whether an earlier hop of the path leads to many rows, all of which come. */
function isOfMany(query: Query, { path }: Load, project: ProjectModel): boolean {
  const hops = path.split("__");
  return hops.slice(0, -1).some((_, index) => {
    const before = query.loads.get(hops.slice(0, index + 1).join("__"));
    return before !== undefined && relationAt(query, before, project)?.cardinality === "many" && before.query?.bound.kind !== "rows" && before.query?.bound.kind !== "page";
  });
}

/** The relation at the end of a load's path. */
function relationAt(query: Query, { path }: Load, project: ProjectModel): Relation | undefined {
  let entity: string | undefined = query.entity;
  let relation: Relation | undefined;
  for (const hop of path.split("__")) {
    relation = entity === undefined ? undefined : project.relation(entity, hop);
    entity = relation?.target;
  }
  return relation;
}

/** A limit, or conditions that pick some of them. */
function isLimited({ query }: Load): boolean {
  return query !== undefined && (query.bound.kind !== "none" || query.uncertain || query.lookups.length > 0);
}

const cameAbout = /^(created|inserted|added|sent|posted|received|logged|occurred|happened|recorded|published|viewed|visited|clicked|opened|downloaded|submitted|timestamp|date|at$|time$)/i;

/** Names of rows that come about again and again. Every other table has a `createdAt` as well: versions, images, settings of one row are few. */
const keepsComing =
  /(^|[a-z_])(message|comment|repl(y|ie)|post|review|rating|reaction|vote|event|log|audit|activit(y|ie)|histor(y|ie)|order|purchase|payment|transaction|invoice|transfer|notification|alert|email|mail|response|submission|answer|visit|view|click|impression|session|login|request|call|job|run|execution|deliver(y|ie)|webhook|attempt|measurement|reading|sample|metric|booking|reservation|appointment|ticket|entr(y|ie)|record|download|upload|usage)e?s?$/i;

/** Rows of a kind that is kept for ever, as far as names and columns tell: they say when they came about, and are no mere links between others. */
function goesOnGrowing(relation: Relation, project: ProjectModel): Entity | undefined {
  if (relation.cardinality !== "many" || relation.form !== "reverse-foreign-key" || relation.target === undefined) return undefined;
  const target = tableOf(relation.target, project);
  if (!target || target.key === relation.owner || target.incomplete || target.primaryKey === "") return undefined;
  const fields = [...target.fields.values()];
  const isDated = fields.some((field) => field.holds === "datetime" && cameAbout.test(field.name));
  // A mail that was sent is one of many; an address to send from is not.
  const isAddress = /mails?$/i.test(target.name) && !fields.some((field) => /^(subject|body|content|text|html|sent|received|delivered|opened)/i.test(field.name));
  return isDated && !isAddress && keepsComing.test(target.name) && !isLink(target) && !isArranged(target) && !isSmall(target) ? target : undefined;
}

/** Somebody puts the rows in order one by one, so they are few. */
function isArranged(target: Entity): boolean {
  return [...target.fields.values()].some((field) => field.holds === "integer" && /^(\w*_)?(order|position|rank|weight|sequence|sort|ordering)$|(Order|Position|Rank|Weight|Sort)$/.test(field.name));
}

/** Little but keys of others: there are as many as somebody chose. */
function isLink(target: Entity): boolean {
  const keys = [...target.relations.values()].filter((relation) => relation.column !== undefined).length;
  const others = [...target.fields.values()].filter((field) => !field.primaryKey && field.holds !== "datetime" && ![...target.relations.values()].some((relation) => relation.column === field.name));
  return keys >= 2 && others.length <= 1;
}

