import { baselineText } from "../config/baseline";
import { CONFIGURATION_FILE } from "../config/configurations";
import { folderOf, pathFrom, resolveFrom } from "../config/folders";
import { isInside, relativePath } from "../host/uri";
import { counted } from "../present/pretty";
import { EXIT } from "./check";
import type { Environment } from "./environment";
import { Progress } from "./progress";
import { checkEverything, printNotes, readProject, reportedFindings, resolvePaths } from "./project";
import { projectRoot } from "../host/project-root";

export interface BaselineOptions {
  readonly output?: string;
  readonly progress: boolean;
}

const FILE = "scale-hints-baseline.json";

/** Writes the findings there are now into a file, whose findings are known from then on. */
export async function baseline(paths: readonly string[], options: BaselineOptions, environment: Environment): Promise<number> {
  const { disk, stdout, stderr } = environment;
  const targets = resolvePaths(paths, environment);
  const progress = new Progress(stderr, options.progress && stderr.isTerminal);
  const engine = await environment.createEngine();
  const root = projectRoot(targets, disk);
  engine.setFolders([root]);
  const { notes, configurations } = readProject([root, ...targets], engine, environment, progress, { config: true, baseline: false, over: {} });
  checkEverything(engine, progress);
  progress.clear();
  const configuration = configurations.fileFor(targets.length === 1 && disk.kind(targets[0]) === "folder" ? targets[0] : root);
  const named = configuration && configurations.of(configuration).baseline;
  const file = options.output !== undefined ? disk.resolve(options.output) : configuration && named !== undefined ? resolveFrom(folderOf(configuration), named) : resolveFrom(configuration ? folderOf(configuration) : root, FILE);
  const findings = reportedFindings(engine, configurations).filter(({ at }) => targets.some((target) => isInside(at.uri, target)) && pathFrom(folderOf(file), at.uri) !== undefined);
  const before = disk.read(file);
  const kept = { text: before.kind === "text" ? before.text : undefined, isLookedAt: (uri: string) => targets.some((target) => isInside(uri, target)) };
  disk.write(file, baselineText(findings, folderOf(file), kept), { byteOrderMark: false, charset: "utf-8", lossy: false });
  const pathOf = (uri: string): string => relativePath(disk.workingFolder, uri);
  await stdout.write(`${pathOf(file)} knows ${counted(findings.length, "finding")} now.\n`);
  if (named === undefined) {
    const from = configuration ? folderOf(configuration) : root;
    const path = pathFrom(from, file) ?? FILE;
    await stdout.write(`To have it read, say so in ${pathOf(configuration ?? `${root}/${CONFIGURATION_FILE}`)}: "baseline": ${JSON.stringify(path)}\n`);
  }
  await printNotes([...notes, ...engine.notes()], pathOf, environment);
  return EXIT.clean;
}
