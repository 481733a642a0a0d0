import { capital } from "../../script/names";

/**
 * How Sequelize makes names: with the package `inflection` (source of sequelize 6, `src/utils.js`), of whose rules these are the ones that names of models meet.
 */
const UNCOUNTABLE = /(^|[a-z_])(equipment|information|money|species|series|fish|sheep|news|media|metadata|data|feedback|staff|software|hardware|history)$/i;

const IRREGULAR: readonly (readonly [string, string])[] = [
  ["person", "people"], ["child", "children"], ["man", "men"], ["datum", "data"], ["criterion", "criteria"], ["medium", "media"], ["index", "indices"], ["vertex", "vertices"], ["matrix", "matrices"], ["quiz", "quizzes"], ["move", "moves"],
];

const PLURALS: readonly (readonly [RegExp, string])[] = [
  [/(us)$/i, "$1es"], [/(ss|sh|ch|x|zz)$/i, "$1es"], [/s$/i, "s"], [/([^aeiouy]|qu)y$/i, "$1ies"], [/(?:([^f])fe|([lr])f)$/i, "$1$2ves"], [/(tomat|potat|her|ech)o$/i, "$1oes"], [/sis$/i, "ses"], [/$/, "s"],
];

const SINGULARS: readonly (readonly [RegExp, string])[] = [
  [/(us)es$/i, "$1"], [/(ss|sh|ch|x|zz)es$/i, "$1"], [/(ss|us|is)$/i, "$1"], [/([^aeiouy]|qu)ies$/i, "$1y"], [/movies$/i, "movie"], [/([lr])ves$/i, "$1f"], [/([^fo])ves$/i, "$1fe"], [/(tomat|potat|her|ech)oes$/i, "$1o"], [/((a)naly|(b)a|(d)iagno|(p)arenthe|(p)rogno|(s)ynop|(t)he)ses$/i, "$1sis"], [/(alias|status)(es)?$/i, "$1"], [/s$/i, ""],
];

export function pluralize(name: string): string {
  return inflect(name, PLURALS, IRREGULAR);
}

export function singularize(name: string): string {
  return inflect(name, SINGULARS, IRREGULAR.map(([one, many]) => [many, one]));
}

function inflect(name: string, rules: readonly (readonly [RegExp, string])[], irregular: readonly (readonly [string, string])[]): string {
  if (UNCOUNTABLE.test(name)) return name;
  for (const [from, to] of irregular) {
    if (name.toLowerCase().endsWith(to) && !to.endsWith(from)) return name;
    if (!new RegExp(`(^|[_a-z])${from}$`, "i").test(name)) continue;
    const start = name.length - from.length;
    return name.slice(0, start) + (name[start] === name[start].toUpperCase() ? capital(to) : to);
  }
  for (const [pattern, by] of rules) if (pattern.test(name)) return name.replace(pattern, by);
  return name;
}

/** `author_id` → `authorId`. */
export function camelize(name: string): string {
  return name.trim().replace(/[-_\s]+(.)?/g, (_match, next?: string) => next?.toUpperCase() ?? "");
}

/** `authorId` → `author_id`. */
export function underscore(name: string): string {
  return name.replace(/([A-Z\d]+)([A-Z][a-z])/g, "$1_$2").replace(/([a-z\d])([A-Z])/g, "$1_$2").replace(/-/g, "_").toLowerCase();
}
