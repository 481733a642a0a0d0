import type { Call } from "../facts";
import type { Location, Span } from "../source";

/** A value of the settings, as far as it can be read without running them. */
export type SettingValue = SettingConstant | SettingList | SettingMapping | SettingUnknown;

export interface SettingConstant {
  readonly kind: "constant";
  readonly value: string | number | boolean | null;
  /** The expression, where it is written. */
  readonly at: Location;
  /** The environment variable that may say otherwise: `value` is what holds when it is not set. */
  readonly variable?: string;
  /** The literal that gives the value, when it is not `at` itself: the default of `env.bool("DEBUG", default=True)`. */
  readonly literal?: Location;
}

export interface SettingList {
  readonly kind: "list";
  readonly items: readonly SettingValue[];
  /** Nothing else can be in it. */
  readonly complete: boolean;
  readonly at: Location;
  /** A single display with brackets, which items can be added to. */
  readonly display?: { readonly at: Location; readonly items: readonly Span[] };
}

export interface SettingMapping {
  readonly kind: "mapping";
  readonly entries: ReadonlyMap<string, SettingEntry>;
  /** Nothing else can be in it. */
  readonly complete: boolean;
  readonly at: Location;
  /** The braces to which an entry can be added. */
  readonly display?: { readonly at: Location; readonly items: readonly Span[] };
  /** The call that gives it, with the keywords for some of its keys: `dj_database_url.config(conn_max_age=…)`. */
  readonly call?: { readonly uri: string; readonly expression: Call; readonly keywords: Readonly<Record<string, string>> };
}

export interface SettingEntry {
  readonly value: SettingValue;
  /** The key with its value, or the whole assignment `X["key"] = value`. */
  readonly at: Location;
  readonly form: "item" | "keyword" | "assignment" | "implied";
  /** Only on some of the ways through the settings. */
  readonly maybe: boolean;
}

export interface SettingUnknown {
  readonly kind: "unknown";
  readonly at: Location;
  /** The environment variable it comes from. */
  readonly variable?: string;
  /** Names and strings in it: `cpu_count`, `pgbouncer`. */
  readonly mentions: readonly string[];
}

/** One name of the settings, with the statement that has the last word on it. */
export interface Setting {
  readonly name: string;
  readonly value: SettingValue;
  /** The name where it is assigned. */
  readonly at: Location;
  readonly statement: Location;
}

/** A call in the settings whose result nobody keeps: `sentry_sdk.init(…)`. */
export interface SettingsCall {
  readonly callee: string;
  readonly at: Location;
  readonly keywords: ReadonlyMap<string, SettingEntry>;
}

export type ServerKind = "gunicorn" | "uvicorn" | "daphne" | "hypercorn" | "granian" | "uwsgi" | "waitress" | "runserver";
export type ServerOptionName = "workers" | "threads" | "workerClass" | "maxRequests" | "maxRequestsJitter" | "timeout";

export interface ServerOption {
  /** Undefined: it is given and cannot be read. */
  readonly value?: number | string;
  /** The option with its value. */
  readonly at: Location;
  /** The environment may say otherwise. */
  readonly variable?: string;
  /** Unreadable, yet surely more than one: a number made of the machine's processors. */
  readonly several?: boolean;
  /** How it is written, so that another can be written beside it. */
  readonly form: "shell" | "json" | "python" | "ini" | "other";
}

/** A server that runs the application, with what is known of its options. */
export interface Server {
  readonly kind: ServerKind;
  /** The program's name in its command. */
  readonly at: Location;
  readonly form: "shell" | "json" | "other";
  readonly application?: string;
  readonly protocol: "wsgi" | "asgi" | "unknown";
  readonly options: ReadonlyMap<ServerOptionName, ServerOption>;
  /** Nothing that could set another option was left unread. */
  readonly complete: boolean;
  /** A platform that sets the number of workers by itself: Heroku's `WEB_CONCURRENCY`. */
  readonly scaledByPlatform: boolean;
  /** How many copies of it run, where that is written down. */
  readonly replicas: number;
}

/** Views of an API, by name, and what they leave to the defaults. */
export interface ApiViews {
  readonly count: number;
  /** List views without a pagination of their own. */
  readonly unpaginated: readonly string[];
  /** Some view says itself how often it may be called. */
  readonly throttled: boolean;
}

/** One application as it is deployed: its settings, and the servers that run it. */
export interface Deployment {
  readonly framework: string;
  /** The settings module. */
  readonly uri: string;
  /** Something says that these settings are the deployed ones: their name, a file that deploys them, `DEBUG` off. */
  readonly isDeployed: boolean;
  /** A file that is not in the workspace may have the last word (`from .local import *`). */
  readonly overridable: boolean;
  /** All of the settings were read: what is not among them is not set. */
  readonly complete: boolean;
  readonly settings: ReadonlyMap<string, Setting>;
  readonly calls: readonly SettingsCall[];
  readonly servers: readonly Server[];
  readonly protocol: "wsgi" | "asgi" | "unknown";
  /** A place that shows that several processes serve. */
  readonly severalProcesses?: Location;
  /** A connection pooler stands before the database, as some file says. */
  readonly hasPooler: boolean;
  /** Requests may run where no process lives on. */
  readonly isServerless: boolean;
  readonly api: ApiViews;
  /** The cache is used by code of the project. */
  readonly usesCache: boolean;
  /** What the database's server allows, where its own configuration is readable. */
  readonly database?: { readonly maxConnections: number; readonly at: Location; readonly stated: boolean; readonly image?: Location; readonly hasCommand: boolean; readonly logsSlowQueries: boolean };
  /** Words found in some file that deploys: `nginx`, `statement_timeout`, `log_min_duration_statement`. */
  readonly mentions: readonly string[];
}
