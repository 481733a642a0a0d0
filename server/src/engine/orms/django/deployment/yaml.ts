import type { Span } from "../../../source";

/** A value of a YAML file, with where it stands. Only what compose files need: no anchors, no tags, no documents. */
export type YamlNode =
  | (Span & { readonly kind: "scalar"; readonly text: string; /** Where `text` begins, when it stands there letter by letter. */ readonly textStart?: number })
  | (Span & { readonly kind: "list"; readonly items: readonly YamlNode[] })
  | (Span & { readonly kind: "map"; readonly entries: ReadonlyMap<string, YamlNode>; readonly keys: ReadonlyMap<string, Span> });

interface Line {
  readonly indent: number;
  /** Offset of the first character behind the indentation. */
  readonly start: number;
  /** Without a comment and the space before it. */
  readonly text: string;
}

/** Reads the block structure of a YAML text. What is not understood is a scalar. */
export function readYaml(text: string): YamlNode {
  const lines: Line[] = [];
  let offset = 0;
  for (const raw of text.split("\n")) {
    const indent = /^ */.exec(raw)![0].length;
    const body = withoutComment(raw.slice(indent).replace(/\r$/, ""));
    if (body !== "" && !/^(---|\.\.\.)$/.test(body)) lines.push({ indent, start: offset + indent, text: body });
    offset += raw.length + 1;
  }
  const reader = new Reader(text, lines);
  return reader.block(0) ?? { kind: "map", entries: new Map(), keys: new Map(), start: 0, end: 0 };
}

function withoutComment(line: string): string {
  let quote = "";
  for (let i = 0; i < line.length; i++) {
    const character = line[i];
    if (quote) {
      if (character === quote) quote = "";
    } else if (character === '"' || character === "'") {
      if (i === 0 || /[\s:[,{-]/.test(line[i - 1])) quote = character;
    } else if (character === "#" && (i === 0 || /\s/.test(line[i - 1]))) return line.slice(0, i).trimEnd();
  }
  return line.trimEnd();
}

const KEY = /^("(?:[^"\\]|\\.)*"|'[^']*'|[^\s"'[\]{}&*!|>%@`#-][^:#]*?|-?[\w.$/<-][^:#]*?)\s*:(?=\s|$)/;

class Reader {
  private at = 0;

  constructor(private readonly text: string, private lines: Line[]) {}

  /** The block whose lines are indented by at least `indent`. */
  block(indent: number): YamlNode | undefined {
    // An anchor or a tag on a line of its own says nothing here.
    while (this.lines[this.at] && /^[&!]\S+$/.test(this.lines[this.at].text)) this.at++;
    const first = this.lines[this.at];
    if (!first || first.indent < indent) return undefined;
    if (/^-(\s|$)/.test(first.text)) return this.list(first.indent);
    return KEY.test(first.text) ? this.map(first.indent) : this.scalar(indent);
  }

  private list(indent: number): YamlNode {
    const items: YamlNode[] = [];
    const { start } = this.lines[this.at];
    let end = start;
    for (let line = this.lines[this.at]; line && line.indent >= indent && (line.indent > indent || /^-(\s|$)/.test(line.text)); line = this.lines[this.at]) {
      if (line.indent > indent) {
        this.at++;
        continue;
      }
      const skipped = /^-\s*/.exec(line.text)![0].length;
      const before = this.at;
      if (skipped === line.text.length) this.at++;
      // The item begins in the middle of the line: as if its rest stood on a line of its own.
      else this.lines[this.at] = { indent: indent + skipped, start: line.start + skipped, text: line.text.slice(skipped) };
      const item = this.block(indent + 1);
      if (item) {
        items.push(item);
        end = item.end;
      }
      if (this.at === before) this.at++;
    }
    return { kind: "list", items, start, end };
  }

  private map(indent: number): YamlNode {
    const entries = new Map<string, YamlNode>();
    const keys = new Map<string, Span>();
    const { start } = this.lines[this.at];
    let end = start;
    for (let line = this.lines[this.at]; line && line.indent >= indent; line = this.lines[this.at]) {
      // What is indented further and was not taken by the key before it was not understood.
      const match = line.indent === indent ? KEY.exec(line.text) : null;
      if (!match) {
        this.at++;
        continue;
      }
      const key = unquote(match[1]);
      const skipped = match[0].length + /^\s*/.exec(line.text.slice(match[0].length))![0].length;
      const rest = line.text.slice(skipped);
      let value: YamlNode | undefined;
      if (rest === "" || /^[&!]\S+$/.test(rest)) {
        this.at++;
        const next = this.lines[this.at];
        // A list may stand as far left as its key.
        value = next && next.indent === indent && /^-(\s|$)/.test(next.text) ? this.list(indent) : this.block(indent + 1);
      } else if (/^[|>]/.test(rest)) {
        value = this.literal(indent);
      } else {
        this.lines[this.at] = { indent: indent + 1, start: line.start + skipped, text: rest };
        value = this.scalar(indent + 1);
      }
      keys.set(key, { start: line.start, end: line.start + match[1].length });
      value ??= { kind: "scalar", text: "", start: line.start + match[0].length, end: line.start + match[0].length };
      entries.set(key, value);
      end = value.end;
    }
    return { kind: "map", entries, keys, start, end };
  }

  /** `|` and `>` blocks: everything that is indented more than the key. */
  private literal(indent: number): YamlNode {
    this.at++;
    const first = this.lines[this.at];
    if (!first || first.indent <= indent) return { kind: "scalar", text: "", start: first?.start ?? this.text.length, end: first?.start ?? this.text.length };
    let last = first;
    for (; this.lines[this.at] && this.lines[this.at].indent > indent; this.at++) last = this.lines[this.at];
    const end = last.start + last.text.length;
    return { kind: "scalar", text: this.text.slice(first.start, end), textStart: first.start, start: first.start, end };
  }

  private scalar(indent: number): YamlNode {
    const { start, text } = this.lines[this.at++];
    let end = start + text.length;
    if (/^[[{]/.test(text)) {
      let depth = bracketDepth(text);
      while (depth > 0 && this.lines[this.at]) {
        const more = this.lines[this.at++];
        depth += bracketDepth(more.text);
        end = more.start + more.text.length;
      }
      return text.startsWith("[") ? this.flowList(start, end) : { kind: "scalar", text: this.text.slice(start, end), start, end };
    }
    // A plain or quoted text goes on as long as lines are indented further.
    while (this.lines[this.at] && this.lines[this.at].indent >= indent && !/^-\s/.test(this.lines[this.at].text) && !KEY.test(this.lines[this.at].text)) {
      const more = this.lines[this.at++];
      end = more.start + more.text.length;
    }
    const raw = this.text.slice(start, end);
    const isQuoted = /^(["']).*\1$/s.test(raw);
    if (!isQuoted) return { kind: "scalar", text: raw, textStart: start, start, end };
    const inner = unquote(raw);
    return { kind: "scalar", text: inner, ...(inner === raw.slice(1, -1) ? { textStart: start + 1 } : {}), start, end };
  }

  private flowList(start: number, end: number): YamlNode {
    const items: YamlNode[] = [];
    for (const match of this.text.slice(start + 1, end).matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\s,[\]"'][^,[\]]*)/g)) {
      const at = start + 1 + match.index;
      items.push({ kind: "scalar", text: (match[1]?.replace(/\\(.)/g, "$1") ?? match[2] ?? match[3]).trim(), start: at, end: at + match[0].trimEnd().length });
    }
    return { kind: "list", items, start, end };
  }
}

function bracketDepth(text: string): number {
  let depth = 0;
  for (const match of text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "").matchAll(/[[\]{}]/g)) depth += match[0] === "[" || match[0] === "{" ? 1 : -1;
  return depth;
}

function unquote(text: string): string {
  if (text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1).replace(/\\(.)/g, "$1");
  if (text.startsWith("'") && text.endsWith("'")) return text.slice(1, -1).replaceAll("''", "'");
  return text;
}

/** A value below a map, by keys; undefined when it is not there. */
export function yamlAt(node: YamlNode | undefined, ...path: readonly string[]): YamlNode | undefined {
  let current = node;
  for (const key of path) current = current?.kind === "map" ? current.entries.get(key) : undefined;
  return current;
}
