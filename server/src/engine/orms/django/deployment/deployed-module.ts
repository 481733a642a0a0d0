import type { ProjectCore } from "../../../project";
import { deployed, notDeployed, type DjangoSettings, type SettingsModule } from "../model/settings";
import type { Environment } from "./environment";
import type { Evaluated, SettingsEvaluator } from "./settings-evaluator";

/** The settings that one project is deployed with. */
export interface DeployedModule {
  readonly uri: string;
  /** The folder of the project. */
  readonly folder: string;
  readonly settings: Evaluated;
  readonly isDeployed: boolean;
}

/** Modules whose names say that others build on them. */
const BASE = /(^|\/)(base|common|defaults?|settings_base|base_settings)\.py$/i;
/** A project to copy is not one that runs. */
const TEMPLATE = /\/(project_template|app_template|cookiecutter[^/]*|\{\{[^/]*)\//i;
/** Settings under which files are built, not requests served. */
const BUILD = /(^|\/)(__init__|static|collectstatic|build|assets|docs|lint)\.py$/i;

/** For each project of the workspace, the settings that it is deployed with, as far as that can be told. */
export function deployedModules(core: ProjectCore, settings: DjangoSettings, evaluator: SettingsEvaluator, environment: Environment, hasServer: (folder: string) => boolean): readonly DeployedModule[] {
  const found = new Map<string, DeployedModule>();
  for (const each of settings.modules) {
    const named = namedModule(core, each, environment);
    const uri = named ?? chosenModule(core, each, settings, evaluator);
    if (found.has(uri)) continue;
    const read = evaluate(core, uri, evaluator, environment);
    // Settings without any application come from somewhere that was not seen.
    const evaluated = { ...read, complete: read.complete && read.names.has("INSTALLED_APPS") };
    const path = tail(core, uri);
    const isNamedForIt = deployed.test(path);
    const isForDevelopment = notDeployed.test(path) || TEMPLATE.test(core.path(uri));
    const debug = evaluated.names.get("DEBUG")?.value;
    // Without a word about it, DEBUG is off.
    const isOff = debug === undefined ? evaluated.complete : debug?.kind === "constant" ? debug.variable !== undefined || debug.value === false : debug?.kind === "unknown" && debug.variable !== undefined;
    const isDeployed = !isForDevelopment && (named !== undefined || isNamedForIt || isOff || hasServer(each.folder));
    found.set(uri, { uri, folder: each.folder, settings: evaluated, isDeployed });
  }
  return [...found.values()];
}

/** The module that the user names, or the environment of the deployment. */
function namedModule(core: ProjectCore, project: SettingsModule, environment: Environment): string | undefined {
  const named = core.stated.settingsModule ?? namedInEnvironment(environment);
  const module = named === undefined ? undefined : core.module(named, project.uri);
  return module && !module.uri.endsWith("/") && core.path(module.uri).startsWith(`${project.folder}/`) ? module.uri : undefined;
}

function namedInEnvironment(environment: Environment): string | undefined {
  const variable = environment.get("DJANGO_SETTINGS_MODULE");
  return variable?.kind === "set" && !notDeployed.test(variable.value) ? variable.value : undefined;
}

/** `manage.py` mostly names a developer's settings: those beside them that are for production are meant. */
function chosenModule(core: ProjectCore, project: SettingsModule, settings: DjangoSettings, evaluator: SettingsEvaluator): string {
  const path = tail(core, project.uri);
  if (deployed.test(path) || !(notDeployed.test(path) || BASE.test(path))) return project.uri;
  const folder = core.path(project.uri).split("/").slice(0, -1).join("/");
  const siblings = settings.candidates.filter((uri) => uri !== project.uri && core.path(uri).startsWith(`${folder}/`) && !core.path(uri).slice(folder.length + 1).includes("/"));
  const named = siblings.filter((uri) => deployed.test(tail(core, uri)));
  const production = named.filter((uri) => !/staging|heroku|aws/i.test(tail(core, uri)));
  if (production.length === 1) return production[0];
  if (named.length === 1) return named[0];
  if (named.length > 1) return project.uri;
  const switchedOff = siblings.filter((uri) => {
    if (BASE.test(core.path(uri)) || BUILD.test(core.path(uri)) || notDeployed.test(tail(core, uri))) return false;
    const debug = evaluator.evaluate(uri).names.get("DEBUG");
    return debug?.value.kind === "constant" && debug.value.value === false && debug.value.variable === undefined && debug.at.uri === uri;
  });
  return switchedOff.length === 1 ? switchedOff[0] : project.uri;
}

function tail(core: ProjectCore, uri: string): string {
  return core.path(uri).split("/").slice(-2).join("/");
}

/** The module's names, or those of its production class where the settings are classes (django-configurations). */
function evaluate(core: ProjectCore, uri: string, evaluator: SettingsEvaluator, environment: Environment): Evaluated {
  const classes = (core.files.get(uri)?.declares.classes ?? []).filter((each) => core.inheritsFrom(core.classRef(uri, each), "configurations.Configuration", "configurations.base.Configuration"));
  if (classes.length === 0) return evaluator.evaluate(uri);
  const variable = environment.get("DJANGO_CONFIGURATION");
  const wanted = variable?.kind === "set" ? classes.find((each) => each.name === variable.value) : classes.find((each) => /^prod(uction)?$/i.test(each.name));
  const chosen = wanted ?? (classes.length === 1 ? classes[0] : undefined);
  if (chosen) return evaluator.evaluateClass(uri, chosen);
  return { ...evaluator.evaluate(uri), names: new Map(), calls: [], complete: false };
}
