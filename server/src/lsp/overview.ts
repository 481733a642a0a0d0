import { costText, degreeOf, statementsAt, type EndpointCost, type Location } from "#engine";
import { baselineText } from "../config/baseline";
import { CONFIGURATION_FILE, type Configurations } from "../config/configurations";
import { withOption } from "../config/edit";
import { folderOf, pathFrom, resolveFrom } from "../config/folders";
import { SCALE_ROWS } from "../config/options";
import type { RuleInfo } from "../config/settings";
import type { FileSystem } from "../host/file-system";
import { baseName, canonicalUri, isInside } from "../host/uri";
import { byGrowth } from "../present/cost";
import { costAtMost } from "../present/cost-headline";
import { prettyUnderstood } from "../present/understood";
import { styleFor } from "../present/style";
import type { BaselineResult, EditConfigurationParams, EndpointSummary, FileText, FindingSummary, Place } from "../protocol";
import type { Project } from "./project";

const BASELINE = "scale-hints-baseline.json";

export interface OverviewOptions {
  readonly configurations: Configurations;
  readonly files: FileSystem;
  readonly rules: readonly RuleInfo[];
}

/** What is known of a whole workspace, for views beside the editor. */
export class Overview {
  constructor(private readonly options: OverviewOptions) {}

  findings(project: Project): FindingSummary[] {
    const runs = runsIn(project.allCosts());
    return project.allFindings().map(({ ruleId, severity, message, at, routes, proposals }) => ({
      ...placeOf(at, project), ruleId, severity, message, routes, runBy: routes.length > 0 ? [] : runBy(at, runs), isFixable: proposals.some(({ safety }) => safety !== "sketch"),
    }));
  }

  costs(project: Project): EndpointSummary[] {
    return byGrowth(project.allCosts()).map((endpoint) => this.summaryOf(endpoint, project));
  }

  private summaryOf({ name, routes, entry, at, cost }: EndpointCost, project: Project): EndpointSummary {
    const { rows, scale } = this.options.configurations.of(at.uri);
    const [route] = routes;
    return {
      ...placeOf(at, project), name, queries: costText(cost), atMost: costAtMost(cost), degree: degreeOf(cost), rows: cost.rows, exact: cost.exact,
      address: route ? [route.methods.join(", "), route.path].filter(Boolean).join(" ") : entry === "unknown" || entry === "request" ? "" : entry,
      atScale: statementsAt(cost, rows, SCALE_ROWS[scale]).most,
      terms: cost.terms.map(({ per, most, because }) => ({ per, count: most, because: because.map((each) => ({ ...placeOf(each.at, project), message: each.message })) })),
    };
  }

  understood(project: Project): string {
    const { understood, unresolved, landscape } = project.understood();
    const pathOf = (uri: string): string => project.roots.map((root) => pathFrom(root, uri)).find((path) => path !== undefined) ?? uri;
    const notes = project.notes().map(({ uri, message }) => `- ${uri === undefined ? "" : `${pathOf(uri)}: `}${message}`);
    return [
      "# What Scale Hints understands here", "", "```text", prettyUnderstood(understood, unresolved, { lines: project.lines, pathOf, style: styleFor(false), landscape }).trim(), "```",
      ...(notes.length > 0 ? ["", "## Notes", "", ...notes] : []), "",
    ].join("\n");
  }

  /** Null: there is no file, and none is to be made. */
  async editConfiguration({ uri, path, value, create }: EditConfigurationParams, project: Project): Promise<FileText | null> {
    const folder = this.folderFor(uri, project);
    const file = this.options.configurations.fileFor(folder);
    if (file === undefined && !create) return null;
    return this.withOption(file ?? `${this.rootOf(folder, project)}/${CONFIGURATION_FILE}`, path, value, project);
  }

  private async withOption(uri: string, path: readonly string[], value: unknown, project: Project): Promise<FileText> {
    const text = project.text(uri) ?? (await this.textOf(uri));
    return { uri: project.clientUri(uri), text: withOption(baseName(uri), text ?? "", path, value), creates: text === undefined };
  }

  /** A baseline beside the configuration of the first folder, which is made to name it. */
  async baseline(project: Project): Promise<BaselineResult> {
    const { configurations } = this.options;
    const [root] = project.roots;
    if (root === undefined) return { findings: 0, files: [] };
    const configuration = configurations.fileFor(root) ?? `${root}/${CONFIGURATION_FILE}`;
    const named = configurations.of(configuration).baseline;
    const uri = resolveFrom(folderOf(configuration), named ?? BASELINE);
    // What the old one knows is still there, and is to be known by the new one.
    const before = await this.textOf(uri);
    configurations.setBaseline(uri, undefined);
    const findings = project.allFindings().filter(({ at }) => pathFrom(folderOf(uri), at.uri) !== undefined);
    if (before !== undefined) configurations.setBaseline(uri, before);
    const files: FileText[] = [{ uri: project.clientUri(uri), text: baselineText(findings, folderOf(uri), { text: before, isLookedAt: (each) => project.roots.some((folder) => isInside(each, folder)) }), creates: before === undefined }];
    if (named === undefined) files.push(await this.withOption(configuration, ["baseline"], BASELINE, project));
    return { findings: findings.length, files };
  }

  private async textOf(uri: string): Promise<string | undefined> {
    const result = await this.options.files.read(uri);
    return result.kind === "text" ? result.text : undefined;
  }

  private folderFor(uri: string | undefined, project: Project): string {
    if (uri === undefined) return project.roots[0] ?? "file://";
    const canonical = canonicalUri(uri);
    return project.roots.includes(canonical) ? canonical : folderOf(canonical);
  }

  private rootOf(folder: string, project: Project): string {
    return project.roots.find((root) => folder === root || folder.startsWith(`${root}/`)) ?? folder;
  }
}

/** Something that is run by itself asks the database at a place. */
interface Run {
  readonly span: Location["span"];
  readonly name: string;
}

/** The places of what has no address and yet is known to be run, by file. */
function runsIn(costs: readonly EndpointCost[]): ReadonlyMap<string, readonly Run[]> {
  const runs = new Map<string, Run[]>();
  const add = (at: Location, name: string): void => {
    const known = runs.get(at.uri);
    if (known) known.push({ span: at.span, name });
    else runs.set(at.uri, [{ span: at.span, name }]);
  };
  for (const { name, routes, entry, at, cost } of costs) {
    if (routes.length > 0 || entry === "unknown" || entry === "request") continue;
    // What is run from a command line is called as its file is, whatever is called in it.
    const called = entry === "command" ? baseName(at.uri).replace(/\.\w+$/, "") : name;
    for (const each of [at, ...cost.terms.flatMap(({ because }) => because.map((reason) => reason.at))]) add(each, `${entry} ${called}`);
  }
  return runs;
}

/** What is run and asks at a place; for what is no question of its own (a declaration), what alone is run in its file. */
function runBy({ uri, span }: Location, runs: ReadonlyMap<string, readonly Run[]>): readonly string[] {
  const inFile = runs.get(uri) ?? [];
  const here = namesOf(inFile.filter((each) => each.span.start < span.end && span.start < each.span.end));
  if (here.length > 0) return here;
  const all = namesOf(inFile);
  return all.length === 1 ? all : [];
}

function namesOf(runs: readonly Run[]): readonly string[] {
  return [...new Set(runs.map(({ name }) => name))].sort();
}

function placeOf({ uri, span }: Location, project: Project): Place {
  return { uri: project.clientUri(uri), range: project.lines.range(uri, span) };
}
