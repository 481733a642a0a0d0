import type { Finding, Fix, Severity, WorkspaceApi } from "#engine";
import type { Configurations } from "../config/configurations";
import type { Configuration } from "../config/options";
import { ConfigError } from "../config/settings";
import { suggestion } from "../config/nearest";
import { combineFixes, type CombinedFixes } from "../fixes/combine";
import { HostError, type HostNote } from "../host/file-system";
import type { Encoding } from "../host/text";
import { isInside, relativePath } from "../host/uri";
import { blindSpot } from "../present/blind-spot";
import { toJson } from "../present/json";
import { LineIndexes } from "../present/line-indexes";
import { counted, prettyFile, prettySummary } from "../present/pretty";
import { styleFor, type Style } from "../present/style";
import { Cache } from "./cache";
import type { Environment } from "./environment";
import { Progress } from "./progress";
import { checkEverything, printNotes, readProject, reportedFindings, resolvePaths, usesColour } from "./project";
import { projectRoot } from "../host/project-root";

export interface CheckOptions {
  readonly format: "pretty" | "json";
  readonly rule: readonly string[];
  readonly minSeverity: Severity;
  readonly fix: boolean;
  readonly unsafe: boolean;
  readonly includeTests: boolean;
  readonly includeAssumed: boolean;
  readonly color: boolean;
  readonly progress: boolean;
  /** False: configuration files are not read. */
  readonly config: boolean;
  /** False: findings that a baseline knows are reported, too. */
  readonly baseline: boolean;
  /** A folder that keeps what is found out of files, so that the next check looks at what has changed. */
  readonly cache?: string;
  /** False: the fixes of the findings are not worked out, which is quicker. */
  readonly fixes: boolean;
}

export const EXIT = { clean: 0, findings: 1, failed: 2 } as const;

const RANK: Readonly<Record<Severity, number>> = { hint: 0, information: 1, warning: 2 };

/** Checks paths and prints what was found; gives the exit code. */
export async function check(paths: readonly string[], options: CheckOptions, environment: Environment): Promise<number> {
  const { disk, stderr } = environment;
  const targets = resolvePaths(paths, environment);
  const only = selectRules(options.rule, environment);
  const progress = new Progress(stderr, options.progress && stderr.isTerminal);
  const engine = await environment.createEngine();
  const root = projectRoot(targets, disk);
  engine.setFolders([root]);
  const over: Partial<Configuration> = { ...(options.includeTests && { includeTests: true }), ...(options.includeAssumed && { minimumConfidence: "assumed" }) };
  const cacheNotes: HostNote[] = [];
  const cache = options.cache === undefined ? undefined : await Cache.open(environment.keeper(options.cache), cacheNotes);
  const resume = (configurations: Configurations): void => cache?.resume(engine, configurations.engineOptions(), [root]);
  const { encodings, notes, configurations } = readProject([root, ...targets], engine, environment, progress, { config: options.config, baseline: options.baseline, over, only }, resume);

  const isTarget = (uri: string) => targets.some((target) => isInside(uri, target));
  const isShown = (finding: Finding) => isTarget(finding.at.uri) && RANK[finding.severity] >= RANK[options.minSeverity];
  const code = [...encodings.keys()].filter((uri) => engine.has(uri));
  for (const target of paths.length > 0 ? targets : []) {
    if (!code.some((uri) => isInside(uri, target)) && !notes.some(({ uri }) => uri === target)) notes.push({ uri: target, message: "no Python, TypeScript or JavaScript file and no template here" });
  }
  checkEverything(engine, progress);

  let failed = false;
  let applied: CombinedFixes | undefined;
  if (options.fix) {
    progress.step("fixing", 0);
    applied = combineFixes(engine, {
      wants: ({ key, at }) => isTarget(at.uri) && configurations.reported(engine.findings(at.uri)).some((finding) => finding.key === key && isShown(finding)),
      safeties: options.unsafe ? ["safe", "review"] : ["safe"],
      // A file that is not there yet is one of ours.
      mayEdit: (uri) => isTarget(uri) && (encodings.get(uri)?.lossy === false || (!encodings.has(uri) && !engine.has(uri))),
    });
    failed = !writeFixed(applied, engine, encodings, notes, environment);
    checkEverything(engine, progress);
  }

  await cache?.keep(engine);
  notes.push(...cacheNotes);
  const findings = reportedFindings(engine, configurations).filter(isShown);
  const fixesOf = fixLookup(engine, options, findings.length, progress);
  const style = styleFor(usesColour(options, environment));
  const context = { lines: new LineIndexes((uri) => engine.text(uri)), fixesOf, pathOf: (uri: string) => relativePath(disk.workingFolder, uri) };
  if (options.format === "json") await printJson(findings, engine, context, environment);
  else await printPretty(findings, engine, { ...context, style, columns: environment.stdout.columns }, environment, progress);
  progress.clear();
  if (applied) await (options.format === "json" ? stderr : environment.stdout).write(describeFixed(applied, context.pathOf, style));
  await printNotes([...notes, ...engine.notes()], context.pathOf, environment);
  // What is about no file is about us: "nothing found" would not be the truth.
  if (failed || engine.notes().some(({ uri }) => uri === undefined)) return EXIT.failed;
  return findings.length > 0 ? EXIT.findings : EXIT.clean;
}

const NEW_FILE: Encoding = { byteOrderMark: false, charset: "utf-8", lossy: false };

function selectRules(ids: readonly string[], { rules }: Environment): readonly string[] | undefined {
  if (ids.length === 0) return undefined;
  const known = rules.map(({ id }) => id);
  for (const id of ids) {
    if (!known.includes(id)) throw new ConfigError(`there is no rule "${id}"${suggestion(id, known)} ("scale-hints rules" lists them)`);
  }
  return ids;
}

function fixLookup(engine: WorkspaceApi, options: CheckOptions, total: number, progress: Progress): (finding: Finding) => readonly Fix[] {
  let done = 0;
  return (finding) => {
    if (!options.fixes) return [];
    progress.step("working out fixes", ++done, total);
    return finding.proposals.length === 0 ? [] : engine.fixes(finding);
  };
}

/** Writes the changed files; false when one could not be. */
function writeFixed(
  { edits }: CombinedFixes,
  engine: WorkspaceApi,
  encodings: ReadonlyMap<string, Encoding>,
  notes: HostNote[],
  { disk }: Environment,
): boolean {
  let isComplete = true;
  for (const { uri } of edits) {
    try {
      disk.write(uri, engine.text(uri)!, encodings.get(uri) ?? NEW_FILE);
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      notes.push({ uri, message: error.message });
      isComplete = false;
    }
  }
  return isComplete;
}

function describeFixed({ edits, fixed }: CombinedFixes, pathOf: (uri: string) => string, style: Style): string {
  if (fixed.length === 0) return "Nothing could be fixed automatically.\n";
  const lines = fixed.map(({ finding, fix }) => `  ${pathOf(finding.at.uri)}: ${fix.title} ${style.dim(`(${finding.ruleId})`)}`);
  return `${style.green(`Fixed ${counted(fixed.length, "problem")}`)} in ${counted(edits.length, "file")}:\n${lines.join("\n")}\n`;
}

async function printJson(findings: readonly Finding[], engine: WorkspaceApi, context: Parameters<typeof toJson>[2], { stdout }: Environment): Promise<void> {
  const understood = engine.understood();
  // One finding at a time: a report may be larger than one string should be.
  await stdout.write(`{"version":1,"findings":[`);
  for (const [index, finding] of findings.entries()) {
    const [entry] = toJson([finding], understood, context).findings;
    await stdout.write(`${index === 0 ? "" : ","}\n${JSON.stringify(entry)}`);
  }
  await stdout.write(`${findings.length > 0 ? "\n" : ""}],"understood":${JSON.stringify(toJson([], understood, context).understood)}}\n`);
}

async function printPretty(
  findings: readonly Finding[],
  engine: WorkspaceApi,
  context: Parameters<typeof prettyFile>[2],
  { stdout }: Environment,
  progress: Progress,
): Promise<void> {
  const byFile = new Map<string, Finding[]>();
  for (const finding of findings) {
    const inFile = byFile.get(finding.at.uri);
    if (inFile) inFile.push(finding);
    else byFile.set(finding.at.uri, [finding]);
  }
  for (const [uri, inFile] of byFile) {
    const text = prettyFile(uri, inFile, context);
    progress.clear();
    await stdout.write(text);
  }
  progress.clear();
  const understood = engine.understood();
  await stdout.write(prettySummary(findings, understood, context.style, blindSpot(understood, () => engine.landscape())));
}
