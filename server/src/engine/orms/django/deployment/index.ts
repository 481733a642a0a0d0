import type { Deployment, ProjectCore, Server } from "../../../project";
import type { DjangoSettings } from "../model/settings";
import { requiresPackage } from "../model/versions";
import { apiViews, usesCache } from "./api-views";
import { deployedModules, type DeployedModule } from "./deployed-module";
import { readDeploymentFiles, type DatabaseService, type DeploymentFile } from "./deployment-files";
import { Environment } from "./environment";
import { findServers, type ServerConfiguration } from "./servers";
import { SettingsEvaluator } from "./settings-evaluator";
import { mentionsOf } from "./settings-values";

/** Names that tell, wherever they stand in a file that deploys. */
const TELLING = ["nginx", "statement_timeout", "log_min_duration_statement", "auto_explain", "pgbouncer", "pgcat", "rds-proxy", "odyssey"];
const POOLER = /pgbouncer|pgcat|rds-proxy|odyssey|-pooler\.|\.pooler\.|pgpool|cloudsqlproxy/i;

/** How the applications of a workspace are deployed, by the URI of their settings. */
export function djangoDeployments(core: ProjectCore, settings: DjangoSettings, requirements: ReadonlyMap<string, string>): ReadonlyMap<string, Deployment> {
  if (settings.modules.length === 0) return new Map();
  const files = readDeploymentFiles(core.resources, core.folders);
  const environment = new Environment(files);
  const evaluator = new SettingsEvaluator(core, environment);
  const servers = findServers({ files, configuration: (path, from) => configurationAt(path, from, core, evaluator) }).filter((each) => runsDjango(each, core));
  const serversOf = (folder: string): readonly Server[] => servers.filter((each) => settings.modules.length === 1 || belongsTo(each, folder, core));
  const modules = deployedModules(core, settings, evaluator, environment, (folder) => serversOf(folder).some((each) => each.kind !== "runserver"));
  const mentions = TELLING.filter((each) => files.some((file) => `${file.uri}\n${file.text}`.toLowerCase().includes(each)));
  const api = apiViews(core);
  const cached = usesCache(core);
  const requires = (name: string): boolean => requiresPackage(requirements, name);
  const deployments = new Map<string, Deployment>();
  for (const module of modules) {
    const own = serversOf(module.folder);
    deployments.set(module.uri, {
      framework: "django",
      uri: module.uri,
      isDeployed: module.isDeployed,
      overridable: module.settings.overridable,
      complete: module.settings.complete,
      settings: module.settings.names,
      calls: module.settings.calls,
      servers: own,
      protocol: protocolOf(own, module, requires),
      severalProcesses: severalProcesses(own),
      hasPooler: mentions.some((each) => POOLER.test(each)) || POOLER.test(mentionsOf(module.settings.names.get("DATABASES")?.value ?? { kind: "constant", value: null, at: { uri: module.uri, span: { start: 0, end: 0 } } }).join(" ")),
      isServerless: ["zappa", "mangum", "serverless-wsgi", "apig-wsgi", "aws-wsgi"].some(requires),
      api,
      usesCache: cached,
      database: databaseOf(files),
      mentions,
    });
  }
  return deployments;
}

/** A configuration file that a command names: by the end of its path, as the folder it is run in is not known. */
function configurationAt(path: string, from: string, core: ProjectCore, evaluator: SettingsEvaluator): ServerConfiguration | "missing" | undefined {
  const wanted = (path === "" ? "gunicorn.conf.py" : path.replace(/^(file|python):/, "")).replace(/^\.\//, "");
  const segments = wanted.split("/").filter((each) => each !== "" && each !== ".." && !each.includes("$"));
  const uris = [...core.uris, ...core.resources.keys()];
  const near = core.path(from).split("/").slice(0, -1).join("/");
  // `/etc/app/gunicorn.conf.py` is `docker/gunicorn.conf.py` before it is copied there: the more of the path agrees, the better.
  for (let skipped = 0; skipped < segments.length; skipped++) {
    const end = `/${segments.slice(skipped).join("/")}`;
    const found = uris.filter((uri) => core.path(uri).endsWith(end));
    const best = found.length === 1 ? found[0] : found.find((uri) => core.path(uri) === near + end);
    if (best) return core.files.has(best) ? { uri: best, values: valuesOf(evaluator, best) } : { uri: best, text: core.resources.get(best) };
    if (found.length > 1) return "missing";
  }
  return path === "" ? undefined : "missing";
}

function valuesOf(evaluator: SettingsEvaluator, uri: string) {
  return new Map([...evaluator.evaluate(uri).names].map(([name, setting]) => [name, setting.value] as const));
}

/** Whether a server's application is Django's, and not that of another service in the same repository. */
function runsDjango({ application, kind }: Server, core: ProjectCore): boolean {
  if (application === undefined || kind === "runserver") return true;
  const module = application.split(":")[0];
  if (/(^|\.)[wa]sgi(\.|$)/.test(module)) return true;
  const found = core.module(module);
  return found !== undefined && (core.files.get(found.uri)?.declares.imports ?? []).some((each) => /^(django|channels)(\.|$)/.test(each.module));
}

function belongsTo(server: Server, folder: string, core: ProjectCore): boolean {
  const module = server.application?.split(":")[0];
  const found = module === undefined ? undefined : core.module(module);
  const path = core.path(found && !found.uri.endsWith("/") ? found.uri : server.at.uri);
  return path.startsWith(`${folder}/`);
}

function protocolOf(servers: readonly Server[], { settings }: DeployedModule, requires: (name: string) => boolean): Deployment["protocol"] {
  const protocols = new Set(servers.filter((each) => each.kind !== "runserver").map((each) => each.protocol));
  if (protocols.size === 1) return [...protocols][0];
  // Two servers of two kinds share the settings.
  if (protocols.size > 1) return "unknown";
  if (["uvicorn", "daphne", "hypercorn", "channels", "granian"].some(requires)) return "unknown";
  if (settings.names.has("ASGI_APPLICATION")) return "unknown";
  return settings.names.has("WSGI_APPLICATION") || ["gunicorn", "uwsgi", "waitress", "mod-wsgi"].some(requires) ? "wsgi" : "unknown";
}

function severalProcesses(servers: readonly Server[]) {
  for (const server of servers) {
    const workers = server.options.get("workers");
    if (workers && (workers.several || (typeof workers.value === "number" && workers.value > 1))) return workers.at;
    if (server.replicas > 1) return server.at;
  }
  return undefined;
}

/** PostgreSQL allows 100 connections unless told otherwise (*max_connections*). */
const PLAIN_CONNECTIONS = 100;

/** The one PostgreSQL that the files of the deployment start. */
function databaseOf(files: readonly DeploymentFile[]): Deployment["database"] {
  const found = files.filter((file) => !file.isForDevelopment).flatMap((file) => file.databases);
  if (found.length !== 1) return undefined;
  const [database]: readonly DatabaseService[] = found;
  const words = database.command.flatMap((each) => each.words);
  const stated = words.map((word) => ({ word, match: /^(?:-c)?max_connections=(\d+)$/.exec(word.text) })).find(({ match }) => match);
  const configured = words.some((word) => /config_file|postgresql\.conf/.test(word.text));
  if (configured) return undefined;
  return {
    maxConnections: stated ? Number(stated.match![1]) : PLAIN_CONNECTIONS,
    at: { uri: database.uri, span: stated ? { start: stated.word.start, end: stated.word.end } : { start: database.image.start, end: database.image.end } },
    stated: stated !== undefined,
    image: { uri: database.uri, span: { start: database.image.start, end: database.image.end } },
    hasCommand: words.length > 0,
    logsSlowQueries: words.some((word) => /log_min_duration_statement|auto_explain/.test(word.text)),
  };
}
