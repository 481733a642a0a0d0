import type { Entity, EntityUsage, ProjectModel } from "#engine";
import { growsWithUsers } from "./queries";

/** Who makes a table grow: "anyone" who uses the application, those who run it, "unknown" when no code shows it, "nobody" when rows come from seeds and migrations alone, or the code names each of them. */
export type GrownBy = "anyone" | "administrators" | "unknown" | "nobody";

/** What the application's code says of the growth of a table. */
export function grownBy(entity: Entity, usage: (entity: string) => EntityUsage, project: ProjectModel): GrownBy {
  if (isSettings(entity)) return "nobody";
  const own = usage(entity.key).inserts;
  const inserts = own.length > 0 ? own : heirsOf(entity, project).flatMap((key) => usage(key).inserts);
  if (inserts.some(({ by }) => by === "anyone")) return "anyone";
  // Libraries register users: no code of the application shows it.
  if (growsWithUsers(entity.key, project) || isAccount(entity)) return "anyone";
  if (inserts.length > 0 && inserts.every(({ by }) => by === "nobody")) return "nobody";
  if (inserts.length > 0) return inserts.some(({ by }) => by === "unknown") ? "unknown" : "administrators";
  return entity.insertedByFramework || !usage("").addsRows ? "unknown" : "nobody";
}

/** Rows come from administrators alone, from seeds and migrations, or the code names them: as many as people make by hand. */
export function isKept(by: GrownBy): boolean {
  return by === "administrators" || by === "nobody";
}

/** Tables that share this one's rows: proxies, children of a parent with a table of its own. */
function heirsOf({ key }: Entity, project: ProjectModel): readonly string[] {
  return [...project.entities.values()].flatMap((each) => (each.proxyOf === key || each.parents.includes(key) ? [each.key] : []));
}

function isAccount({ name, fields }: Entity): boolean {
  return /^(app_?)?(users?|customers?|members?)$/i.test(name) && [...fields.values()].some((field) => /^(e_?mail|password|user_?name|login)/i.test(field.name));
}

/**
 * Refers to no other table and is no account: more often than not a list that somebody keeps (templates, courses, banners, the customers of an installation), however the code adds
 * to it. Of 67 such tables in the drawn findings 12 were seen to grow with use, of 60 that refer to others 25.
 */
export function standsAlone(entity: Entity, project: ProjectModel): boolean {
  if (isAccount(entity) || growsWithUsers(entity.key, project)) return false;
  return ![...entity.relations.values()].some(({ owner, cardinality, column, target }) => owner === entity.key && cardinality === "one" && column !== undefined && target !== entity.key);
}

/** Keys and their values: as many rows as the code has names for. */
export function isSettings({ fields, relations }: Entity): boolean {
  const columns = [...fields.values()];
  const key = columns.find((field) => field.primaryKey || field.unique);
  return columns.length <= 6 && [...relations.values()].every((relation) => relation.column === undefined)
    && key !== undefined && columns.some((field) => /^(meta_?)?(key|name|code|setting)$/i.test(field.name) && (field.primaryKey || field.unique)) && columns.some((field) => /^((json|meta)_?)?value$/i.test(field.name));
}

/** A few for each customer of the application, set up by people: what they sign in with, what they connect, the customers themselves. */
export function isFewForEach({ name }: Entity): boolean {
  return /(Provider|LoginMethod|Credential|Webhook|WebhookSubscription|Integration|ApiKey|ApiToken|PersonalAccessToken|Domain|Organi[sz]ation|Workspace|Tenant|Company)(Model|Entity|Table)?s?$/i.test(name.replace(/_/g, ""));
}
