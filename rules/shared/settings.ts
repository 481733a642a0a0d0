import type { Basis, DatabaseEngine, Deployment, Location, ProjectModel, SettingConstant, SettingEntry, SettingMapping, SettingValue } from "#engine";

/** A value below a setting; undefined when it is not there, or only on some ways through the settings. */
export function settingAt(deployment: Deployment, ...path: readonly string[]): SettingValue | undefined {
  const [name, ...keys] = path;
  let value = deployment.settings.get(name)?.value;
  for (const key of keys) {
    const entry: SettingEntry | undefined = value?.kind === "mapping" ? value.entries.get(key) : undefined;
    value = entry && !entry.maybe ? entry.value : undefined;
  }
  return value;
}

/** A constant below a setting. */
export function constantAt(deployment: Deployment, ...path: readonly string[]): SettingConstant | undefined {
  const value = settingAt(deployment, ...path);
  return value?.kind === "constant" ? value : undefined;
}

/** Whether it is certain that nothing sets this. */
export function isUnset(deployment: Deployment, ...path: readonly string[]): boolean {
  const [name, ...keys] = path;
  const setting = deployment.settings.get(name);
  if (!setting) return deployment.complete;
  let value: SettingValue = setting.value;
  for (const key of keys) {
    if (value.kind !== "mapping") return false;
    const entry = value.entries.get(key);
    if (!entry) return value.complete;
    if (entry.maybe) return false;
    value = entry.value;
  }
  return value.kind === "constant" && value.value === null && value.variable === undefined;
}

/** Whether a list has this string; "maybe" when not all of it can be read. */
export function lists(value: SettingValue | undefined, text: string): "yes" | "no" | "maybe" {
  if (value?.kind !== "list") return "maybe";
  if (value.items.some((item) => item.kind === "constant" && typeof item.value === "string" && (item.value === text || item.value.startsWith(`${text}.apps.`)))) return "yes";
  return value.complete && value.items.every((item) => item.kind === "constant") ? "no" : "maybe";
}

/** The string in a list that has this text in it, where it stands. */
export function itemWith(value: SettingValue | undefined, pattern: RegExp): SettingConstant | undefined {
  if (value?.kind !== "list") return undefined;
  return value.items.find((item): item is SettingConstant => item.kind === "constant" && typeof item.value === "string" && pattern.test(item.value));
}

/** The first of these names that is assigned, to point at what is not there. */
export function anchorOf(deployment: Deployment, ...names: readonly string[]): Location | undefined {
  for (const name of names) {
    const setting = deployment.settings.get(name);
    if (setting) return setting.at;
  }
  return undefined;
}

/** psycopg_pool keeps four connections per process unless told otherwise (`max_size` is `min_size`, which is 4). */
export const plainPoolSize = 4;

/** One of `DATABASES`. */
export interface DeployedDatabase {
  readonly alias: string;
  readonly value: SettingMapping;
  readonly engine: DatabaseEngine;
  /** Where a missing entry is reported: at its ENGINE, else at the call that gives it. */
  readonly at: Location;
  /** It comes from a URL that may say more than can be seen. */
  readonly basis: Basis;
}

/** The databases whose settings can be read, apart from what a URL adds. */
export function databasesOf(deployment: Deployment, project: ProjectModel): readonly DeployedDatabase[] {
  const all = settingAt(deployment, "DATABASES");
  if (all?.kind !== "mapping") return [];
  const databases: DeployedDatabase[] = [];
  for (const [alias, { value, maybe }] of all.entries) {
    if (value.kind !== "mapping" || maybe || (!value.complete && !value.call)) continue;
    const engine = value.entries.get("ENGINE");
    if (!engine || engine.maybe) continue;
    const isWritten = engine.form === "item" || engine.form === "keyword";
    const stated = engine.value.kind === "constant" && engine.value.variable === undefined ? engineOf(String(engine.value.value)) : undefined;
    // What the environment decides is what the rest of the project says it is.
    const guessed = stated ?? (alias === "default" && (engine.value.kind === "unknown" || engine.value.kind === "constant") ? project.engine : "unknown");
    databases.push({ alias, value, engine: guessed, at: isWritten ? engine.at : value.call ? { uri: value.call.uri, span: { start: value.call.expression.start, end: value.call.expression.end } } : value.at, basis: value.complete && stated !== undefined ? "resolved" : value.complete ? "resolved" : "inferred" });
  }
  return databases;
}

function engineOf(backend: string): DatabaseEngine {
  if (/postg/i.test(backend)) return "postgresql";
  if (/mysql|mariadb/i.test(backend)) return "mysql";
  if (/sqlite|spatialite/i.test(backend)) return "sqlite";
  return /oracle/i.test(backend) ? "oracle" : "unknown";
}

/** An entry of a database's settings that is written out, not implied by a URL. */
export function writtenEntry(value: SettingMapping, key: string): SettingEntry | undefined {
  const entry = value.entries.get(key);
  return entry && entry.form !== "implied" ? entry : undefined;
}

/** Whether the version of a package is known to be at least this. */
export function isAtLeast(version: readonly [number, number] | undefined, major: number, minor: number): boolean {
  return version !== undefined && (version[0] > major || (version[0] === major && version[1] >= minor));
}

/** Whether psycopg 3 is what the project runs on: `psycopg2` has another name. */
export function hasPsycopg3(project: ProjectModel): boolean {
  return ["psycopg", "psycopg-binary", "psycopg-c", "psycopg-pool"].some((name) => project.requires(name));
}

/** All names and strings in a value. */
export function textOf(value: SettingValue | undefined): string {
  switch (value?.kind) {
    case "constant":
      return String(value.value);
    case "list":
      return value.items.map(textOf).join(" ");
    case "mapping":
      return [...value.entries].map(([key, entry]) => `${key} ${textOf(entry.value)}`).join(" ");
    case "unknown":
      return value.mentions.join(" ");
    case undefined:
      return "";
  }
}

/** Where Redis is: the address that the environment gives, as most hosts have it. */
export function redisAddress(database: number): string {
  return `os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/${database}")`;
}
