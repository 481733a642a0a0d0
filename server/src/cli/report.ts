import type { Location, WorkspaceApi } from "#engine";
import type { Configurations } from "../config/configurations";
import { isInside, relativePath } from "../host/uri";
import { LineIndexes } from "../present/line-indexes";
import { styleFor, type Style } from "../present/style";
import { EXIT } from "./check";
import type { Environment } from "./environment";
import { Progress } from "./progress";
import { checkEverything, printNotes, readProject, resolvePaths, usesColour } from "./project";
import { projectRoot } from "../host/project-root";

export interface ReportOptions {
  readonly format: "pretty" | "json";
  readonly color: boolean;
  readonly progress: boolean;
  /** False: configuration files are not read. */
  readonly config: boolean;
}

/** What a report is made of: the whole project, checked, and which places of it were asked for. */
export interface Reported {
  readonly engine: WorkspaceApi;
  readonly configurations: Configurations;
  /** What the paths have in common: their repository or project. */
  readonly root: string;
  readonly isAskedFor: (thing: { readonly at: Location }) => boolean;
  readonly context: { readonly lines: LineIndexes; readonly pathOf: (uri: string) => string; readonly style: Style };
}

/** Prints something that the engine knows of a project beside its findings. */
export async function report(paths: readonly string[], options: ReportOptions, environment: Environment, as: { readonly json: (of: Reported) => object; readonly pretty: (of: Reported) => string }): Promise<number> {
  const { disk, stdout, stderr } = environment;
  const targets = resolvePaths(paths, environment);
  const progress = new Progress(stderr, options.progress && stderr.isTerminal);
  const engine = await environment.createEngine();
  const root = projectRoot(targets, disk);
  engine.setFolders([root]);
  const { notes, configurations } = readProject([root, ...targets], engine, environment, progress, { config: options.config, baseline: true, over: {} });
  checkEverything(engine, progress);
  const reported: Reported = {
    engine,
    configurations,
    root,
    isAskedFor: ({ at }) => targets.some((target) => isInside(at.uri, target)),
    context: { lines: new LineIndexes((uri) => engine.text(uri)), pathOf: (uri) => relativePath(disk.workingFolder, uri), style: styleFor(usesColour(options, environment)) },
  };
  const text = options.format === "json" ? `${JSON.stringify({ version: 1, ...as.json(reported) })}\n` : as.pretty(reported);
  progress.clear();
  await stdout.write(text);
  await printNotes([...notes, ...engine.notes()], reported.context.pathOf, environment);
  return EXIT.clean;
}
