import type { FileChange, WorkspaceApi } from "#engine";
import type { Configuration } from "../config/options";
import { Configurations, mayConfigure } from "../config/configurations";
import type { HostNote } from "../host/file-system";
import { LineIndexes } from "../present/line-indexes";
import type { Environment } from "./environment";

export interface ConfigureOptions {
  /** False: configuration files are not read. */
  readonly config: boolean;
  /** False: findings that a baseline knows are reported, too. */
  readonly baseline: boolean;
  /** What the command line says wins over files. */
  readonly over: Partial<Configuration>;
  /** These rules and no others. */
  readonly only?: readonly string[];
}

/** Reads the configuration out of the files of a project and tells the engine; what is wrong with it is said at its line. */
export function configure(changes: readonly FileChange[], engine: WorkspaceApi, options: ConfigureOptions, { disk, rules }: Environment): { readonly configurations: Configurations; readonly notes: readonly HostNote[] } {
  const configurations = new Configurations(rules);
  configurations.setOver(options.over);
  if (options.only) configurations.setOnly(options.only);
  const notes: HostNote[] = [];
  const texts = new Map<string, string>();
  for (const { uri, text } of options.config ? changes : []) {
    if (text === undefined || !mayConfigure(uri)) continue;
    texts.set(uri, text);
    configurations.setFile(uri, text);
  }
  const lines = new LineIndexes((uri) => texts.get(uri));
  for (const [uri, problems] of configurations.problems()) {
    for (const { message, at } of problems) notes.push({ uri, message: `${at ? `line ${lines.range(uri, at).start.line + 1}: ` : ""}${message}` });
  }
  for (const uri of options.baseline ? configurations.baselineUris() : []) {
    const result = disk.read(uri);
    if (result.kind !== "text") notes.push({ uri, message: result.kind === "missing" ? "this baseline is not there; \"scale-hints baseline\" writes it" : `this baseline cannot be read: ${result.reason}` });
    else for (const message of configurations.setBaseline(uri, result.text)) notes.push({ uri, message: `this baseline cannot be used: ${message}` });
  }
  engine.setOptions(configurations.engineOptions());
  return { configurations, notes };
}
