import type { Expression, Mapping } from "../../../facts";
import type { Apps } from "./apps";
import { lastName, type ExpressionReader, type Scope, type Scoped } from "./expressions";
import { readPath, UNKNOWN_BASE } from "./paths";
import type { DjangoSettings, SettingsModule } from "./settings";

/** One entry of `TEMPLATES`: where it looks for templates, and what these may call. */
export interface TemplateEngine {
  readonly language: "django-template" | "jinja";
  /** Folders in the order of the search; those that begin with `?/` are known by their end only. */
  readonly folders: readonly string[];
  /** Whether this engine takes a template of this name. */
  readonly takes: (name: string) => boolean;
  /** Modules of tags and filters that need no `{% load %}`. */
  readonly builtins: readonly string[];
  /** Modules by the name they are loaded under. */
  readonly libraries: ReadonlyMap<string, string>;
  /** Of Jinja: dotted names of functions, by the name in templates. */
  readonly named: { readonly filter: ReadonlyMap<string, string>; readonly tag: ReadonlyMap<string, string>; readonly test: ReadonlyMap<string, string> };
  /** The dotted name of the function that makes Jinja's environment. */
  readonly environment?: string;
}

/** The folder of an app that django-jinja finds its templates in when nothing else is said (`app_dirname` in its `backend.py`). */
const DJANGO_JINJA_FOLDER = "templates";

/** The template engines that settings set up, in their order; undefined when they cannot be read. */
export function readTemplateEngines(settings: DjangoSettings, module: SettingsModule, apps: Apps, reader: ExpressionReader): readonly TemplateEngine[] | undefined {
  const appFolders = apps.foldersOf(module);
  const changes = settings.changesOf(module.uri, "TEMPLATES").filter((each) => each.kind === "set");
  const value = changes.at(-1);
  const items = value && reader.items(value.scope, value.expression);
  const engines = items?.flatMap((item) => {
    const { scope, expression } = reader.follow(item.scope, item.expression);
    return expression.kind === "mapping" ? [readEngine(reader, scope, expression, module, appFolders)] : [];
  });
  if (engines && engines.length > 0) return engines;
  // Before Django 1.8.
  const folders = settings.value("TEMPLATE_DIRS", module.uri);
  if (!folders) return undefined;
  return [engineOf("django-template", [...readFolders(reader, { uri: folders.uri }, folders.expression, module), ...appFolders.map((each) => `${each}/templates`)])];
}

function readEngine(reader: ExpressionReader, scope: Scope, entry: Mapping, module: SettingsModule, appFolders: readonly string[]): TemplateEngine {
  const value = (name: string): Scoped | undefined => entryOf(reader, { scope, expression: entry }, name);
  const text = (scoped: Scoped | undefined): string | undefined => scoped && reader.string(scoped.scope, scoped.expression);
  const options = value("OPTIONS");
  const option = (name: string): Scoped | undefined => options && entryOf(reader, options, name);
  const backend = text(value("BACKEND")) ?? "";
  const language = /jinja/i.test(backend) ? "jinja" : "django-template";
  const isDjangoJinja = backend.startsWith("django_jinja");
  const dirs = value("DIRS");
  const own = dirs ? readFolders(reader, dirs.scope, dirs.expression, module) : [];
  const appFolder = text(option("app_dirname")) ?? (language === "django-template" || isDjangoJinja ? DJANGO_JINJA_FOLDER : "jinja2");
  const fromApps = appFolders.map((each) => `${each}/${appFolder}`);
  const loaders = option("loaders");
  const order = loaders ? loaderOrder(reader, loaders) : [];
  const appDirs = value("APP_DIRS");
  const usesApps = order.includes("app") || (!loaders && appDirs !== undefined && reader.boolean(appDirs.scope, appDirs.expression) !== false);
  const folders = order[0] === "app" ? [...fromApps, ...own] : [...own, ...(usesApps ? fromApps : [])];
  return {
    ...engineOf(language, folders),
    takes: isDjangoJinja ? matcher(text, option) : () => true,
    builtins: stringsOf(reader, option("builtins")),
    libraries: namesOf(reader, option("libraries")),
    named: { filter: namesOf(reader, option("filters")), tag: namesOf(reader, option("globals")), test: namesOf(reader, option("tests")) },
    ...(text(option("environment")) !== undefined && !isDjangoJinja && { environment: text(option("environment")) }),
  };
}

function engineOf(language: TemplateEngine["language"], folders: readonly string[]): TemplateEngine {
  const none = new Map<string, string>();
  return { language, folders, takes: () => true, builtins: [], libraries: none, named: { filter: none, tag: none, test: none } };
}

/** django-jinja leaves names that do not match to the engines behind it: `match_extension` is ".jinja" unless said otherwise, `match_regex` wins. */
function matcher(text: (scoped: Scoped | undefined) => string | undefined, option: (name: string) => Scoped | undefined): (name: string) => boolean {
  const pattern = text(option("match_regex"));
  if (pattern !== undefined) {
    try {
      const expression = new RegExp(`^(?:${pattern})`);
      return (name) => expression.test(name);
    } catch {
      // Python has patterns that JavaScript does not: then the engine may take anything.
      return () => true;
    }
  }
  const given = option("match_extension");
  const extension = given ? (text(given) ?? "") : ".jinja";
  return (name) => name.endsWith(extension);
}

/** Which of the two usual loaders come, in their order, those inside a cached loader included. */
function loaderOrder(reader: ExpressionReader, loaders: Scoped): readonly ("files" | "app")[] {
  const order: ("files" | "app")[] = [];
  const visit = ({ scope, expression }: Scoped, depth: number): void => {
    const items = depth < 4 ? reader.items(scope, expression) : undefined;
    if (items) return items.forEach((item) => visit(item, depth + 1));
    const name = reader.string(scope, expression) ?? "";
    if (/\bfilesystem\b/.test(name)) order.push("files");
    else if (/\bapp_directories\b/.test(name)) order.push("app");
  };
  visit(loaders, 0);
  return order;
}

function readFolders(reader: ExpressionReader, scope: Scope, expression: Expression, module: SettingsModule): readonly string[] {
  return (reader.items(scope, expression) ?? []).flatMap((item) => {
    const path = readPath(reader, item.scope, item.expression);
    if (path === undefined) return [];
    // A relative path counts from where the server is started, which is the project's folder as a rule.
    return [path.startsWith("/") || path.startsWith(`${UNKNOWN_BASE}/`) ? path : `${module.folder}/${path}`];
  });
}

function entryOf(reader: ExpressionReader, { scope, expression }: Scoped, name: string): Scoped | undefined {
  const found = reader.follow(scope, expression);
  if (found.expression.kind === "call" && lastName(found.expression.callee) === "dict") {
    const value = found.expression.arguments.find((each) => each.name === name)?.value;
    return value && { scope: found.scope, expression: value };
  }
  if (found.expression.kind !== "mapping") return undefined;
  const entry = found.expression.entries.find(({ key }) => key && reader.string(found.scope, key) === name);
  return entry && { scope: found.scope, expression: entry.value };
}

function stringsOf(reader: ExpressionReader, scoped: Scoped | undefined): readonly string[] {
  const items = (scoped && reader.items(scoped.scope, scoped.expression)) ?? [];
  return items.flatMap((item) => reader.string(item.scope, item.expression) ?? []);
}

/** `{"name": "dotted.name"}` */
function namesOf(reader: ExpressionReader, scoped: Scoped | undefined): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  const found = scoped && reader.follow(scoped.scope, scoped.expression);
  if (found?.expression.kind !== "mapping") return names;
  for (const { key, value } of found.expression.entries) {
    const name = key && reader.string(found.scope, key);
    const dotted = reader.string(found.scope, value);
    if (name !== undefined && dotted !== undefined) names.set(name, dotted);
  }
  return names;
}
