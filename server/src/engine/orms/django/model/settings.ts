import type { Call, Expression, Statement } from "../../../facts";
import { forEachStatement, type ProjectCore } from "../../../project";
import { calleeName, keyword, lastName, positional, type ExpressionReader, type Scoped } from "./expressions";

/** One thing a settings module does to a name. */
interface Change extends Scoped {
  readonly kind: "set" | "add";
}

/** A Django project: where its settings are. */
export interface SettingsModule {
  readonly uri: string;
  /** The folder of `manage.py`, `wsgi.py` or, failing these, of the settings themselves. */
  readonly folder: string;
}

/** Settings that only tests or one developer use. */
export const notDeployed = /(^|[._/])(tests?|testing|ci|dev|develop|development|local|dist|example|sample|template|docker_dev|debug|mypy|stubs)([._/]|$)/i;
export const deployed = /(^|[._/])(prod|production|live|deploy|heroku|staging|aws)([._/]|$)/i;

/** Every settings module in the workspace, the deployed one of the first project first. Only reads; a setting is never computed. */
export class DjangoSettings {
  /** Deployed modules, one per project. */
  readonly modules: readonly SettingsModule[];
  /** All modules that look like settings, those of tests and development included. */
  readonly candidates: readonly string[];
  private readonly changes = new Map<string, readonly Change[]>();

  constructor(private readonly core: ProjectCore, private readonly reader: ExpressionReader) {
    this.modules = this.findModules();
    this.candidates = this.findCandidates();
  }

  /** The settings that a file runs under: those of the nearest project. */
  moduleFor(uri: string): SettingsModule | undefined {
    const path = this.core.path(uri);
    let best: SettingsModule | undefined;
    for (const each of this.modules) {
      const isInside = path.startsWith(`${each.folder}/`);
      if (isInside && (!best || each.folder.length > best.folder.length)) best = each;
    }
    return best ?? this.modules[0];
  }

  /** The last assignment of a setting, in the first project or in the one of `uri`. An augmented one is the whole sum. */
  value(name: string, uri?: string): { readonly uri: string; readonly expression: Expression } | undefined {
    const settings = uri === undefined ? this.modules[0] : this.moduleFor(uri);
    if (!settings) return undefined;
    let result: { uri: string; expression: Expression } | undefined;
    for (const change of this.changesOf(settings.uri, name)) {
      if (change.kind === "add" && result) {
        const { start, end } = change.expression;
        // What another module assigned is, in this one, the name that was imported from it.
        const left: Expression = result.uri === change.scope.uri ? result.expression : { kind: "name", name, start, end: start };
        result = { uri: change.scope.uri, expression: { kind: "binary", operator: "+", left, right: change.expression, start, end } };
      } else if (change.kind === "set" || !result) {
        result = { uri: change.scope.uri, expression: change.expression };
      }
    }
    return result;
  }

  /** All strings that may end up in a list setting (`INSTALLED_APPS`), those of branches included. */
  strings(name: string, settings: SettingsModule): readonly string[] {
    const strings = new Set<string>();
    const seen = new Set<Expression>();
    for (const change of this.changesOf(settings.uri, name)) this.collectStrings(change, name, strings, seen);
    return [...strings];
  }

  /** A setting that is one string, `env("X", default="…")` included. */
  string(name: string, uri?: string): string | undefined {
    const value = this.value(name, uri);
    if (!value) return undefined;
    return this.reader.string({ uri: value.uri }, value.expression) ?? defaultString(value.expression);
  }

  /** Assignments to `name` and calls on it, in the order of execution, those of star-imported modules first. */
  changesOf(uri: string, name: string): readonly Change[] {
    const key = `${uri}#${name}`;
    let changes = this.changes.get(key);
    if (!changes) {
      this.changes.set(key, []);
      this.changes.set(key, (changes = this.collectChanges(uri, name)));
    }
    return changes;
  }

  private collectChanges(uri: string, name: string): readonly Change[] {
    const changes: Change[] = [];
    const add = (kind: Change["kind"], expression: Expression): void => {
      changes.push({ kind, scope: { uri }, expression });
    };
    const visit = (statement: Statement): void => {
      if (statement.kind === "assign" && statement.value) {
        for (const target of statement.targets) {
          if (isNamed(target, name)) add("set", statement.value);
          // `DATABASES["default"] = …`, `DATABASES["default"]["ENGINE"] = …`
          else if (target.kind === "subscript" && isNamed(rootOf(target), name)) add("add", wrapSubscript(target, statement.value));
        }
      } else if (statement.kind === "augment" && isNamed(statement.target, name)) {
        add("add", statement.value);
      } else if (statement.kind === "expression" && statement.expression.kind === "call") {
        const call = statement.expression;
        if (call.callee.kind === "attribute" && isNamed(rootOf(call.callee.object), name)) {
          const value = positional(call, call.callee.name === "insert" ? 1 : 0);
          if (!value) return;
          if (call.callee.name === "append" || call.callee.name === "insert") add("add", { kind: "sequence", of: "list", items: [value], start: value.start, end: value.end });
          else if (call.callee.name === "extend" || call.callee.name === "update") add("add", value);
        }
      } else if (statement.kind === "import") {
        for (const each of statement.imports) {
          if (each.name !== "*" && !(each.name === name && each.local === name)) continue;
          const module = this.importedModule(uri, each.module, each.level);
          if (module && module !== uri) changes.push(...this.changesOf(module, name));
        }
      }
    };
    forEachStatement(this.core.body(uri, ""), visit);
    return changes;
  }

  private importedModule(uri: string, module: string, level: number): string | undefined {
    if (level === 0) return this.core.module(module, uri)?.uri;
    let folder = this.core.path(uri).split("/").slice(0, -level).join("/");
    if (module) folder += `/${module.replaceAll(".", "/")}`;
    return this.core.fileAt(folder);
  }

  private collectStrings({ scope, expression }: Scoped, name: string, into: Set<string>, seen: Set<Expression>): void {
    if (seen.has(expression)) return;
    seen.add(expression);
    if (expression.kind === "literal" && typeof expression.value === "string") into.add(expression.value);
    else if (expression.kind === "sequence") for (const item of expression.items) this.collectStrings({ scope, expression: item }, name, into, seen);
    else if (expression.kind === "spread") this.collectStrings({ scope, expression: expression.value }, name, into, seen);
    else if (expression.kind === "binary" || expression.kind === "logical") {
      this.collectStrings({ scope, expression: expression.left }, name, into, seen);
      this.collectStrings({ scope, expression: expression.right }, name, into, seen);
    } else if (expression.kind === "conditional") {
      this.collectStrings({ scope, expression: expression.then }, name, into, seen);
      this.collectStrings({ scope, expression: expression.otherwise }, name, into, seen);
    } else if (expression.kind === "call" || expression.kind === "comprehension") {
      if (expression.kind === "call") for (const each of expression.arguments) this.collectStrings({ scope, expression: each.value }, name, into, seen);
      else for (const clause of expression.clauses) this.collectStrings({ scope, expression: clause.iterable }, name, into, seen);
    } else if (expression.kind === "name" || expression.kind === "attribute") {
      if (isNamed(expression, name)) return;
      // A list of its own may be built up in steps as well: `LOCAL_APPS += [...]`.
      const local = expression.kind === "name" ? this.changesOf(scope.uri, expression.name) : [];
      for (const change of local) this.collectStrings(change, name, into, seen);
      if (local.length > 0) return;
      const value = this.reader.follow(scope, expression);
      if (value.expression !== expression) this.collectStrings(value, name, into, seen);
    }
  }

  private findModules(): readonly SettingsModule[] {
    const byFolder = new Map<string, { settings: SettingsModule; rank: number }>();
    const offer = (folder: string, uri: string, rank: number): void => {
      const known = byFolder.get(folder);
      if (!known || rank > known.rank) byFolder.set(folder, { settings: { uri, folder }, rank });
    };
    for (const uri of this.core.uris) {
      const path = this.core.path(uri);
      const entry = /\/(manage|wsgi|asgi)\.py$/.exec(path);
      if (!entry) continue;
      const parts = path.split("/");
      const manageFolder = parts.slice(0, -1).join("/");
      // `wsgi.py` lies in the project package, next to or below the folder of `manage.py`.
      for (const dotted of this.settingsNamesIn(uri)) {
        const module = this.core.module(dotted, uri);
        if (!module || module.uri.endsWith("/")) continue;
        let folder = manageFolder;
        if (entry[1] !== "manage") {
          const root = this.core.path(module.uri).replace(/\.py$/, "").replace(/\/__init__$/, "");
          const suffix = `/${dotted.replaceAll(".", "/")}`;
          if (root.endsWith(suffix)) folder = root.slice(0, -suffix.length);
        }
        const isTest = notDeployed.test(dotted);
        offer(folder, module.uri, (deployed.test(dotted) ? 40 : isTest ? 10 : 30) + (entry[1] === "wsgi" ? 3 : entry[1] === "asgi" ? 2 : 1));
      }
    }
    if (byFolder.size === 0) {
      for (const uri of this.settingsFiles()) {
        const path = this.core.path(uri);
        const folder = path.replace(/\/(config\/)?(conf\/)?settings(\/[^/]*)?(\.py)?$/, "").replace(/\/settings\.py$/, "");
        const top = folder.split("/").slice(0, -1).join("/");
        const rank = deployed.test(path.slice(folder.length)) ? 5 : /\/settings\.py$/.test(path) ? 4 : /\/settings\/__init__\.py$/.test(path) ? 3 : /\/(base|common|defaults?)\.py$/.test(path) ? 2 : 1;
        offer(this.core.fileAt(`${folder}/__init__`) ? top : folder, uri, notDeployed.test(path.slice(folder.length)) ? 0 : rank);
      }
    }
    return [...byFolder.values()].sort((a, b) => depth(a.settings.folder) - depth(b.settings.folder) || (a.settings.folder < b.settings.folder ? -1 : 1)).map((each) => each.settings);
  }

  private findCandidates(): readonly string[] {
    const candidates = new Set(this.modules.map((each) => each.uri));
    for (const uri of this.settingsFiles()) if (!notDeployed.test(this.core.path(uri).split("/").slice(-2).join("/"))) candidates.add(uri);
    return [...candidates];
  }

  /** Files named like settings that set something only Django's settings have. */
  private settingsFiles(): readonly string[] {
    return this.core.uris.filter((uri) => {
      if (!/\/([a-z]*_?settings(_[a-z]+)?\.py|settings\/[^/]+\.py)$/i.test(this.core.path(uri))) return false;
      const values = this.core.files.get(uri)?.declares.values ?? [];
      return values.some((each) => /^(INSTALLED_APPS|DATABASES|ROOT_URLCONF|AUTH_USER_MODEL|MIDDLEWARE|SECRET_KEY)$/.test(each.name))
        || (this.core.files.get(uri)?.declares.imports ?? []).some((each) => each.name === "*");
    });
  }

  private settingsNamesIn(uri: string): readonly string[] {
    const names: string[] = [];
    const add = (expression: Expression | undefined): void => {
      const name = expression && (this.reader.string({ uri }, expression) ?? defaultString(expression));
      if (name) names.push(name);
    };
    const visitCall = (call: Call): void => {
      if (calleeName(call) === "setdefault" && isString(positional(call, 0), "DJANGO_SETTINGS_MODULE")) add(positional(call, 1));
    };
    for (const body of Object.values(this.core.bodies(uri))) {
      forEachStatement(body, (statement) => {
        if (statement.kind === "expression" && statement.expression.kind === "call") visitCall(statement.expression);
        if (statement.kind !== "assign" || !statement.value) return;
        if (statement.value.kind === "call") visitCall(statement.value);
        // `os.environ["DJANGO_SETTINGS_MODULE"] = "shop.settings"`
        for (const target of statement.targets) if (target.kind === "subscript" && isString(target.index, "DJANGO_SETTINGS_MODULE")) add(statement.value);
      });
    }
    return names;
  }
}

function depth(path: string): number {
  return path.split("/").length;
}

function isNamed(expression: Expression, name: string): boolean {
  return expression.kind === "name" && expression.name === name;
}

function isString(expression: Expression | undefined, value: string): boolean {
  return expression?.kind === "literal" && expression.value === value;
}

function rootOf(expression: Expression): Expression {
  return expression.kind === "subscript" ? rootOf(expression.object) : expression;
}

/** `X["a"]["b"] = v` says as much about `X` as `X = {"a": {"b": v}}`. */
function wrapSubscript(target: Expression, value: Expression): Expression {
  if (target.kind !== "subscript") return value;
  return wrapSubscript(target.object, { kind: "mapping", entries: [{ key: target.index, value }], start: value.start, end: value.end });
}

/** The default of `env("X", default="…")`, `os.environ.get("X", "…")`, `os.getenv("X", "…")`, `config("X", default="…")`. */
export function defaultString(expression: Expression): string | undefined {
  if (expression.kind === "logical" && expression.operator === "or") return defaultString(expression.right);
  if (expression.kind === "literal") return typeof expression.value === "string" ? expression.value : undefined;
  if (expression.kind !== "call") return undefined;
  const name = lastName(expression.callee);
  if (!/^(env|get|getenv|config|str|get_env|env_str|get_env_variable|db_url|url)$/i.test(name)) return undefined;
  const value = keyword(expression, "default") ?? positional(expression, 1);
  return value?.kind === "literal" && typeof value.value === "string" ? value.value : undefined;
}
