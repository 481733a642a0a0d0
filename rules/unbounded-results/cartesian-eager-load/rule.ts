import { defineRule, type DataAccessEvent, type Load, type ProjectModel, type Query, type QueryRun, type Relation } from "#engine";
import { inWords } from "../../shared/indexes";
import { isSmall, offered, originNote } from "../../shared/queries";

/** Two to-many relations joined in one statement: each row comes once for every pair of theirs. */
export default defineRule({
  id: "cartesian-eager-load",
  summary: "To-many relations that are joined multiply each other",
  impact: "high",
  frameworks: ["typeorm", "sequelize", "mikroorm"],
  messages: {
    multiplied: {
      what: "`{first}` and `{second}` are joined in one statement{more}",
      why: "each `{entity}` comes once for every pair of them: 30 of one and 40 of the other would be 1,200 rows",
      instead: "{advice}",
    },
  },
  check: {
    // A query that is built step by step is looked at as it is sent.
    bodyDone(body, { project, rewriter, vocabulary, report }) {
      const reported = new Set<Load>();
      for (const run of body.events) {
        if (!isSentForRows(run)) continue;
        const { query } = run;
        const found = multiplying(query, project);
        if (!found || reported.has(found.pair[1])) continue;
        const { pair: [first, second], others } = found;
        reported.add(second);
        const mayBeApart = mayLeave(second, query);
        const path = vocabulary(query.orm).path;
        const entity = project.entity(query.entity);
        report("multiplied", {
          at: second.at,
          values: { first: path(first.path), second: path(second.path), more: others.length > 0 ? `, ${inWords(others.map((each) => path(each.path)))} as well` : "", entity: entity?.name ?? query.entity, advice: mayBeApart ? vocabulary(query.orm).separately(path(second.path)) : "load one of them in a query of its own behind this one" },
          related: [{ at: first.at, message: `\`${path(first.path)}\` is joined here` }, ...originNote(query, second.at)],
          fixes: offered(rewriter(query.orm).loadSeparately(query, project)),
          hint: "rows multiply",
          about: query,
          basis: query.basis,
          // Of one row or a few there is a limit to what comes.
          lower: (query.atMostOne || (query.bound.kind === "rows" && query.bound.rows <= 5) ? 1 : 0) + (mayBeApart ? 0 : 1),
        });
      }
    },
  },
});

function isSentForRows(event: DataAccessEvent): event is QueryRun {
  return event.kind === "queryRun" && event.sends && event.how !== "count" && event.how !== "exists" && event.how !== "aggregate" && event.query.shape === "instances";
}

/** Both lead through one column, each to a table of its own (`belongsTo(Book)` and `belongsTo(Podcast)` by `mediaId`), or through two that may be empty: a row has rows behind one of them. */
function areAlternatives(one: string, other: string, start: string, project: ProjectModel): boolean {
  const [hops, others] = [one.split("__"), other.split("__")];
  const apart = hops.findIndex((hop, i) => hop !== others[i]);
  let entity: string | undefined = start;
  for (const hop of hops.slice(0, apart)) entity = entity === undefined ? undefined : project.relation(entity, hop)?.target;
  const [first, second] = [hops[apart], others[apart]].map((hop) => (entity === undefined || hop === undefined ? undefined : project.relation(entity, hop)));
  if (first?.column !== undefined && first.column === second?.column && first.target !== second.target) return true;
  return isOptional(first) && isOptional(second);
}

/** `episode` and `mediaRef`, either of which may be null: mostly a row has one of them. */
function isOptional(relation: Relation | undefined): boolean {
  return relation !== undefined && relation.cardinality === "one" && relation.column !== undefined && relation.nullable;
}

/** Whether the ORM can take a load out of the statement: nothing on the way to it is bound to stay. */
function mayLeave({ path }: Load, { loads }: Query): boolean {
  return ![...loads.values()].some((each) => each.stays && (each.path === path || path.startsWith(`${each.path}__`)));
}

/** Two joined to-many relations neither of which lies on the way to the other, as the code names them; the second one can be loaded apart, if one of them can. `others`: what is joined besides. */
function multiplying(query: Query, project: ProjectModel): { readonly pair: readonly [Load, Load]; readonly others: readonly Load[] } | undefined {
  const many: { readonly load: Load; readonly branch: string }[] = [];
  for (const load of query.loads.values()) {
    // What a declaration loads is no choice of this query.
    if (load.by !== "join" || load.declared || isPicked(load) || isPickedBy(query, load)) continue;
    const branch = lastMany(query.entity, load.path, project);
    // What hangs on a row of a few is as few: `addresses`, of which a condition picks the latest, and `addresses.city`.
    if (branch !== undefined && [...query.loads.values()].some((each) => each.path === branch && (isPicked(each) || isPickedBy(query, each)))) continue;
    if (branch !== undefined && !many.some((other) => other.branch === branch)) many.push({ load, branch });
  }
  const pairs = many.flatMap((first, i) => many.slice(i + 1).flatMap((second) => (isOnTheWay(first.branch, second.branch) || isOnTheWay(second.branch, first.branch) || areAlternatives(first.branch, second.branch, query.entity, project) ? [] : [[first.load, second.load] as const])));
  const apart = pairs.find(([, second]) => mayLeave(second, query)) ?? pairs.find(([first]) => mayLeave(first, query))?.toReversed();
  const pair = (apart as readonly [Load, Load] | undefined) ?? pairs[0];
  return pair && { pair, others: many.flatMap(({ load }) => (pair.includes(load) ? [] : [load])) };
}

/** Joined with conditions of its own, `views` of one user: few of each. */
function isPicked({ query }: Load): boolean {
  return query !== undefined && (query.uncertain || query.bound.kind !== "none" || query.lookups.length > 0);
}

/** `WHERE address.network = :network`, in an alternative as well: a condition on the joined rows picks a few of them, and loaded apart they would be others. */
function isPickedBy({ lookups }: Query, { path }: Load): boolean {
  return lookups.some((each) => each.path.length > 1 && each.path.slice(0, -1).join("__") === path && each.lookup === "exact" && !each.negated && !each.optional && each.constant === undefined);
}

function isOnTheWay(branch: string, other: string): boolean {
  return other.startsWith(`${branch}__`);
}

/** The path up to its last to-many relation; undefined where it has none that may grow. */
function lastMany(start: string, path: string, project: ProjectModel): string | undefined {
  let entity: string | undefined = start;
  let found: string | undefined;
  const hops = path.split("__");
  for (const [i, hop] of hops.entries()) {
    const relation: Relation | undefined = entity === undefined ? undefined : project.relation(entity, hop);
    if (!relation) return undefined;
    const target = relation.target === undefined ? undefined : project.entity(relation.target);
    if (relation.cardinality === "many" && target && !isSmall(target) && !isText(target.name)) found = hops.slice(0, i + 1).join("__");
    entity = relation.target;
  }
  return found;
}

/** One row per language. */
function isText(name: string): boolean {
  return /(Translation|Localization|I18n)s?$/i.test(name);
}
