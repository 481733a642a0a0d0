import { readOption } from "./configuration";
import { locatedValue, type ConfigurationProblem } from "./located";
import { suggestion } from "./nearest";
import { DEFAULT_CONFIGURATION, OPTIONS, type Configuration, type SeverityOverride } from "./options";

/** What the rest of the program needs to know about a rule; the rules themselves satisfy it. */
export interface RuleInfo {
  readonly id: string;
  readonly summary: string;
  readonly topic: string;
  readonly impact: string;
  readonly enabledByDefault: boolean;
}

/** Where findings are shown in an editor: everywhere in the workspace, or in open files only. */
export type DiagnosticScope = "workspace" | "openFiles";

/** What is said at the end of lines, each kind by itself. */
export const INLAY_KINDS = ["loops", "queries", "relations", "entryPoints"] as const;
export type InlayKind = (typeof INLAY_KINDS)[number];

/** The section `scaleHints` of an editor's settings: what only an editor asks, and the configuration where no file says otherwise. */
export interface Settings {
  readonly enable: boolean;
  /** The kinds that are shown. */
  readonly inlayHints: readonly InlayKind[];
  readonly codeLens: boolean;
  readonly scope: DiagnosticScope;
  readonly configuration: Configuration;
}

export const DEFAULT_SETTINGS: Settings = { enable: true, inlayHints: INLAY_KINDS, codeLens: true, scope: "workspace", configuration: DEFAULT_CONFIGURATION };

/** Options that stand in the section under their own name. */
const SHARED = OPTIONS.filter(({ key, fileOnly }) => !fileOnly && key !== "rules");
const SECTIONS: readonly string[] = ["web", "cacheFolder", "enable", "inlayHints", "codeLens", "rules", "includeAssumed", "diagnostics", "trace", ...SHARED.map(({ key }) => key)];

/** The user's to fix, shown as it is. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the `scaleHints` section, whatever its shape; what is wrong is named and replaced by its default. */
export function readSettings(raw: unknown, rules: readonly RuleInfo[]): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const section = objectAt(raw, "scaleHints", problems);
  for (const key of Object.keys(section)) {
    if (!SECTIONS.includes(key)) problems.push(`scaleHints.${key} is not a setting${suggestion(key, SECTIONS)}`);
  }
  const codeLens = objectAt(section.codeLens, "scaleHints.codeLens", problems);
  const diagnostics = objectAt(section.diagnostics, "scaleHints.diagnostics", problems);
  const settings: Settings = {
    enable: booleanAt(section, "enable", "scaleHints.enable", true, problems),
    inlayHints: inlayKinds(section.inlayHints, problems),
    codeLens: booleanAt(codeLens, "enabled", "scaleHints.codeLens.enabled", true, problems),
    scope: scopeAt(diagnostics.scope, problems),
    configuration: configurationIn(section, rules.map(({ id }) => id), problems),
  };
  return { settings, problems };
}

/** The options that editor and file have in common, as the section spells them. */
function configurationIn(section: Readonly<Record<string, unknown>>, ids: readonly string[], problems: string[]): Configuration {
  const found: ConfigurationProblem[] = [];
  const configuration: { -readonly [Key in keyof Configuration]?: unknown } = {};
  for (const option of SHARED) {
    if (section[option.key] === undefined) continue;
    const value = readOption(option, { key: option.key, value: locatedValue(section[option.key]) }, `scaleHints.${option.key}`, ids, found);
    if (value !== undefined) configuration[option.key] = value;
  }
  const rules = objectAt(section.rules, "scaleHints.rules", problems);
  const severity = rules.severity ?? {};
  const severities = readOption(OPTIONS.find(({ key }) => key === "rules")!, { key: "rules", value: locatedValue(severity) }, "scaleHints.rules.severity", ids, found) as ReadonlyMap<string, SeverityOverride> | undefined;
  // What these two said before there was another way to say it.
  const disabled = disabledRules(rules.disabled, ids, problems).map((id) => [id, "off"] as const);
  if (booleanAt(section, "includeAssumed", "scaleHints.includeAssumed", false, problems)) configuration.minimumConfidence = "assumed";
  problems.push(...found.map(({ message }) => message));
  return { ...DEFAULT_CONFIGURATION, ...(configuration as Partial<Configuration>), rules: new Map([...(severities ?? []), ...disabled]) };
}

/** `true` and `false` for all kinds; an object for each by itself. */
function inlayKinds(raw: unknown, problems: string[]): readonly InlayKind[] {
  if (typeof raw === "boolean") return raw ? INLAY_KINDS : [];
  const section = objectAt(raw, "scaleHints.inlayHints", problems);
  const isOn = (key: string): boolean => booleanAt(section, key, `scaleHints.inlayHints.${key}`, true, problems);
  return isOn("enabled") ? INLAY_KINDS.filter(isOn) : [];
}

function objectAt(value: unknown, name: string, problems: string[]): Readonly<Record<string, unknown>> {
  if (value === undefined || value === null) return {};
  if (typeof value === "object" && !Array.isArray(value)) return value as Record<string, unknown>;
  problems.push(`${name} must be an object, not ${describe(value)}`);
  return {};
}

function booleanAt(section: Readonly<Record<string, unknown>>, key: string, name: string, otherwise: boolean, problems: string[]): boolean {
  const value = section[key];
  if (typeof value === "boolean") return value;
  if (value !== undefined && value !== null) problems.push(`${name} must be true or false, not ${describe(value)}; ${otherwise} is used`);
  return otherwise;
}

function scopeAt(value: unknown, problems: string[]): DiagnosticScope {
  if (value === "workspace" || value === "openFiles") return value;
  if (value !== undefined && value !== null) {
    problems.push(`scaleHints.diagnostics.scope must be "workspace" or "openFiles", not ${describe(value)}; "${DEFAULT_SETTINGS.scope}" is used`);
  }
  return DEFAULT_SETTINGS.scope;
}

function disabledRules(value: unknown, ids: readonly string[], problems: string[]): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.push(`scaleHints.rules.disabled must be a list of rule ids, not ${describe(value)}`);
    return [];
  }
  return value.filter((id): id is string => isRule(id, "scaleHints.rules.disabled", ids, problems));
}

function isRule(id: unknown, name: string, ids: readonly string[], problems: string[]): boolean {
  if (typeof id === "string" && ids.includes(id)) return true;
  problems.push(`${name}: there is no rule ${describe(id)}${typeof id === "string" ? suggestion(id, ids) : ""}`);
  return false;
}

function describe(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? text.slice(0, 57) + "..." : text;
}
