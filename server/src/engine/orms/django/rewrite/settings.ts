import type { Deployment, Server, ServerOptionName, SettingConstant, SettingEntry, SettingMapping, SettingValue } from "../../../project";
import type { FixProposal, Safety, SettingChange, TextSource } from "../../../rule";
import type { FileEdit, Span } from "../../../source";
import { EditSet, insertion, replacement } from "./edit-set";
import { appendItem, argumentsOf, explodeWith, removeItem, type ItemList } from "./items";
import { LINE_LIMIT, type SourceText } from "./source-text";

/** What is added to one pair of brackets. */
interface Addition {
  readonly uri: string;
  readonly list: ItemList;
  readonly texts: string[];
}

/** Changes settings where they are written; what is not written yet goes to where its neighbours are, or to the end of the settings. */
export function changeSettings(deployment: Deployment, changes: readonly SettingChange[], title: string, safety: Safety): FixProposal {
  return {
    title,
    safety,
    build(text) {
      const edits = new EditSet(text);
      const additions: Addition[] = [];
      const statements: { uri: string; after: Span | undefined; text: string }[] = [];
      for (const change of changes) if (!place(change, deployment, edits, additions, statements)) return undefined;
      const gone = changes.flatMap((change) => (change.code === undefined ? removedSpan(change, deployment) ?? [] : []));
      for (const { uri, list, texts } of additions) {
        const source = edits.source(uri);
        // What is added goes behind an item that stays.
        const items = list.items.filter((item) => !gone.some((each) => each.start === item.start && each.end === item.end));
        if (!source || !edits.add(uri, addItems(source, { ...list, items }, texts))) return undefined;
      }
      // Assignments that belong together stand together.
      const seen = new Set<string>();
      for (const { uri, after } of statements) {
        const key = `${uri} ${after?.end}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const source = edits.source(uri);
        const own = statements.filter((each) => each.uri === uri && each.after?.end === after?.end).map((each) => each.text);
        if (!source || !edits.add(uri, addStatements(source, after, own))) return undefined;
      }
      for (const uri of new Set([...additions, ...statements].map((each) => each.uri))) {
        const source = edits.source(uri);
        const mentionsOs = [...additions.flatMap((each) => (each.uri === uri ? each.texts : [])), ...statements.flatMap((each) => (each.uri === uri ? [each.text] : []))].some((each) => /\bos\.environ/.test(each));
        if (source && mentionsOs && !/^(import\s+([\w.]+\s*,\s*)*os\b|from\s+os\s+import\s+\*)/m.test(source.text)) edits.add(uri, importOs(source));
      }
      return edits.finish();
    },
  };
}

function place(change: SettingChange, deployment: Deployment, edits: EditSet, additions: Addition[], statements: { uri: string; after: Span | undefined; text: string }[]): boolean {
  const [name, ...keys] = change.path;
  const setting = deployment.settings.get(name);
  const quoted = (uri: string, code: string): string => {
    const source = edits.source(uri);
    return source?.quote === "'" && !code.includes("'") ? code.replaceAll('"', "'") : code;
  };
  if (!setting) {
    if (change.code === undefined || !edits.source(deployment.uri)) return false;
    statements.push({ uri: deployment.uri, after: undefined, text: quoted(deployment.uri, `${name} = ${nested(keys, change.code)}`) });
    return true;
  }
  let value: SettingValue = setting.value;
  for (let depth = 0; depth < keys.length; depth++) {
    const entry = value.kind === "mapping" ? value.entries.get(keys[depth]) : undefined;
    if (entry && entry.form !== "implied" && !(entry.maybe)) {
      if (depth === keys.length - 1 && change.code === undefined) return removeEntry(edits, value as SettingMapping, entry.at);
      value = entry.value;
      continue;
    }
    if (change.code === undefined) return false;
    const code = nested(keys.slice(depth + 1), change.code);
    if (value.kind === "mapping" && value.display && !entry) {
      const { at, items } = value.display;
      add(additions, at.uri, { open: at.span.start, close: at.span.end - 1, items }, quoted(at.uri, `"${keys[depth]}": ${code}`));
      return true;
    }
    const keyword = value.kind === "mapping" ? value.call?.keywords[keys[depth]] ?? (value.call?.expression.callee.kind === "name" && value.call.expression.callee.name === "dict" ? keys[depth] : undefined) : undefined;
    if (value.kind === "mapping" && value.call && keyword !== undefined) {
      add(additions, value.call.uri, argumentsOf(value.call.expression), quoted(value.call.uri, `${keyword}=${code}`));
      return true;
    }
    const isWhole = edits.source(setting.statement.uri)?.indentAt(setting.statement.span.start) === "";
    const uri = isWhole ? setting.statement.uri : deployment.uri;
    statements.push({ uri, after: isWhole ? setting.statement.span : undefined, text: quoted(uri, `${name}${keys.slice(0, depth + 1).map((key) => `["${key}"]`).join("")} = ${code}`) });
    return true;
  }
  if (change.code === undefined) return false;
  return replaceValue(edits, value, quoted(value.at.uri, change.code));
}

function replaceValue(edits: EditSet, value: SettingValue, code: string): boolean {
  const at = value.kind === "constant" ? value.literal ?? value.at : value.at;
  const source = edits.source(at.uri);
  if (!source?.holds(at.span)) return false;
  return edits.add(at.uri, replacement(at.span.start, at.span.end, code === "False" ? switchedOff(source.slice(at.span)) : code));
}

/** The opposite of a default that is written as text: `"True"`, `"1"`, `"yes"`. */
function switchedOff(written: string): string {
  const opposites: Readonly<Record<string, string>> = { "1": "0", yes: "no", on: "off", true: "false", True: "False", TRUE: "FALSE", t: "f", y: "n" };
  const text = /^(["'])(.*)\1$/.exec(written);
  if (!text) return "False";
  return text[1] + (opposites[text[2]] ?? "False") + text[1];
}

/** Another value in the place of one that is written. */
export function changeValue(value: SettingConstant, code: string, title: string): FixProposal {
  return {
    title,
    safety: "review",
    build(text) {
      const edits = new EditSet(text);
      return replaceValue(edits, value, code) ? edits.finish() : undefined;
    },
  };
}

function removedSpan(change: SettingChange, deployment: Deployment): Span | undefined {
  let value = deployment.settings.get(change.path[0])?.value;
  let span: Span | undefined;
  for (const key of change.path.slice(1)) {
    const entry: SettingEntry | undefined = value?.kind === "mapping" ? value.entries.get(key) : undefined;
    value = entry?.value;
    span = entry?.at.span;
  }
  return span;
}

/** `{"OPTIONS": {"pool": True}}` for the keys `OPTIONS`, `pool`. */
function nested(keys: readonly string[], code: string): string {
  return keys.reduceRight((inner, key) => `{"${key}": ${inner}}`, code);
}

function add(additions: Addition[], uri: string, list: ItemList, text: string): void {
  const known = additions.find((each) => each.uri === uri && each.list.open === list.open);
  if (known) known.texts.push(text);
  else additions.push({ uri, list, texts: [text] });
}

function addItems(source: SourceText, list: ItemList, texts: readonly string[]) {
  const last = list.items.at(-1);
  const isVertical = last !== undefined && source.startsLine(last.start);
  if (isVertical) return appendItem(source, list, texts.join(`,${source.eol}${source.indentAt(last.start)}`));
  const line = source.text.slice(source.lineStart(list.open), source.lineEnd(list.open));
  const isOneLine = source.lineEnd(list.open) >= list.close;
  const added = texts.join(", ");
  if (isOneLine && line.length + added.length + 2 > LINE_LIMIT && !source.hasComment({ start: list.open, end: list.close })) {
    const indent = source.indentAt(list.open);
    return explodeWith(source, list, texts.join(`,${source.eol}${indent}${source.indentUnit}`), indent);
  }
  return appendItem(source, list, added);
}

function removeEntry(edits: EditSet, mapping: SettingMapping, at: { readonly uri: string; readonly span: Span }): boolean {
  const source = edits.source(at.uri);
  if (!source) return false;
  const list = mapping.display ? { open: mapping.display.at.span.start, close: mapping.display.at.span.end - 1, items: mapping.display.items } : mapping.call && mapping.call.uri === at.uri ? argumentsOf(mapping.call.expression) : undefined;
  const index = list?.items.findIndex((item) => item.start === at.span.start && item.end === at.span.end) ?? -1;
  if (list && index >= 0) return edits.add(at.uri, removeItem(source, list, index));
  // An assignment of its own: `DATABASES["default"]["CONN_MAX_AGE"] = 60`.
  if (!source.ownsLines(at.span) || source.indentAt(at.span.start) !== "") return false;
  return edits.add(at.uri, replacement(source.lineStart(at.span.start), source.nextLine(at.span.end), ""));
}

function addStatements(source: SourceText, after: Span | undefined, texts: readonly string[]) {
  if (after) return insertion(source.lineEnd(after.end), texts.map((each) => source.eol + each).join(""));
  const end = source.text.trimEnd().length;
  return replacement(end, source.text.length, `${end > 0 ? source.eol + source.eol : ""}${texts.join(source.eol)}${source.eol}`);
}

function importOs(source: SourceText) {
  const lines = source.lines.filter((line) => line.indent === "");
  const isImport = (line: { readonly code: number }): boolean => /^(import|from)\s/.test(source.text.slice(line.code, line.code + 7));
  const first = lines.find((line) => isImport(line) && !source.text.startsWith("from __future__", line.code));
  if (first) return insertion(source.lineStart(first.code), `import os${source.eol}`);
  const docstring = lines[0] && /^[rbu]*["']/i.test(source.text.slice(lines[0].code, lines[0].code + 3)) ? lines[0] : undefined;
  if (docstring) return insertion(source.nextLine(docstring.end), `${source.eol}import os${source.eol}`);
  return insertion(0, `import os${source.eol}${source.eol}`);
}

/** How an option is written in a command and in a configuration file. */
const SPELLING: Readonly<Record<string, Partial<Record<ServerOptionName, { readonly flag: string; readonly name: string }>>>> = {
  gunicorn: { workers: { flag: "--workers", name: "workers" }, maxRequestsJitter: { flag: "--max-requests-jitter", name: "max_requests_jitter" } },
  uwsgi: { workers: { flag: "--processes", name: "processes" }, maxRequestsJitter: { flag: "--max-requests-delta", name: "max-requests-delta" } },
};

/** Sets an option of a server: in place where it is given, else beside `near`, else right behind the server's name. */
export function setServerOption(server: Server, name: ServerOptionName, value: number, near: ServerOptionName | undefined, title: string): FixProposal | undefined {
  const spelling = SPELLING[server.kind]?.[name];
  const given = server.options.get(name);
  const beside = near && server.options.get(near);
  const anchor = given ?? beside;
  const form = anchor?.form ?? server.form;
  if (!spelling || form === "other") return undefined;
  return { title, safety: "review", build: (text) => optionEdit(text, anchor?.at ?? server.at, given !== undefined, form, spelling, value) };
}

function optionEdit(text: TextSource, at: { readonly uri: string; readonly span: Span }, isGiven: boolean, form: string, spelling: { readonly flag: string; readonly name: string }, value: number): readonly FileEdit[] | undefined {
  const source = text(at.uri);
  if (source === undefined || at.span.end > source.length) return undefined;
  const written = source.slice(at.span.start, at.span.end);
  if (isGiven) {
    const number = /\d+(?!.*\d)/s.exec(written);
    if (!number) return undefined;
    const start = at.span.start + number.index;
    return [{ uri: at.uri, edits: [{ span: { start, end: start + number[0].length }, newText: String(value) }] }];
  }
  let end = at.span.end;
  let newText: string;
  if (form === "json") newText = `, "${spelling.flag}", "${value}"`;
  else if (form === "shell") newText = ` ${spelling.flag} ${value}`;
  else {
    while (end < source.length && source[end] !== "\n" && source[end] !== "\r") end++;
    newText = `${source.startsWith("\r", end) ? "\r\n" : "\n"}${spelling.name} = ${value}`;
  }
  return [{ uri: at.uri, edits: [{ span: { start: end, end }, newText }] }];
}

/** Lets the PostgreSQL of a compose file write down what takes long. */
export function logSlowQueries(deployment: Deployment, milliseconds: number, title: string): FixProposal | undefined {
  const { database } = deployment;
  if (!database?.image || database.hasCommand) return undefined;
  const { uri, span } = database.image;
  return {
    title,
    safety: "review",
    build(text) {
      const source = text(uri);
      if (source === undefined || span.end > source.length) return undefined;
      const lineStart = source.lastIndexOf("\n", span.start - 1) + 1;
      const indent = /^ */.exec(source.slice(lineStart))![0];
      if (!/^ *image:/.test(source.slice(lineStart))) return undefined;
      let end = span.end;
      while (end < source.length && source[end] !== "\n" && source[end] !== "\r") end++;
      const eol = source.startsWith("\r", end) ? "\r\n" : "\n";
      return [{ uri, edits: [{ span: { start: end, end }, newText: `${eol}${indent}command: postgres -c log_min_duration_statement=${milliseconds}` }] }];
    },
  };
}
