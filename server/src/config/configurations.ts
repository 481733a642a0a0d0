import ignore, { type Ignore } from "ignore";
import type { EngineOptions, Finding, Severity } from "#engine";
import { readBaseline, type Baseline } from "./baseline";
import { isSureEnough, joinConfigurations, readConfiguration } from "./configuration";
import { folderOf, pathFrom, resolveFrom } from "./folders";
import { entryAt, readJson, readToml, type ConfigurationProblem, type Located } from "./located";
import { DEFAULT_CONFIGURATION, type Configuration } from "./options";
import { severityAtScale } from "./scale";
import type { RuleInfo } from "./settings";

/** The file of a folder that is read, in this order: `scale-hints.json`, then what says something among the manifests. */
const NAMES = ["scale-hints.json", "pyproject.toml", "package.json"] as const;
export const CONFIGURATION_FILE = NAMES[0];

/** The files of a folder that may hold a configuration. */
export function configurationFiles(folder: string): readonly string[] {
  return NAMES.map((name) => `${folder}/${name}`);
}

/** Whether a file may hold a configuration, by its name. */
export function mayConfigure(uri: string): boolean {
  return (NAMES as readonly string[]).includes(nameOf(uri));
}

interface ConfigurationFile {
  readonly uri: string;
  readonly folder: string;
  readonly configuration: Partial<Configuration>;
  readonly problems: readonly ConfigurationProblem[];
}

/** What applies to the files below one folder. */
interface Scope {
  readonly configuration: Configuration;
  /** The folder that patterns start at. */
  readonly folder: string;
  readonly include?: Ignore;
  readonly exclude: Ignore;
  readonly baselineUri?: string;
}

/**
 * All configurations of a project: the editor's settings, and over them the configuration file that is nearest above a file.
 * Nearest means the whole answer, as in other tools: two files are not joined.
 */
export class Configurations {
  private base: Configuration = DEFAULT_CONFIGURATION;
  private over: Partial<Configuration> = {};
  private onlyRules: ReadonlySet<string> | undefined;
  private readonly shown = new WeakMap<Finding, Finding>();
  private readonly files = new Map<string, ConfigurationFile>();
  private readonly baselines = new Map<string, Baseline>();
  private readonly scopes = new Map<string, Scope>();
  private readonly ruleIds: readonly string[];
  private readonly topics: ReadonlyMap<string, string>;

  constructor(private readonly rules: readonly RuleInfo[]) {
    this.ruleIds = rules.map(({ id }) => id);
    this.topics = new Map(rules.map(({ id, topic }) => [id, topic]));
  }

  /** What holds where no file says otherwise. */
  setBase(base: Configuration): void {
    this.base = base;
    this.scopes.clear();
  }

  /** What holds whatever any file says. */
  setOver(over: Partial<Configuration>): void {
    this.over = over;
    this.scopes.clear();
  }

  /** These rules and no others, whatever is configured. */
  setOnly(ruleIds: readonly string[]): void {
    this.onlyRules = new Set(ruleIds);
  }

  /** Takes in the text of a file that `mayConfigure`; undefined: it is gone. True when something is different now. */
  setFile(uri: string, text: string | undefined): boolean {
    const before = this.files.get(uri);
    const file = text === undefined ? undefined : this.read(uri, text);
    if (!before && !file) return false;
    if (file) this.files.set(uri, file);
    else this.files.delete(uri);
    this.scopes.clear();
    return true;
  }

  /** The configuration file that holds for a folder, if any. */
  fileFor(folder: string): string | undefined {
    return this.nearest(folder)?.uri;
  }

  /** The baselines that configurations name, to be read and handed to `setBaseline`. */
  baselineUris(): readonly string[] {
    return [...new Set([...this.files.values()].flatMap(({ folder, configuration: { baseline } }) => (baseline === undefined ? [] : [resolveFrom(folder, baseline)])))];
  }

  /** Gives what is wrong with it. */
  setBaseline(uri: string, text: string | undefined): readonly string[] {
    const { baseline, problems } = text === undefined ? { baseline: undefined, problems: [] } : readBaseline(text, folderOf(uri));
    if (baseline) this.baselines.set(uri, baseline);
    else this.baselines.delete(uri);
    return problems;
  }

  /** What is wrong with configuration files, by file. */
  problems(): ReadonlyMap<string, readonly ConfigurationProblem[]> {
    const result = new Map<string, readonly ConfigurationProblem[]>();
    for (const file of this.files.values()) {
      const winner = this.fileOfFolder(file.folder);
      const hidden: readonly ConfigurationProblem[] =
        winner && winner !== file ? [{ message: `this configuration is not read, because there is ${nameOf(winner.uri)} beside it`, at: { start: 0, end: 0 } }] : [];
      const problems = [...file.problems, ...hidden];
      if (problems.length > 0) result.set(file.uri, problems);
    }
    return result;
  }

  /** The configuration of a file or a folder. */
  of(uri: string): Configuration {
    return this.scopeOf(uri).configuration;
  }

  /** What the engine is to look for: whatever any of the configurations wants to know. */
  engineOptions(): EngineOptions {
    const all = [joinConfigurations(this.base, this.over), ...[...this.files.values()].map(({ folder }) => this.scopeOf(`${folder}/x`).configuration)];
    const on = this.rules.filter((rule) => all.some((each) => this.isOn(rule, each))).map(({ id }) => id);
    // One database and one settings module for all: those that lie highest.
    const first = <Key extends "database" | "settingsModule">(key: Key): Configuration[Key] =>
      [...[...this.files.values()].sort((a, b) => a.folder.length - b.folder.length).map(({ configuration }) => configuration[key]), this.base[key]].find((value) => value !== undefined) as Configuration[Key];
    const database = first("database");
    const settingsModule = first("settingsModule");
    return {
      includeTests: all.some(({ includeTests }) => includeTests),
      includeAssumed: all.some(({ minimumConfidence }) => minimumConfidence === "assumed"),
      rules: on,
      disabledRules: this.ruleIds.filter((id) => !on.includes(id)),
      ...(database !== undefined && { database }),
      ...(settingsModule !== undefined && { settingsModule }),
    };
  }

  /** Of the findings of one file, in their order, those to report, with the severities to show them with. */
  reported(findings: readonly Finding[]): readonly Finding[] {
    if (findings.length === 0) return findings;
    const scope = this.scopeOf(findings[0].at.uri);
    const wanted = findings.flatMap((finding) => {
      const severity = this.wants(finding, scope) ? this.severityOf(finding, scope.configuration) : undefined;
      return severity === undefined ? [] : [this.withSeverity(finding, severity)];
    });
    const baseline = scope.baselineUri === undefined ? undefined : this.baselines.get(scope.baselineUri);
    return baseline ? baseline.unknown(wanted) : wanted;
  }

  private wants(finding: Finding, { configuration, folder, include, exclude }: Scope): boolean {
    const rule = this.rules.find(({ id }) => id === finding.ruleId);
    if (rule && !this.isOn(rule, configuration)) return false;
    if (!isSureEnough(finding.confidence, configuration.minimumConfidence)) return false;
    if (finding.isTestCode && !configuration.includeTests) return false;
    const path = pathFrom(folder, finding.at.uri);
    return path === undefined || !(exclude.ignores(path) || (include && !include.ignores(path)));
  }

  /** Undefined: at the size that its table is declared to have, it costs nothing. */
  private severityOf(finding: Finding, configuration: Configuration): Severity | undefined {
    const override = configuration.rules.get(finding.ruleId);
    const atScale = severityAtScale(finding, this.topics.get(finding.ruleId), configuration);
    return atScale === undefined || override === undefined || override === "default" || override === "off" ? atScale : override;
  }

  /** The same object for the same answer: others keep what they know of a finding by it. */
  private withSeverity(finding: Finding, severity: Severity): Finding {
    if (finding.severity === severity) return finding;
    const known = this.shown.get(finding);
    if (known?.severity === severity) return known;
    const shown = { ...finding, severity };
    this.shown.set(finding, shown);
    return shown;
  }

  private isOn(rule: RuleInfo, { rules }: Configuration): boolean {
    if (this.onlyRules) return this.onlyRules.has(rule.id);
    const severity = rules.get(rule.id) ?? "default";
    return severity === "default" ? rule.enabledByDefault : severity !== "off";
  }

  private scopeOf(uri: string): Scope {
    const folder = folderOf(uri);
    const known = this.scopes.get(folder);
    if (known) return known;
    const file = this.nearest(folder);
    const configuration = joinConfigurations(joinConfigurations(this.base, file?.configuration ?? {}), this.over);
    const { include, exclude, baseline } = configuration;
    const scope: Scope = {
      configuration,
      folder: file?.folder ?? "",
      ...(include && { include: ignore().add([...include]) }),
      exclude: ignore().add([...exclude]),
      ...(file && baseline !== undefined && { baselineUri: resolveFrom(file.folder, baseline) }),
    };
    this.scopes.set(folder, scope);
    return scope;
  }

  private nearest(folder: string): ConfigurationFile | undefined {
    for (let current = folder; ; ) {
      const file = this.fileOfFolder(current);
      if (file) return file;
      const end = current.lastIndexOf("/");
      if (end <= "file://".length) return undefined;
      current = current.slice(0, end);
    }
  }

  private fileOfFolder(folder: string): ConfigurationFile | undefined {
    for (const name of NAMES) {
      const file = this.files.get(`${folder}/${name}`);
      if (file) return file;
    }
    return undefined;
  }

  /** Undefined: a manifest without a word about us. */
  private read(uri: string, text: string): ConfigurationFile | undefined {
    const name = nameOf(uri);
    const folder = folderOf(uri);
    if (name === "pyproject.toml") return this.readSection(uri, text.includes("scale-hints") ? readToml(text) : undefined, ["tool", "scale-hints"]);
    if (name === "package.json") return this.readSection(uri, text.includes("scaleHints") ? readJson(text) : undefined, ["scaleHints"]);
    const { root, problems } = readJson(text);
    if (!root) return { uri, folder, configuration: {}, problems: problems.length > 0 ? problems : [] };
    const read = readConfiguration(root, this.ruleIds, "");
    return { uri, folder, configuration: read.configuration, problems: [...problems, ...read.problems] };
  }

  private readSection(uri: string, text: { readonly root: Located | undefined; readonly problems: readonly ConfigurationProblem[] } | undefined, path: readonly string[]): ConfigurationFile | undefined {
    if (!text) return undefined;
    const section = entryAt(text.root, ...path);
    if (section) return { uri, folder: folderOf(uri), ...readConfiguration(section, this.ruleIds, path.join(".")) };
    // A manifest that is half typed is somebody else's to complain about, but what it says of us is not known.
    return text.root ? undefined : { uri, folder: folderOf(uri), configuration: {}, problems: text.problems };
  }
}

function nameOf(uri: string): string {
  return uri.slice(uri.lastIndexOf("/") + 1);
}
