import type { FileChange, Finding, WorkspaceApi } from "#engine";
import type { Configurations } from "../config/configurations";
import { ConfigError } from "../config/settings";
import type { HostNote } from "../host/file-system";
import type { Encoding } from "../host/text";
import { counted } from "../present/pretty";
import { configure, type ConfigureOptions } from "./configure";
import type { Environment } from "./environment";
import type { Progress } from "./progress";

const MOST_NOTES = 20;

/** The paths as URIs; every one of them must be there. */
export function resolvePaths(paths: readonly string[], { disk }: Environment): readonly string[] {
  return (paths.length > 0 ? paths : ["."]).map((path) => {
    const uri = disk.resolve(path);
    if (disk.kind(uri) === "missing") throw new ConfigError(`${path}: no such file or folder`);
    return uri;
  });
}

export interface ReadProject {
  readonly encodings: ReadonlyMap<string, Encoding>;
  readonly notes: HostNote[];
  readonly configurations: Configurations;
}

/** Reads everything below the folders into the engine, and what it is configured to report. `configured` is called when the engine has its options and no texts so far. */
export function readProject(folders: readonly string[], engine: WorkspaceApi, environment: Environment, progress: Progress, options: ConfigureOptions, configured: (configurations: Configurations) => void = () => {}): ReadProject {
  const { disk } = environment;
  const encodings = new Map<string, Encoding>();
  const notes: HostNote[] = [];
  const changes: FileChange[] = [];
  const seen = new Set<string>();
  const take = (uri: string) => {
    if (seen.has(uri)) return;
    seen.add(uri);
    const result = disk.read(uri);
    if (result.kind === "skipped") notes.push({ uri, message: `skipped: ${result.reason}` });
    if (result.kind !== "text") return;
    if (result.note) notes.push({ uri, message: result.note });
    encodings.set(uri, result.encoding);
    changes.push({ uri, text: result.text });
    progress.step("reading", changes.length);
  };
  for (const folder of folders) {
    // A path that was named is read even where git ignores it; one that was read with the project needs no second look.
    if (seen.has(folder)) continue;
    if (disk.kind(folder) === "file") {
      take(folder);
      continue;
    }
    for (const entry of disk.list(folder)) {
      if (entry.kind === "file") take(entry.uri);
      else if (!notes.some((note) => note.uri === entry.note.uri)) notes.push(entry.note);
    }
  }
  const { configurations, notes: wrong } = configure(changes, engine, options, environment);
  notes.push(...wrong);
  configured(configurations);
  for (let start = 0; start < changes.length; start += 64) {
    engine.apply(changes.slice(start, start + 64));
    progress.step("parsing", start, changes.length);
  }
  return { encodings, notes, configurations };
}

/** All findings that are configured to be reported, by file and position. */
export function reportedFindings(engine: WorkspaceApi, configurations: Configurations): readonly Finding[] {
  const byFile = new Map<string, Finding[]>();
  for (const finding of engine.allFindings()) {
    const inFile = byFile.get(finding.at.uri);
    if (inFile) inFile.push(finding);
    else byFile.set(finding.at.uri, [finding]);
  }
  return [...byFile.values()].flatMap((findings) => configurations.reported(findings));
}

/** Checks every file, with progress. */
export function checkEverything(engine: WorkspaceApi, progress: Progress): void {
  const dirty = engine.dirty();
  dirty.forEach((uri, index) => {
    engine.check(uri);
    progress.step("checking", index + 1, dirty.length);
  });
  engine.checkAll();
}

/** What a person should know beside the result, on the error output. */
export async function printNotes(notes: readonly HostNote[], pathOf: (uri: string) => string, { stderr }: Environment): Promise<void> {
  for (const { uri, message } of notes.slice(0, MOST_NOTES)) await stderr.write(`note: ${uri === undefined ? "" : `${pathOf(uri)}: `}${message}\n`);
  if (notes.length > MOST_NOTES) await stderr.write(`note: … and ${counted(notes.length - MOST_NOTES, "more note")}\n`);
}

/** https://no-color.org, and FORCE_COLOR as everybody has it. */
export function usesColour(options: { readonly color: boolean }, { stdout, variables }: Environment): boolean {
  if (!options.color || variables.NO_COLOR) return false;
  if (variables.FORCE_COLOR && variables.FORCE_COLOR !== "0") return true;
  return stdout.isTerminal && variables.TERM !== "dumb";
}
