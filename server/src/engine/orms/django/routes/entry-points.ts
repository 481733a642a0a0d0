import type { Expression } from "../../../facts";
import type { ClassRef, EntryPoint, FrameworkEntries, FunctionRef, ProjectCore, Symbol } from "../../../project";
import { lastName, type ExpressionReader } from "../model/expressions";
import type { DjangoSettings } from "../model/settings";
import { routesOf } from "./url-patterns";
import { symbolOfDotted } from "./views";

/** Decorators that make a function a background task: Celery, django-rq, huey, dramatiq, procrastinate, and what projects build on them (`@acks_late_task`). */
const TASK_DECORATORS = /^(job|db_periodic_task|actor)$|(^|_)task$/;

/** Attributes of tasks that put them in a queue, or make what is put there (Celery, huey, dramatiq, django-q): decorators of the project's own are seen by them. */
const QUEUES = /^(delay|delay_on_commit|apply_async|apply_async_on_commit|signature|s|si|send_with_options)$/;

/** Classes of frameworks whose methods are run by them, by the dotted names of ancestors. */
const RUN_CLASSES: readonly (readonly [RegExp, EntryPoint])[] = [
  [/^(django\.contrib\.\w+\.admin|django\.contrib\.admin)\b|ModelAdmin$/, "admin"],
  [/^django\.core\.management\b.*\b\w*Command$/, "command"],
  [/^celery\.(app\.task\.)?Task$/, "task"],
  [/^channels\.(generic\.|consumer\.)/, "socket"],
  [/^django\.utils\.deprecation\.MiddlewareMixin$/, "middleware"],
  // Of Django and REST framework, and of packages that build on them.
  [/^(django\.views\.|django\.contrib\.auth\.(views|mixins)|django\.contrib\.(syndication|sitemaps)\b|rest_framework\.(views|viewsets|generics|mixins)|django_filters\.views|braces\.views|django_tables2\.)/, "request"],
];

/** Decorators that leave a function to its callers. */
const PLAIN_DECORATORS = /^(staticmethod|classmethod|property|cached_property|classproperty|atomic|lru_cache|cache|wraps|contextmanager|asynccontextmanager|sync_to_async|database_sync_to_async|async_to_sync|abstractmethod|override|overload|non_atomic)$/;
/** Bases that call nothing of their subclasses' own. */
const PLAIN_BASES = /^(object|abc\.ABC|ABC|typing\.(Generic|Protocol|NamedTuple|TypedDict)|enum\.\w+|Exception|\w*Error|dict|list|tuple|str|int|pydantic\.BaseModel)$/;
const ROW_BASES = /^django\.db\.models\.(Model|Manager|QuerySet|base\.Model|manager\.\w+|query\.QuerySet)$/;
/** Methods of models, managers and querysets that Django calls itself. */
const ROW_HOOKS = /^(save|save_base|asave|delete|adelete|clean|clean_fields|full_clean|validate_\w+|get_absolute_url|natural_key|get_by_natural_key|from_db|refresh_from_db|get_queryset|create|get|filter|get_or_create|update_or_create|bulk_create|update|check|contribute_to_class|deconstruct)$/;

/** What starts code in a Django project: addresses, tasks, commands, the admin, consumers, receivers, middleware, context processors. */
export function entriesOf(core: ProjectCore, reader: ExpressionReader, settings: DjangoSettings): FrameworkEntries {
  const hooks = settingHooks(core, settings);
  return {
    languages: ["python", "django-template", "jinja"],
    routes: routesOf(core, reader, settings),
    ofModule: (uri) => (/(^|\.)migrations\./.test(core.moduleName(uri)) ? "migration" : undefined),
    ofFunction: (fn) => entryOfFunction(fn, hooks),
    ofClass: (ref) => entryOfClass(core, hooks, ref),
    byPlace: (uri) => entryOfPlace(core.moduleName(uri)) ?? (startsDjango(core, uri) ? "command" : undefined),
    startedBy: (attribute) => (QUEUES.test(attribute) ? "task" : undefined),
    mayBeCalled: (fn) => mayBeCalled(core, fn),
  };
}

function entryOfPlace(module: string): EntryPoint | undefined {
  if (/(^|\.)management\.commands\./.test(module)) return "command";
  return /(^|\.)tasks?(\.|$)/.test(module) ? "task" : undefined;
}

/** A script that starts Django for itself, to be run by hand (https://docs.djangoproject.com/en/5.2/topics/settings/#calling-django-setup-is-required-for-standalone-django-usage). */
function startsDjango(core: ProjectCore, uri: string): boolean {
  // Hardly any other file imports the package itself, so that hardly any body is looked into.
  if (!core.files.get(uri)?.declares.imports.some(({ module, name, level }) => module === "django" && name === undefined && level === 0) || /(^|\.)(celery|wsgi|asgi|manage|conf(ig)?|settings\w*|routing|\w*(server|worker|bot|consumer))$/.test(core.moduleName(uri))) return false;
  return core.body(uri, "").some((statement) =>
    statement.kind === "expression" && statement.expression.kind === "call" && statement.expression.callee.kind === "attribute" && statement.expression.callee.name === "setup"
      && statement.expression.callee.object.kind === "name" && statement.expression.callee.object.name === "django");
}

function entryOfFunction({ declaration, owner, key }: FunctionRef, hooks: ReadonlyMap<string, EntryPoint>): EntryPoint | undefined {
  for (const decorator of declaration.decorators) {
    const name = nameOfDecorator(decorator);
    if (TASK_DECORATORS.test(name)) return "task";
    if (name === "receiver") return "signal";
  }
  return hooks.get(key) ?? (!owner && declaration.parameters[0]?.name === "request" ? "request" : undefined);
}

function entryOfClass(core: ProjectCore, hooks: ReadonlyMap<string, EntryPoint>, ref: ClassRef): EntryPoint | undefined {
  const hooked = hooks.get(ref.key);
  if (hooked) return hooked;
  const bases = core.ancestors(ref).flatMap((each) => ("external" in each ? [each.external] : []));
  return RUN_CLASSES.find(([pattern]) => bases.some((base) => pattern.test(base)))?.[1];
}

function nameOfDecorator(decorator: Expression): string {
  return lastName(decorator.kind === "call" ? decorator.callee : decorator);
}

/** What settings name for every request: `MIDDLEWARE`, and the context processors of `TEMPLATES`. */
function settingHooks(core: ProjectCore, settings: DjangoSettings): ReadonlyMap<string, EntryPoint> {
  const hooks = new Map<string, EntryPoint>();
  const add = (symbol: Symbol | undefined, entry: EntryPoint): void => {
    if (symbol?.kind === "function") hooks.set(symbol.function.key, entry);
    else if (symbol?.kind === "class" && entry === "middleware") hooks.set(symbol.class.key, entry);
  };
  for (const each of settings.modules) {
    for (const name of ["MIDDLEWARE", "MIDDLEWARE_CLASSES"]) for (const dotted of settings.strings(name, each)) add(symbolOfDotted(core, dotted, each.uri), "middleware");
    for (const { expression } of settings.changesOf(each.uri, "TEMPLATES")) {
      forEachText(expression, (text) => {
        if (text.includes(".")) add(symbolOfDotted(core, text, each.uri), "context-processor");
      });
    }
  }
  return hooks;
}

/** The texts under `context_processors` of a `TEMPLATES` setting. */
function forEachText(expression: Expression, visit: (text: string) => void, isWanted = false): void {
  if (expression.kind === "mapping") {
    for (const { key, value } of expression.entries) forEachText(value, visit, isWanted || (key?.kind === "literal" && key.value === "context_processors"));
  } else if (expression.kind === "sequence") for (const item of expression.items) forEachText(item, visit, isWanted);
  else if (expression.kind === "binary") for (const side of [expression.left, expression.right]) forEachText(side, visit, isWanted);
  else if (expression.kind === "literal" && isWanted && typeof expression.value === "string") visit(expression.value);
}

function mayBeCalled(core: ProjectCore, fn: FunctionRef): boolean {
  const { declaration, owner } = fn;
  if (declaration.decorators.some((each) => !PLAIN_DECORATORS.test(nameOfDecorator(each)))) return true;
  if (!owner) return false;
  if (/^__\w+__$/.test(declaration.name) && declaration.name !== "__init__") return true;
  const bases = core.ancestors(owner).flatMap((each) => ("external" in each ? [each.external] : []));
  if (bases.every((base) => PLAIN_BASES.test(base))) return false;
  if (!bases.every((base) => PLAIN_BASES.test(base) || ROW_BASES.test(base)) || ROW_HOOKS.test(declaration.name)) return true;
  // Templates call what needs no arguments, and read properties.
  return declaration.parameters.slice(1).every((each) => each.default !== undefined || each.spread !== undefined);
}
