import type { Basis } from "#engine";
import type { ConfigurationProblem, Located, LocatedEntry } from "./located";
import { plainValue } from "./located";
import { suggestion } from "./nearest";
import { OPTIONS, SEVERITIES, type Configuration, type OptionSpec, type SeverityOverride } from "./options";

export interface ReadConfiguration {
  /** What it says, and nothing that it does not say. */
  readonly configuration: Partial<Configuration>;
  readonly problems: readonly ConfigurationProblem[];
}

/** Words of a configuration file that are no options. */
const BESIDE: readonly string[] = ["$schema"];

/**
 * Reads the options that an object holds; what is wrong is named at its place and left out.
 * `section` is how the object is called where it stands (`tool.scale-hints`), "" in a file of its own.
 */
export function readConfiguration(node: Located, ruleIds: readonly string[], section: string): ReadConfiguration {
  const problems: ConfigurationProblem[] = [];
  const configuration: { -readonly [Key in keyof Configuration]?: unknown } = {};
  if (node.kind !== "object") {
    problems.push({ message: `${section || "the configuration"} must be an object, not ${describe(node)}`, at: node.at });
    return { configuration: {}, problems };
  }
  for (const entry of node.entries) {
    if (BESIDE.includes(entry.key)) continue;
    const option = OPTIONS.find(({ key }) => key === entry.key);
    if (!option) {
      problems.push({ message: `${nameOf(entry.key, section)} is not an option${suggestion(entry.key, OPTIONS.map(({ key }) => key))}`, at: entry.keyAt });
      continue;
    }
    const value = readOption(option, entry, nameOf(entry.key, section), ruleIds, problems);
    if (value !== undefined) configuration[option.key] = value;
  }
  return { configuration: configuration as Partial<Configuration>, problems };
}

/** The value of one option; undefined when it is not what it must be, or says nothing. */
export function readOption(option: OptionSpec, { value }: LocatedEntry, name: string, ruleIds: readonly string[], problems: ConfigurationProblem[]): unknown {
  const plain = value.kind === "scalar" ? value.value : undefined;
  if (value.kind === "scalar" && value.value === null) return undefined;
  const wrong = (what: string): undefined => {
    problems.push({ message: `${name} must be ${what}, not ${describe(value)}`, at: value.at });
    return undefined;
  };
  switch (option.is.type) {
    case "boolean":
      return typeof plain === "boolean" ? plain : wrong("true or false");
    case "string":
      return typeof plain === "string" && plain.trim() !== "" ? plain : wrong("a text");
    case "enum":
      return option.is.values.includes(plain as string) ? plain : wrong(`one of ${option.is.values.join(", ")}`);
    case "strings": {
      if (value.kind !== "list" || value.items.some((item) => item.kind !== "scalar" || typeof item.value !== "string")) return wrong("a list of patterns");
      const patterns = plainValue(value) as readonly string[];
      return option.key === "include" && patterns.length === 0 ? undefined : patterns;
    }
    case "rules":
      return value.kind === "object" ? readSeverities(value.entries, name, ruleIds, problems) : wrong("an object of rule ids and severities");
    case "rows":
      return value.kind === "object" ? readRows(value.entries, name, problems) : wrong("an object of names and numbers");
  }
}

function readSeverities(entries: readonly LocatedEntry[], name: string, ruleIds: readonly string[], problems: ConfigurationProblem[]): ReadonlyMap<string, SeverityOverride> {
  const result = new Map<string, SeverityOverride>();
  for (const { key, keyAt, value } of entries) {
    if (!ruleIds.includes(key)) {
      problems.push({ message: `${name}: there is no rule "${key}"${suggestion(key, ruleIds)}`, at: keyAt });
      continue;
    }
    const known = SEVERITIES.find((each) => value.kind === "scalar" && each === value.value);
    if (known) result.set(key, known);
    else problems.push({ message: `${name} of ${key} must be one of ${SEVERITIES.join(", ")}, not ${describe(value)}`, at: value.at });
  }
  return result;
}

function readRows(entries: readonly LocatedEntry[], name: string, problems: ConfigurationProblem[]): ReadonlyMap<string, number> {
  const result = new Map<string, number>();
  for (const { key, value } of entries) {
    // TOML's integers may be larger than JavaScript's.
    const rows = value.kind === "scalar" && typeof value.value === "bigint" ? Number(value.value) : value.kind === "scalar" ? value.value : undefined;
    if (typeof rows === "number" && Number.isInteger(rows) && rows >= 0) result.set(key.toLowerCase(), rows);
    else problems.push({ message: `${name} of ${key} must be a whole number of rows, not ${describe(value)}`, at: value.at });
  }
  return result;
}

/** `over` wins where it says something; rules and rows of both are known. */
export function joinConfigurations(base: Configuration, over: Partial<Configuration>): Configuration {
  return { ...base, ...over, rules: joinMaps(base.rules, over.rules), rows: joinMaps(base.rows, over.rows) };
}

function joinMaps<Value>(base: ReadonlyMap<string, Value>, over: ReadonlyMap<string, Value> | undefined): ReadonlyMap<string, Value> {
  return over && over.size > 0 ? new Map([...base, ...over]) : base;
}

/** From the surest to the least sure. */
const ORDER: readonly Basis[] = ["resolved", "inferred", "assumed"];

/** Whether something of this confidence is reported when at least `minimum` is asked for. */
export function isSureEnough(confidence: Basis, minimum: Basis): boolean {
  return ORDER.indexOf(confidence) <= ORDER.indexOf(minimum);
}

function nameOf(key: string, section: string): string {
  return section === "" ? key : `${section}.${key}`;
}

/** A value as a message shows it. */
export function describe(node: Located): string {
  const value = plainValue(node);
  const text = typeof value === "bigint" ? String(value) : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
