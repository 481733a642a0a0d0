import type { Server, ServerKind, ServerOption, ServerOptionName, SettingValue } from "../../../project";
import type { Location } from "../../../source";
import type { DeploymentFile, Variable } from "./deployment-files";
import { shellCommands, type SimpleCommand, type Word } from "./shell";

/** What is known of a file that a server's command names. */
export interface ServerConfiguration {
  readonly uri: string;
  /** The names that a Python file assigns. */
  readonly values?: ReadonlyMap<string, SettingValue>;
  /** Other files as they are. */
  readonly text?: string;
}

export interface ServerSources {
  readonly files: readonly DeploymentFile[];
  /** A configuration file by the path that the command has for it; "" for gunicorn's default, `gunicorn.conf.py`. */
  configuration(path: string, from: string): ServerConfiguration | "missing" | undefined;
}

const PROGRAM = /^(?:.*\/)?(gunicorn3?|uvicorn|daphne|hypercorn|granian|uwsgi|waitress-serve|runserver(?:_plus)?)$/;
/** Before these, the name of a server is something else: a package to install, a word to print. */
const NO_SERVER = /^(?:.*\/)?(?:make|just|npm|yarn|docker|docker-compose|podman|service|systemctl|supervisorctl|install|add|wheel|uninstall|echo|printf|which|command|pkill|killall|kill|pgrep|grep|test|\[|\[\[|cat|cp|mv|rm|chmod|chown|ln|mkdir|touch|useradd|adduser|apt-get|apt|apk|sync|healthcheck|export|COPY|set|source|curl)$/;

/** The servers that run the application, by the files that deploy it; those of development are left out. */
export function findServers(sources: ServerSources): readonly Server[] {
  const servers: Server[] = [];
  for (const file of sources.files) {
    if (file.isForDevelopment) continue;
    for (const command of file.commands) {
      const server = readServer(command, file, sources);
      if (server) servers.push(server);
    }
  }
  return servers;
}

function readServer(command: SimpleCommand & { readonly service?: string; readonly replicas?: number }, file: DeploymentFile, sources: ServerSources): Server | undefined {
  const { words } = command;
  const at = words.findIndex((word) => PROGRAM.test(word.text) && !word.open);
  if (at < 0 || words.slice(0, at).some((word) => NO_SERVER.test(word.text))) return undefined;
  const previous = words[at - 1]?.text ?? "";
  // `-k gunicorn`, `--user uwsgi`: the value of an option, unless the option is `-m` or ends a wrapper's own (`--`).
  if (/^-/.test(previous) && !/^(-m|--|-c)$/.test(previous)) return undefined;
  const kind = kindOf(PROGRAM.exec(words[at].text)![1]);
  if (kind === "runserver" && !/(^|\/)(manage\.py|django-admin|django)$/.test(previous)) return undefined;
  const given = readArguments(words.slice(at + 1), file.uri, command.form);
  // A server that looks for changed files is a developer's.
  if (given.flags.has("reload") || given.flags.has("--reload") || given.flags.has("--version") || given.flags.has("--help")) return undefined;
  const options = new Map<ServerOptionName, ServerOption>();
  let complete = true;
  const take = (name: ServerOptionName, option: ServerOption): void => {
    if (!options.has(name)) options.set(name, option);
  };
  for (const { name, option } of given.options) {
    const known = OPTIONS[kind]?.[name];
    if (known) take(known, { ...option, value: numeric(known, option.value) });
  }
  if (given.isOpen) complete = false;
  let application = given.positional.find((word) => /^[\w.]+(:[\w.()]+)?$/.test(word.text) && /[.:]/.test(word.text) && !/\.(ini|py|yaml|yml|toml|json|conf|sock)$/.test(word.text))?.text;
  if (kind === "gunicorn" || kind === "uwsgi") {
    const module = kind === "uwsgi" ? given.options.find(({ name }) => /^(--module|--wsgi|-w|--wsgi-file)$/.test(name))?.option.value : undefined;
    if (module !== undefined) application = String(module).replace(/\.py$/, "").replaceAll("/", ".");
    const own = words.slice(0, at).find((word) => word.text.startsWith("GUNICORN_CMD_ARGS="));
    const variables = [...(own ? [{ name: "GUNICORN_CMD_ARGS", value: own.open ? undefined : own.text.slice(18), at: { uri: file.uri, span: own } }] : []), ...allVariables(sources.files)];
    if (kind === "gunicorn") {
      for (const each of variables) {
        if (each.name !== "GUNICORN_CMD_ARGS") continue;
        if (each.value === undefined) complete = false;
        else for (const { name, option } of readArguments(shellCommands(each.value)[0]?.words ?? [], each.at.uri, "other").options) {
          const known = OPTIONS.gunicorn![name];
          if (known) take(known, { ...option, value: numeric(known, option.value), at: each.at, form: "other" });
        }
      }
    }
    const path = kind === "gunicorn" ? given.options.find(({ name }) => name === "-c" || name === "--config")?.option.value : given.options.find(({ name }) => name === "--ini" || name === "-i")?.option.value ?? given.positional.find((word) => /\.ini$/.test(word.text))?.text;
    const named = path === undefined ? (kind === "gunicorn" ? "" : undefined) : String(path);
    const found = named === undefined ? undefined : sources.configuration(named, file.uri);
    if (found && found !== "missing") {
      const content = kind === "gunicorn" ? gunicornConfiguration(found) : uwsgiConfiguration(found);
      for (const [name, option] of content.options) take(name, option);
      application ??= content.application;
      complete &&= content.complete;
    } else if (named !== "" && named !== undefined) complete = false;
    if (given.options.some(({ name, option }) => (name === "-c" || name === "--config") && option.value === undefined)) complete = false;
  }
  if (kind === "uwsgi") {
    // Every option may be a variable as well (uWSGI: *Configuring uWSGI*, environment variables).
    for (const each of allVariables(sources.files)) {
      const option = UWSGI_VARIABLES[each.name];
      if (option) take(option, { value: numeric(option, each.value), at: each.at, form: "other" });
      else if (/^UWSGI_(INI|CHEAPER|XML|YAML|JSON)/.test(each.name)) complete = false;
    }
  }
  // A server that was not told what to serve is told so, and more, in a place that was not seen.
  if (application === undefined && (kind === "gunicorn" || (kind === "uwsgi" && options.size === 0))) complete = false;
  const concurrency = allVariables(sources.files).find((each) => each.name === "WEB_CONCURRENCY");
  if (concurrency && (kind === "gunicorn" || kind === "uvicorn")) {
    take("workers", { value: numeric("workers", concurrency.value), at: concurrency.at, form: "other" });
  }
  return {
    kind,
    at: { uri: file.uri, span: { start: words[at].start, end: words[at].end } },
    form: command.form,
    application,
    protocol: protocolOf(kind, application, options.get("workerClass"), given),
    options,
    complete,
    scaledByPlatform: file.kind === "procfile" || file.kind === "other",
    replicas: command.replicas ?? 1,
  };
}

function kindOf(program: string): ServerKind {
  if (program.startsWith("runserver")) return "runserver";
  if (program.startsWith("gunicorn")) return "gunicorn";
  return program === "waitress-serve" ? "waitress" : (program as ServerKind);
}

/** Command-line options by server (gunicorn and uvicorn: *Settings*, hypercorn: *Configuring*, granian and uWSGI: their options' reference). */
const OPTIONS: Partial<Record<ServerKind, Readonly<Record<string, ServerOptionName>>>> = {
  gunicorn: {
    "-w": "workers", "--workers": "workers", "--threads": "threads", "-k": "workerClass", "--worker-class": "workerClass",
    "--max-requests": "maxRequests", "--max-requests-jitter": "maxRequestsJitter", "-t": "timeout", "--timeout": "timeout",
  },
  uvicorn: { "--workers": "workers", "--limit-max-requests": "maxRequests", "--limit-max-requests-jitter": "maxRequestsJitter" },
  hypercorn: { "-w": "workers", "--workers": "workers", "-k": "workerClass", "--worker-class": "workerClass", "--max-requests": "maxRequests", "--max-requests-jitter": "maxRequestsJitter" },
  granian: { "--workers": "workers", "--blocking-threads": "threads" },
  uwsgi: { "-p": "workers", "--processes": "workers", "--workers": "workers", "--threads": "threads", "--max-requests": "maxRequests", "--max-requests-delta": "maxRequestsJitter" },
  waitress: { "--threads": "threads" },
};

const UWSGI_VARIABLES: Readonly<Record<string, ServerOptionName>> = {
  UWSGI_PROCESSES: "workers", UWSGI_WORKERS: "workers", UWSGI_THREADS: "threads", UWSGI_MAX_REQUESTS: "maxRequests", UWSGI_MAX_REQUESTS_DELTA: "maxRequestsJitter",
};

interface Arguments {
  readonly options: readonly { readonly name: string; readonly option: ServerOption }[];
  readonly positional: readonly Word[];
  readonly flags: ReadonlySet<string>;
  /** Some words come from the environment: there may be more options. */
  readonly isOpen: boolean;
}

/** Options that stand alone, so that what follows them is the application. */
const WITHOUT_VALUE = /^--(preload|daemon|reload|proxy-headers|no-proxy-headers|no-access-log|access-log|factory|master|enable-threads|die-on-term|vacuum|need-app|lazy-apps|single-interpreter|capture-output|reuse-port|no-sendfile|enable-stdio-inheritance|http2|debug|insecure|noinput|noreload|nothreading|use-colors|no-use-colors|no-server-header|strict|respawn-failed-workers|no-ws)$|^-[DRM]$/;

function readArguments(words: readonly Word[], uri: string, form: ServerOption["form"]): Arguments {
  const options: { name: string; option: ServerOption }[] = [];
  const positional: Word[] = [];
  const flags = new Set<string>();
  let isOpen = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (/^(>|2>|<|>>|&>)/.test(word.text)) continue;
    const joined = /^(--[\w-]+)=(.*)$/s.exec(word.text) ?? /^(-[wktc])(\d.*)$/.exec(word.text);
    if (joined) {
      options.push({ name: joined[1], option: optionOf(joined[2], word.open, { uri, span: { start: word.start, end: word.end } }, form) });
    } else if (/^--?[A-Za-z]/.test(word.text)) {
      const next = words[i + 1];
      flags.add(word.text);
      if (next && !next.text.startsWith("-") && !WITHOUT_VALUE.test(word.text)) {
        options.push({ name: word.text, option: optionOf(next.text, next.open, { uri, span: { start: word.start, end: next.end } }, form) });
        i++;
      }
    } else {
      if (word.open && /^\$/.test(word.text)) isOpen = true;
      positional.push(word);
    }
  }
  return { options, positional, flags, isOpen };
}

function optionOf(text: string, open: boolean, at: Location, form: ServerOption["form"]): ServerOption {
  const isUnread = open && text.includes("$");
  return { value: isUnread ? undefined : text, at, form, ...(open && { variable: "" }) };
}

function numeric(name: ServerOptionName, value: number | string | undefined): number | string | undefined {
  if (name === "workerClass" || value === undefined || typeof value === "number") return value;
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

function allVariables(files: readonly DeploymentFile[]): readonly Variable[] {
  return files.filter((file) => file.kind !== "sample").flatMap((file) => file.variables);
}

function protocolOf(kind: ServerKind, application: string | undefined, workerClass: ServerOption | undefined, given: Arguments): Server["protocol"] {
  const worker = typeof workerClass?.value === "string" ? workerClass.value : undefined;
  switch (kind) {
    case "uwsgi":
    case "waitress":
    case "runserver":
      return "wsgi";
    case "uvicorn":
    case "daphne":
    case "hypercorn":
      return given.options.some(({ name, option }) => name === "--interface" && /^wsgi/i.test(String(option.value))) ? "wsgi" : "asgi";
    case "granian": {
      const stated = given.options.find(({ name }) => name === "--interface")?.option.value;
      return stated === undefined ? "unknown" : String(stated).startsWith("asgi") ? "asgi" : String(stated).startsWith("wsgi") ? "wsgi" : "unknown";
    }
    case "gunicorn":
      if (worker && /uvicorn|asgi|hypercorn/i.test(worker)) return "asgi";
      if (workerClass && worker === undefined) return "unknown";
      if (worker && !/^(sync|gthread|gevent|eventlet|tornado)$/.test(worker)) return "unknown";
      return application && /(^|\.)asgi(\W|$)/.test(application) ? "asgi" : "wsgi";
  }
}

interface Content {
  readonly options: ReadonlyMap<ServerOptionName, ServerOption>;
  readonly application?: string;
  readonly complete: boolean;
}

const GUNICORN_NAMES: Readonly<Record<string, ServerOptionName>> = {
  workers: "workers", threads: "threads", worker_class: "workerClass", max_requests: "maxRequests", max_requests_jitter: "maxRequestsJitter", timeout: "timeout",
};

/** `gunicorn.conf.py`, or a file of the same kind under another name. */
function gunicornConfiguration({ uri, values, text }: ServerConfiguration): Content {
  const options = new Map<ServerOptionName, ServerOption>();
  let application: string | undefined;
  if (values) {
    for (const [name, option] of Object.entries(GUNICORN_NAMES)) {
      const value = values.get(name);
      if (value) options.set(option, ofSetting(option, value));
    }
    const app = values.get("wsgi_app");
    if (app?.kind === "constant" && typeof app.value === "string") application = app.value;
  } else {
    for (const match of (text ?? "").matchAll(/^(\w+)[ \t]*=[ \t]*(.*)$/gm)) {
      const option = GUNICORN_NAMES[match[1]];
      const literal = /^(?:(\d+)|(["'])([\w.]+)\2)\s*(?:#.*)?$/.exec(match[2].trim());
      const end = match.index + match[0].trimEnd().length;
      if (option) options.set(option, { value: literal ? (literal[1] ? Number(literal[1]) : literal[3]) : undefined, several: /cpu_count/.test(match[2]), at: { uri, span: { start: match.index, end } }, form: "python" });
    }
  }
  return { options, application, complete: true };
}

function ofSetting(name: ServerOptionName, value: SettingValue): ServerOption {
  if (value.kind === "constant" && (typeof value.value === "number" || typeof value.value === "string")) {
    return { value: numeric(name, value.value), at: value.at, form: "python", ...(value.variable !== undefined && { variable: value.variable }) };
  }
  const several = value.kind === "unknown" && value.mentions.some((each) => /cpu_count|process_cpu_count/.test(each));
  return { at: value.at, form: "python", several };
}

/** The `[uwsgi]` part of an ini file. Options inside `if-…` blocks, and those given twice, may be other ones. */
function uwsgiConfiguration({ uri, text = "" }: ServerConfiguration): Content {
  const options = new Map<ServerOptionName, ServerOption>();
  const names: Readonly<Record<string, ServerOptionName>> = { processes: "workers", workers: "workers", p: "workers", threads: "threads", "max-requests": "maxRequests", "max-requests-delta": "maxRequestsJitter", harakiri: "timeout" };
  let conditional: string | undefined;
  let application: string | undefined;
  let complete = true;
  for (const match of text.matchAll(/^[ \t]*([\w-]+)[ \t]*(?:=[ \t]*([^\n]*))?$/gm)) {
    const [whole, key, raw = ""] = match;
    const value = raw.replace(/\r$/, "").trim();
    if (/^if-/.test(key)) conditional = value;
    else if (key === "endif") conditional = undefined;
    else if (key === "module" || key === "wsgi") application = value;
    else if (/^(ini|include|import|inherit|cheaper.*|strict-cheaper|for|emperor)$/.test(key)) complete = false;
    const option = names[key];
    if (!option) continue;
    const isNumber = /^\d+$/.test(value);
    const at = { uri, span: { start: match.index, end: match.index + whole.trimEnd().length } };
    options.set(option, { value: isNumber ? Number(value) : undefined, several: /%k/.test(value), at, form: "ini", ...(conditional !== undefined && { variable: conditional }) });
  }
  return { options, application, complete };
}
