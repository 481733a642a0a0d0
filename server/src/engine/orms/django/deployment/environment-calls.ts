import type { Call, Expression } from "../../../facts";
import type { SettingConstant, SettingEntry, SettingMapping, SettingValue } from "../../../project";
import type { Location } from "../../../source";
import { keyword, lastName, positional } from "../model/expressions";
import type { Environment } from "./environment";
import { unknownAt } from "./settings-values";

type Cast = "string" | "boolean" | "integer" | "float" | "list" | "raw";

/** How a call asks the environment: which variable, what it is made of, and what holds without it. */
interface Question {
  readonly variable: string;
  readonly cast: Cast;
  readonly fallback: Expression | undefined;
}

/** What an expression is worth, and how a mapping of `env("DEBUG")` to `Env(DEBUG=(bool, False))` is found. */
export interface Reader {
  value(expression: Expression): SettingValue;
  at(expression: Expression): Location;
  /** The call that made the object of this name. */
  maker(name: string): Call | undefined;
  readonly environment: Environment;
}

const READERS = /^(env|environ|get|getenv|config|get_env|env_str|get_env_variable|env_var|getenv_str|get_str|str|bool|int|float|list|tuple|json|url|path|decimal|unicode|getbool|envbool|env_bool|bool_env|get_bool|get_bool_env|getenv_bool|envint|env_int|int_env|get_int|extract_bool|get_env_bool|boolean|integer|getint|envstr|env_list|strtobool_env)$/i;
/** `values.BooleanValue(True)` of django-configurations. */
const CONFIGURATION_VALUES = /^(Value|BooleanValue|IntegerValue|PositiveIntegerValue|FloatValue|ListValue|TupleValue|SecretValue|URLValue)$/;

/** The value of a call that asks the environment; undefined when it is none. */
export function environmentValue(call: Call, name: string | undefined, reader: Reader): SettingValue | undefined {
  const question = questionOf(call, name, reader);
  if (!question) return undefined;
  const at = reader.at(call);
  const { variable, cast, fallback } = question;
  const known = reader.environment.get(variable);
  const stated = known && known.kind !== "unknown" ? parse(known.value, cast) : undefined;
  if (known?.kind === "set" && stated !== undefined) return { kind: "constant", value: stated, at };
  const byDefault = fallback && reader.value(fallback);
  const unknown = { ...unknownAt(at, byDefault), variable };
  if (known?.kind === "set" || known?.kind === "unknown" || byDefault?.kind !== "constant") {
    // A default that is a list or mapping still says what is there when the environment is silent; nothing is proven by it.
    return unknown;
  }
  const value = typeof byDefault.value === "string" ? parse(byDefault.value, cast) : byDefault.value;
  if (value === undefined || (known && stated !== value)) return unknown;
  return { kind: "constant", value, at, variable: byDefault.variable ?? variable, literal: byDefault.literal ?? byDefault.at };
}

/** `os.environ["DEBUG"]` and `env["DEBUG"]`. */
export function environmentItem(variable: string, at: Location, environment: Environment): SettingValue {
  const known = environment.get(variable);
  return known?.kind === "set" ? { kind: "constant", value: known.value, at } : { kind: "unknown", at, variable, mentions: [] };
}

function questionOf(call: Call, settingName: string | undefined, reader: Reader): Question | undefined {
  const callee = call.callee;
  const name = lastName(callee);
  if (CONFIGURATION_VALUES.test(name) && callee.kind === "attribute" && callee.object.kind === "name" && callee.object.name === "values") {
    const own = keyword(call, "environ_name");
    const prefix = keyword(call, "environ_prefix");
    const isPlain = prefix === undefined || (prefix.kind === "literal" && prefix.value === null);
    const variable = own?.kind === "literal" ? String(own.value) : settingName ?? "";
    const cast: Cast = name.startsWith("Boolean") ? "boolean" : /Integer/.test(name) ? "integer" : name.startsWith("Float") ? "float" : "string";
    return { variable: prefix && isPlain ? variable : `DJANGO_${variable}`, cast, fallback: positional(call, 0) ?? keyword(call, "default") };
  }
  if (!READERS.test(name)) return undefined;
  const first = positional(call, 0) ?? keyword(call, "var") ?? keyword(call, "option");
  if (first?.kind !== "literal" || typeof first.value !== "string" || !/^[A-Za-z_][\w.]*$/.test(first.value)) return undefined;
  if (callee.kind === "attribute") {
    const object = lastName(callee.object);
    if (name === "get" && !/environ|^env$/i.test(object)) return undefined;
    if (name !== "get" && !/^(env|environ|os|config|e|settings_env|decouple|.*env.*)$/i.test(object)) return undefined;
  }
  const variable = first.value;
  const castOfName: Cast | undefined = /bool/i.test(name) ? "boolean" : /int/i.test(name) && !/print/i.test(name) ? "integer" : /^float$/.test(name) ? "float" : /^(list|tuple|json|env_list)$/.test(name) ? "list" : undefined;
  const second = positional(call, 1);
  const isType = second?.kind === "name" && /^(bool|int|float|str|list|Csv)$/.test(second.name);
  const castGiven = keyword(call, "cast") ?? (isType ? second : undefined);
  let cast: Cast = castOfName ?? castOf(castGiven);
  let fallback = keyword(call, "default") ?? (isType ? positional(call, 2) : second);
  // django-environ: `env = Env(DEBUG=(bool, False))` says it for all calls of `env("DEBUG")`.
  const scheme = callee.kind === "name" ? keyword(reader.maker(callee.name) ?? call, variable) : undefined;
  if (scheme?.kind === "sequence" && scheme.items.length === 2 && castGiven === undefined) {
    cast = castOf(scheme.items[0]);
    fallback ??= scheme.items[1];
  } else if (scheme && scheme.kind !== "sequence" && castGiven === undefined) cast = castOf(scheme);
  return { variable, cast: cast === "raw" && (name === "getenv" || name === "get" || name === "str") ? "string" : cast, fallback };
}

function castOf(expression: Expression | undefined): Cast {
  const name = expression ? lastName(expression) : "";
  switch (name) {
    case "bool":
      return "boolean";
    case "int":
      return "integer";
    case "float":
      return "float";
    case "str":
      return "string";
    case "":
      return "raw";
    default:
      return /bool/i.test(name) ? "boolean" : "list";
  }
}

/** A variable's text as a value; undefined when it cannot be one. */
export function parse(text: string, cast: Cast): string | number | boolean | undefined {
  switch (cast) {
    case "boolean":
      return /^(true|yes|on|1|y|t|ok)$/i.test(text) ? true : /^(false|no|off|0|n|f|)$/i.test(text) ? false : undefined;
    case "integer":
      return /^-?\d+$/.test(text.trim()) ? Number(text) : undefined;
    case "float":
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
    case "list":
      return undefined;
    case "string":
    case "raw":
      return text;
  }
}

/** `bool(…)`, `int(…)`, `strtobool(…)` and the like around a constant. */
export function convert(name: string, value: SettingConstant, at: Location): SettingValue {
  const converted = ((): string | number | boolean | undefined => {
    const text = typeof value.value === "string" ? value.value : undefined;
    switch (name) {
      case "int":
        return text !== undefined ? parse(text, "integer") : typeof value.value === "boolean" ? Number(value.value) : typeof value.value === "number" ? Math.trunc(value.value) : undefined;
      case "float":
        return text !== undefined ? parse(text, "float") : typeof value.value === "number" ? value.value : undefined;
      case "str":
        return text ?? (typeof value.value === "number" ? String(value.value) : undefined);
      case "bool":
        return Boolean(value.value);
      default:
        return text !== undefined ? parse(text, "boolean") : typeof value.value === "boolean" ? value.value : undefined;
    }
  })();
  if (converted === undefined) return unknownAt(at, value);
  return { ...value, value: converted, at, literal: value.literal ?? (value.variable === undefined ? undefined : value.at) };
}

const URL_ENGINES: readonly (readonly [RegExp, string])[] = [
  [/^(postgres(ql)?|pgsql|psql)(\+\w+)?:/i, "django.db.backends.postgresql"],
  [/^postgis:/i, "django.contrib.gis.db.backends.postgis"],
  [/^timescale:/i, "timescale.db.backends.postgresql"],
  [/^mysql2?:/i, "django.db.backends.mysql"],
  [/^mysqlgis:/i, "django.contrib.gis.db.backends.mysql"],
  [/^sqlite3?:/i, "django.db.backends.sqlite3"],
  [/^spatialite:/i, "django.contrib.gis.db.backends.spatialite"],
  [/^oracle:/i, "django.db.backends.oracle"],
];

/**
 * The mapping that a database URL is turned into: by dj-database-url, whose arguments have the last word over the URL
 * (`conn_max_age` is 0 unless given: dj_database_url/__init__.py), or by django-environ and environs, where the URL may say more.
 */
export function databaseFromUrl(call: Call, reader: Reader): SettingMapping | undefined {
  const name = lastName(call.callee);
  const owner = call.callee.kind === "attribute" ? lastName(call.callee.object) : "";
  const isDjDatabaseUrl = /^dj_database_url$/.test(owner) && /^(config|parse)$/.test(name);
  const isEnv = /env/i.test(owner) && /^(db|db_url|dj_db_url)$/.test(name);
  const cast = keyword(call, "cast");
  const isDecouple = name === "config" && cast !== undefined && /db_url|database_url|dj_?db/i.test(lastName(cast) + (cast.kind === "attribute" ? lastName(cast.object) : ""));
  if (!isDjDatabaseUrl && !isEnv && !isDecouple) return undefined;
  const at = reader.at(call);
  const entries = new Map<string, SettingEntry>();
  const imply = (key: string, value: SettingValue): void => {
    entries.set(key, { value, at, form: "implied", maybe: false });
  };
  const variable = positional(call, 0)?.kind === "literal" ? String((positional(call, 0) as { value: unknown }).value) : "DATABASE_URL";
  const urlExpression = name === "parse" ? positional(call, 0) : keyword(call, "default") ?? positional(call, 1);
  const url = urlExpression && reader.value(urlExpression);
  const known = name === "parse" ? undefined : reader.environment.get(variable);
  const text = known?.kind === "set" ? known.value : url?.kind === "constant" && typeof url.value === "string" ? url.value : undefined;
  const engine = text === undefined ? undefined : URL_ENGINES.find(([pattern]) => pattern.test(text))?.[1];
  const fromEnvironment = name !== "parse" && known?.kind !== "set";
  if (engine !== undefined) imply("ENGINE", { kind: "constant", value: engine, at, ...(fromEnvironment ? { variable } : url?.kind === "constant" && url.variable !== undefined ? { variable: url.variable } : {}) });
  else imply("ENGINE", { kind: "unknown", at, variable, mentions: [] });
  imply("HOST", { kind: "unknown", at, variable, mentions: text === undefined ? [] : [text] });
  imply("PORT", { kind: "unknown", at, variable, mentions: [] });
  if (!isDjDatabaseUrl && name !== "dj_db_url") {
    return { kind: "mapping", entries, complete: false, at, call: { uri: at.uri, expression: call, keywords: {} } };
  }
  const keywords = { CONN_MAX_AGE: "conn_max_age", CONN_HEALTH_CHECKS: "conn_health_checks", DISABLE_SERVER_SIDE_CURSORS: "disable_server_side_cursors" };
  for (const [key, argument] of Object.entries(keywords)) {
    const node = call.arguments.find((each) => each.name === argument);
    if (node) entries.set(key, { value: reader.value(node.value), at: { uri: at.uri, span: { start: node.start, end: node.end } }, form: "keyword", maybe: false });
  }
  const age = isDjDatabaseUrl ? positional(call, 3 - (name === "parse" ? 1 : 0)) : undefined;
  if (age) imply("CONN_MAX_AGE", reader.value(age));
  else if (!entries.has("CONN_MAX_AGE")) imply("CONN_MAX_AGE", { kind: "constant", value: 0, at });
  // The URL's query ends up in OPTIONS.
  imply("OPTIONS", { kind: "unknown", at, variable, mentions: [] });
  return { kind: "mapping", entries, complete: call.arguments.every((each) => !each.spread), at, call: { uri: at.uri, expression: call, keywords } };
}
