import { applyEdits, modify } from "jsonc-parser";

/** A configuration file whose text is to be another one. */
export interface ConfigurationEdit {
  readonly uri: string;
  readonly text: string;
  /** The file is not there yet. */
  readonly creates: boolean;
}

/** The text of a configuration file with one option set, by its path: `["rows", "Country"]`. Everything else of it stays, comments too. */
export function withOption(name: string, text: string, path: readonly string[], value: unknown): string {
  if (name === "pyproject.toml") return withTomlOption(text, path, value);
  const whole = name === "package.json" ? ["scaleHints", ...path] : [...path];
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? "  ";
  const edits = modify(text.trim() === "" ? "{}" : text, whole, value, {
    formattingOptions: { insertSpaces: !indent.startsWith("\t"), tabSize: indent.length, eol: text.includes("\r\n") ? "\r\n" : "\n" },
  });
  const changed = applyEdits(text.trim() === "" ? "{}" : text, edits);
  return text.trim() === "" ? `${changed}\n` : changed;
}

/** TOML has no editor that keeps comments; one line in the right table is all that is needed. */
function withTomlOption(text: string, path: readonly string[], value: unknown): string {
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const table = ["tool", "scale-hints", ...path.slice(0, -1)];
  const key = tomlKey(path.at(-1)!);
  const line = `${key} = ${tomlValue(value)}`;
  const lines = text.split(/\r?\n/);
  const header = lines.findIndex((each) => /^\s*\[[^[]/.test(each) && each.replace(/\s+#.*$/, "").replace(/[\s"'[\]]/g, "") === table.join("."));
  if (header < 0) {
    const before = text === "" || text.endsWith("\n") ? text : `${text}${newline}`;
    return `${before}${before === "" ? "" : newline}[${table.map(tomlKey).join(".")}]${newline}${line}${newline}`;
  }
  const next = lines.findIndex((each, index) => index > header && /^\s*\[/.test(each));
  const end = next < 0 ? lines.length : next;
  const known = lines.findIndex((each, index) => index > header && index < end && each.split("=")[0].trim().replace(/["']/g, "") === path.at(-1));
  if (known >= 0) lines[known] = line;
  else lines.splice(header + 1, 0, line);
  return lines.join(newline);
}

function tomlKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
}

function tomlValue(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
