import type { EngineOptions, Severity } from "#engine";
import { suggestion } from "./nearest";

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

/** `default` leaves the decision to the engine. */
export type SeverityOverride = Severity | "off" | "default";

export interface Settings {
  readonly enable: boolean;
  readonly inlayHints: boolean;
  readonly includeTests: boolean;
  readonly includeAssumed: boolean;
  readonly scope: DiagnosticScope;
  readonly disabledRules: readonly string[];
  readonly severities: ReadonlyMap<string, SeverityOverride>;
}

export const DEFAULT_SETTINGS: Settings = {
  enable: true,
  inlayHints: true,
  includeTests: false,
  includeAssumed: false,
  scope: "workspace",
  disabledRules: [],
  severities: new Map(),
};

const SEVERITIES: readonly SeverityOverride[] = ["default", "off", "hint", "information", "warning"];
const SECTIONS: readonly string[] = ["enable", "inlayHints", "rules", "includeTests", "includeAssumed", "diagnostics", "trace"];

/** The user's to fix, shown as it is. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** Reads the `scaleHints` section, whatever its shape; what is wrong is named and replaced by its default. */
export function readSettings(raw: unknown, rules: readonly RuleInfo[]): { readonly settings: Settings; readonly problems: readonly string[] } {
  const problems: string[] = [];
  const section = objectAt(raw, "scaleHints", problems);
  const ids = rules.map((rule) => rule.id);
  for (const key of Object.keys(section)) {
    if (!SECTIONS.includes(key)) problems.push(`scaleHints.${key} is not a setting${suggestion(key, SECTIONS)}`);
  }
  const inlayHints =
    typeof section.inlayHints === "boolean"
      ? section.inlayHints
      : booleanAt(objectAt(section.inlayHints, "scaleHints.inlayHints", problems), "enabled", "scaleHints.inlayHints.enabled", DEFAULT_SETTINGS.inlayHints, problems);
  const rulesSection = objectAt(section.rules, "scaleHints.rules", problems);
  const diagnostics = objectAt(section.diagnostics, "scaleHints.diagnostics", problems);
  const settings: Settings = {
    enable: booleanAt(section, "enable", "scaleHints.enable", DEFAULT_SETTINGS.enable, problems),
    inlayHints,
    includeTests: booleanAt(section, "includeTests", "scaleHints.includeTests", DEFAULT_SETTINGS.includeTests, problems),
    includeAssumed: booleanAt(section, "includeAssumed", "scaleHints.includeAssumed", DEFAULT_SETTINGS.includeAssumed, problems),
    scope: scopeAt(diagnostics.scope, problems),
    disabledRules: disabledRules(rulesSection.disabled, ids, problems),
    severities: severities(rulesSection.severity, ids, problems),
  };
  return { settings, problems };
}

/** What the engine is to look for under these settings. A severity given to a rule that is off by default turns it on. */
export function engineOptions(settings: Settings, rules: readonly RuleInfo[]): EngineOptions {
  const isOn = (rule: RuleInfo) => {
    if (settings.disabledRules.includes(rule.id)) return false;
    const severity = settings.severities.get(rule.id) ?? "default";
    return severity === "default" ? rule.enabledByDefault : severity !== "off";
  };
  const on = rules.filter(isOn).map((rule) => rule.id);
  const off = rules.filter((rule) => !isOn(rule)).map((rule) => rule.id);
  return { includeTests: settings.includeTests, includeAssumed: settings.includeAssumed, rules: on, disabledRules: off };
}

/** The severity to show a finding with. */
export function shownSeverity(finding: { readonly ruleId: string; readonly severity: Severity }, settings: Settings): Severity {
  const override = settings.severities.get(finding.ruleId);
  return override === undefined || override === "default" || override === "off" ? finding.severity : override;
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

function severities(value: unknown, ids: readonly string[], problems: string[]): ReadonlyMap<string, SeverityOverride> {
  const result = new Map<string, SeverityOverride>();
  for (const [id, severity] of Object.entries(objectAt(value, "scaleHints.rules.severity", problems))) {
    if (!isRule(id, "scaleHints.rules.severity", ids, problems)) continue;
    const known = SEVERITIES.find((candidate) => candidate === severity);
    if (known) result.set(id, known);
    else problems.push(`scaleHints.rules.severity of ${id} must be one of ${SEVERITIES.join(", ")}, not ${describe(severity)}`);
  }
  return result;
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
