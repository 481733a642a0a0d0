import { engineOptions, DEFAULT_SETTINGS } from "../config/settings";
import { isInside, relativePath } from "../host/uri";
import { LineIndexes } from "../present/line-indexes";
import { prettyUnderstood, unresolvedToJson } from "../present/understood";
import { styleFor } from "../present/style";
import { EXIT } from "./check";
import type { Environment } from "./environment";
import { Progress } from "./progress";
import { checkEverything, printNotes, readProject, resolvePaths, usesColour } from "./project";
import { projectRoot } from "./project-root";

export interface UnderstoodOptions {
  readonly format: "pretty" | "json";
  readonly color: boolean;
  readonly progress: boolean;
}

/** Prints what of a project is understood, and what is not and why: so that silence can be told from blindness. */
export async function understood(paths: readonly string[], options: UnderstoodOptions, environment: Environment): Promise<number> {
  const { disk, stdout, stderr, rules } = environment;
  const targets = resolvePaths(paths, environment);
  const progress = new Progress(stderr, options.progress && stderr.isTerminal);
  const engine = await environment.createEngine();
  const root = projectRoot(targets, disk);
  engine.setFolders([root]);
  engine.setOptions(engineOptions(DEFAULT_SETTINGS, rules));
  const { notes } = readProject([root, ...targets], engine, environment, progress);
  checkEverything(engine, progress);
  const unresolved = engine.unresolved().filter(({ at }) => targets.some((target) => isInside(at.uri, target)));
  const context = { lines: new LineIndexes((uri) => engine.text(uri)), pathOf: (uri: string) => relativePath(disk.workingFolder, uri), style: styleFor(usesColour(options, environment)) };
  progress.clear();
  if (options.format === "json") await stdout.write(`${JSON.stringify({ version: 1, understood: engine.understood(), unresolved: unresolvedToJson(unresolved, context) })}\n`);
  else await stdout.write(prettyUnderstood(engine.understood(), unresolved, context));
  await printNotes([...notes, ...engine.notes()], context.pathOf, environment);
  return EXIT.clean;
}
