import { ConfigError, DEFAULT_SETTINGS, engineOptions } from "../config/settings";
import { isInside, relativePath } from "../host/uri";
import { costsToJson, prettyCosts, type CostNumbers } from "../present/cost";
import { LineIndexes } from "../present/line-indexes";
import { styleFor } from "../present/style";
import { EXIT } from "./check";
import type { Environment } from "./environment";
import { Progress } from "./progress";
import { checkEverything, printNotes, readProject, resolvePaths, usesColour } from "./project";
import { projectRoot } from "./project-root";

export interface CostOptions {
  readonly format: "pretty" | "json";
  /** `orders=50000`, one for each name. */
  readonly at: readonly string[];
  readonly rows?: string;
  readonly roundTrip: string;
  readonly color: boolean;
  readonly progress: boolean;
}

/** Prints what every address, task and command asks of the database, the fastest growing first. */
export async function cost(paths: readonly string[], options: CostOptions, environment: Environment): Promise<number> {
  const { disk, stdout, stderr, rules } = environment;
  const numbers = numbersOf(options);
  const targets = resolvePaths(paths, environment);
  const progress = new Progress(stderr, options.progress && stderr.isTerminal);
  const engine = await environment.createEngine();
  const root = projectRoot(targets, disk);
  engine.setFolders([root]);
  engine.setOptions(engineOptions(DEFAULT_SETTINGS, rules));
  const { notes } = readProject([root, ...targets], engine, environment, progress);
  checkEverything(engine, progress);
  const endpoints = engine.costs().filter(({ at }) => targets.some((target) => isInside(at.uri, target)));
  const context = { lines: new LineIndexes((uri) => engine.text(uri)), pathOf: (uri: string) => relativePath(disk.workingFolder, uri), style: styleFor(usesColour(options, environment)) };
  progress.clear();
  if (options.format === "json") await stdout.write(`${JSON.stringify({ version: 1, endpoints: costsToJson(endpoints, context, numbers) })}\n`);
  else await stdout.write(prettyCosts(endpoints, context, numbers));
  await printNotes([...notes, ...engine.notes()], context.pathOf, environment);
  return EXIT.clean;
}

function numbersOf({ at, rows, roundTrip }: CostOptions): CostNumbers {
  const counts = new Map<string, number>();
  for (const each of at) {
    const [, name, count] = /^\s*([^=]+?)\s*=\s*(\d[\d_,]*)\s*$/.exec(each) ?? [];
    if (name === undefined) throw new ConfigError(`--at needs a name and a number, as in --at orders=50000, not "${each}"`);
    counts.set(name, Number(count.replace(/[_,]/g, "")));
  }
  return { counts, ...(rows !== undefined && { rows: positive("--rows", rows) }), roundTrip: positive("--round-trip", roundTrip) };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new ConfigError(`${name} needs a number above zero, not "${text}"`);
  return value;
}
