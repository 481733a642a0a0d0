import { pathOfUri } from "../../../project";
import type { Location, Span } from "../../../source";
import { innerCommands, listWords, shellCommands, type SimpleCommand } from "./shell";
import { readYaml, yamlAt, type YamlNode } from "./yaml";

/** An environment variable that a file sets; `value` undefined: to something that cannot be read. */
export interface Variable {
  readonly name: string;
  readonly value: string | undefined;
  readonly at: Location;
}

/** The server of a database that a file starts. */
export interface DatabaseService {
  readonly uri: string;
  readonly image: Span;
  readonly command: readonly SimpleCommand[];
}

/** What one file says about how the application is deployed. */
export interface DeploymentFile {
  readonly uri: string;
  readonly kind: "dockerfile" | "compose" | "procfile" | "unit" | "script" | "sample" | "server" | "other";
  /** By its name it serves developers or tests. */
  readonly isForDevelopment: boolean;
  readonly commands: readonly (SimpleCommand & { readonly service?: string; readonly replicas?: number })[];
  readonly variables: readonly Variable[];
  readonly databases: readonly DatabaseService[];
  readonly text: string;
}

/** Nobody writes a longer one by hand. */
const LONGEST = 300_000;
const DEVELOPMENT = /(^|[._/-])(tests?|testing|unittests?|integration|ci|dev|devel|develop|development|local|override|debug|devcontainer|e2e|demo|sandbox|playground|docs?|lint|assets|examples?|node|frontend|client)([._/-]|$)/i;

/** Reads the files among the resources that deploy something, in the order of their paths. */
export function readDeploymentFiles(resources: ReadonlyMap<string, string>, folders: readonly string[]): readonly DeploymentFile[] {
  const roots = folders.map((each) => pathOfUri(each).replace(/\/+$/, ""));
  const files: DeploymentFile[] = [];
  for (const uri of [...resources.keys()].sort()) {
    const text = resources.get(uri)!;
    if (text.length > LONGEST) continue;
    const path = pathOfUri(uri);
    const root = roots.filter((each) => path.startsWith(`${each}/`)).sort((a, b) => b.length - a.length)[0] ?? "";
    const file = readDeploymentFile(uri, path.slice(root.length), text);
    if (file) files.push(file);
  }
  return files;
}

function readDeploymentFile(uri: string, path: string, text: string): DeploymentFile | undefined {
  const name = path.slice(path.lastIndexOf("/") + 1).toLowerCase();
  const nothing = { uri, text, isForDevelopment: DEVELOPMENT.test(path), commands: [], variables: [], databases: [] };
  if (/^(dockerfile|containerfile)|\.dockerfile$/.test(name)) return { ...nothing, kind: "dockerfile", ...readDockerfile(uri, text) };
  if (/compose.*\.ya?ml$/.test(name)) return { ...nothing, kind: "compose", ...readCompose(uri, text) };
  if (/^procfile/.test(name)) return { ...nothing, kind: "procfile", ...readProcfile(uri, text) };
  if (/\.service$/.test(name)) return { ...nothing, kind: "unit", ...readUnit(uri, text) };
  if (/supervisor.*\.(conf|ini)$/.test(name)) return { ...nothing, kind: "unit", commands: matchesOf(text, /^command\s*=\s*(.*)$/gm).flatMap((each) => shellCommands(each.text, each.start)) };
  if (/^\.?env(\.|_|-|$).*|\.env$|^\.env-.*/.test(name)) return { ...nothing, kind: "sample", isForDevelopment: DEVELOPMENT.test(path.replace(/example/gi, "")), variables: readVariables(uri, text) };
  if (/^(fly|railway)\.toml$|^(render|app)\.ya?ml$|^railway\.json$/.test(name)) {
    const commands = matchesOf(text, /^\s*"?(?:entrypoint|startCommand|start_command|web|app)"?\s*[:=]\s*['"]?([^'"\n]*)/gm).flatMap((each) => shellCommands(each.text, each.start));
    return { ...nothing, kind: "other", commands };
  }
  if (/\.sh$/.test(name) || !name.includes(".")) return { ...nothing, kind: "script", commands: shellCommands(text), variables: exportsOf(uri, text) };
  if (/\.(ini|conf)$/.test(name)) return { ...nothing, kind: "server" };
  return undefined;
}

function matchesOf(text: string, pattern: RegExp): readonly { readonly text: string; readonly start: number }[] {
  return [...text.matchAll(pattern)].map((match) => ({ text: match[1].replace(/\r$/, ""), start: match.index + match[0].lastIndexOf(match[1]) }));
}

type Content = Partial<Pick<DeploymentFile, "commands" | "variables" | "databases" | "isForDevelopment">>;

interface Stage {
  readonly name: string;
  variables: Variable[];
  command: readonly SimpleCommand[];
  entrypoint: readonly SimpleCommand[];
}

/** What the image that is deployed runs: its last stage, or the one called `production`. */
function readDockerfile(uri: string, text: string): Content {
  const stages: Stage[] = [];
  for (const { keyword, rest, start } of instructions(text)) {
    const stage = stages.at(-1);
    if (keyword === "FROM") {
      const [, image, name = ""] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
      const base = stages.find((each) => each.name !== "" && each.name === image);
      stages.push({ name, variables: [...(base?.variables ?? [])], command: base?.command ?? [], entrypoint: base?.entrypoint ?? [] });
    } else if (!stage) continue;
    else if (keyword === "ENV") stage.variables.push(...envOf(uri, rest, start));
    else if (keyword === "CMD") stage.command = commandOf(rest, start);
    else if (keyword === "ENTRYPOINT") stage.entrypoint = commandOf(rest, start);
  }
  const last = stages.at(-1);
  if (!last) return {};
  const used = DEVELOPMENT.test(last.name) ? stages.findLast((each) => each.name !== "" && !DEVELOPMENT.test(each.name)) : last;
  if (!used) return {};
  return { variables: used.variables, commands: [...used.entrypoint, ...used.command] };
}

function instructions(text: string): readonly { readonly keyword: string; readonly rest: string; readonly start: number }[] {
  const result: { keyword: string; rest: string; start: number }[] = [];
  for (const match of text.matchAll(/^[ \t]*([A-Za-z]+)[ \t]+((?:\\[ \t]*\r?\n(?:[ \t]*#.*\r?\n)*|[^\n])*)/gm)) {
    if (match[0].trimStart().startsWith("#")) continue;
    result.push({ keyword: match[1].toUpperCase(), rest: match[2].replace(/\r$/, ""), start: match.index + match[0].length - match[2].length });
  }
  return result;
}

function commandOf(rest: string, start: number): readonly SimpleCommand[] {
  if (!rest.trimStart().startsWith("[")) return shellCommands(rest, start);
  const words = listWords(rest, start);
  return [{ words, form: "json" }, ...innerCommands(words)];
}

function envOf(uri: string, rest: string, start: number): readonly Variable[] {
  const [command] = shellCommands(rest, start);
  const words = command?.words ?? [];
  if (words.length > 1 && !words[0].text.includes("=")) {
    // The old form: `ENV NAME value`.
    return [{ name: words[0].text, value: words.slice(1).some((each) => each.open) ? undefined : words.slice(1).map((each) => each.text).join(" "), at: { uri, span: words[0] } }];
  }
  return words.flatMap((word) => variableOf(uri, word.text, word.open, word));
}

function variableOf(uri: string, text: string, open: boolean, span: Span): readonly Variable[] {
  const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(text);
  return match ? [{ name: match[1], value: open ? undefined : match[2], at: { uri, span: { start: span.start, end: span.end } } }] : [];
}

/** Services of a compose file that run the application. Those of other people's images say nothing, but for databases. */
function readCompose(uri: string, text: string): Content {
  const services = yamlAt(readYaml(text), "services");
  if (services?.kind !== "map") return {};
  const commands: (SimpleCommand & { service: string; replicas?: number })[] = [];
  const variables: Variable[] = [];
  const databases: DatabaseService[] = [];
  let isForDevelopment = false;
  for (const [service, node] of services.entries) {
    const own = [...commandsOf(yamlAt(node, "entrypoint")), ...commandsOf(yamlAt(node, "command"))];
    const image = yamlAt(node, "image");
    if (image?.kind === "scalar" && /(^|\/)(postgres|postgis|timescaledb|pgvector)[^/]*$/.test(image.text)) {
      databases.push({ uri, image, command: own });
      continue;
    }
    const replicas = scalarNumber(yamlAt(node, "deploy", "replicas")) ?? scalarNumber(yamlAt(node, "scale"));
    isForDevelopment ||= own.some(({ words }) => words.some(({ text: word }) => /^(runserver(_plus)?|--reload|watchmedo|npm|yarn)$/.test(word)));
    for (const command of own) commands.push({ ...command, service, ...(replicas !== undefined && { replicas }) });
    variables.push(...environmentOf(uri, yamlAt(node, "environment")));
  }
  return { commands, variables, databases, ...(isForDevelopment && { isForDevelopment }) };
}

function commandsOf(node: YamlNode | undefined): readonly SimpleCommand[] {
  if (node?.kind === "scalar") {
    if (node.textStart !== undefined) return shellCommands(node.text, node.textStart);
    return shellCommands(node.text, 0).map(({ words }) => ({ words: words.map((word) => ({ ...word, start: node.start, end: node.end })), form: "other" as const }));
  }
  if (node?.kind !== "list") return [];
  const words = node.items.flatMap((item) => (item.kind === "scalar" ? [{ text: item.text, open: item.text.includes("$"), start: item.start, end: item.end }] : []));
  return [{ words, form: "other" }, ...innerCommands(words)];
}

function environmentOf(uri: string, node: YamlNode | undefined): readonly Variable[] {
  if (node?.kind === "list") return node.items.flatMap((item) => (item.kind === "scalar" ? variableOf(uri, item.text, item.text.includes("$"), item) : []));
  if (node?.kind !== "map") return [];
  return [...node.entries].flatMap(([name, value]) => (value.kind === "scalar" ? [{ name, value: value.text === "" || value.text.includes("$") ? undefined : value.text, at: { uri, span: { start: value.start, end: value.end } } }] : []));
}

function scalarNumber(node: YamlNode | undefined): number | undefined {
  return node?.kind === "scalar" && /^\d+$/.test(node.text) ? Number(node.text) : undefined;
}

function readProcfile(uri: string, text: string): Content {
  const commands: (SimpleCommand & { service: string })[] = [];
  const variables: Variable[] = [];
  for (const match of text.matchAll(/^([\w-]+):[ \t]*(.*)$/gm)) {
    const own = shellCommands(match[2], match.index + match[0].length - match[2].length);
    commands.push(...own.map((each) => ({ ...each, service: match[1] })));
    if (match[1] === "web") for (const { words } of own) for (const word of words) if (/^[A-Z_]+=/.test(word.text)) variables.push(...variableOf(uri, word.text, word.open, word));
  }
  return { commands, variables };
}

function readUnit(uri: string, text: string): Content {
  const joined = text.replace(/\\\r?\n/g, (gap) => " ".repeat(gap.length));
  const commands = matchesOf(joined, /^ExecStart\s*=\s*[-@:+!]*(.*)$/gm).flatMap((each) => shellCommands(each.text, each.start));
  const variables = matchesOf(joined, /^Environment\s*=\s*(.*)$/gm).flatMap((each) => (shellCommands(each.text, each.start)[0]?.words ?? []).flatMap((word) => variableOf(uri, word.text, word.open, word)));
  return { commands, variables };
}

function readVariables(uri: string, text: string): readonly Variable[] {
  return [...text.matchAll(/^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)[ \t]*=[ \t]*(.*)$/gm)].map((match) => {
    const raw = match[2].replace(/\r$/, "").replace(/\s+#.*$/, "").trim();
    const value = raw.replace(/^(["'])(.*)\1$/, "$2");
    return { name: match[1], value: value === "" || value.includes("$") || /^<.*>$/.test(value) ? undefined : value, at: { uri, span: { start: match.index, end: match.index + match[0].trimEnd().length } } };
  });
}

function exportsOf(uri: string, text: string): readonly Variable[] {
  return [...text.matchAll(/^[ \t]*export[ \t]+([A-Za-z_]\w*)=(.*)$/gm)].map((match) => {
    const value = match[2].replace(/\r$/, "").trim().replace(/^(["'])(.*)\1$/, "$2");
    return { name: match[1], value: value.includes("$") ? undefined : value, at: { uri, span: { start: match.index, end: match.index + match[0].length } } };
  });
}
