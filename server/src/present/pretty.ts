import type { Finding, Fix, Severity, Understood } from "#engine";
import type { BlindSpot } from "./blind-spot";
import type { LineIndexes } from "./line-indexes";
import { displayWidth, type Style } from "./style";

export interface PrettyContext {
  readonly lines: LineIndexes;
  readonly pathOf: (uri: string) => string;
  readonly fixesOf: (finding: Finding) => readonly Fix[];
  readonly style: Style;
  /** The width of the terminal; code is cut to it. */
  readonly columns: number;
}

/** The findings of one file: each with the line that costs, what else plays a part, and what would help. */
export function prettyFile(uri: string, findings: readonly Finding[], context: PrettyContext): string {
  const { style } = context;
  return `${style.bold(context.pathOf(uri))}\n${findings.map((finding) => prettyFinding(finding, context)).join("\n\n")}\n\n`;
}

function prettyFinding(finding: Finding, context: PrettyContext): string {
  const { style, lines, pathOf } = context;
  const { start } = lines.range(finding.at.uri, finding.at.span);
  const colour = colourOf(finding.severity, style);
  const place = `${start.line + 1}:${start.character + 1}`;
  const unsure = finding.confidence === "resolved" ? "" : style.dim(` (${finding.confidence})`);
  return [
    `  ${place} ${colour(finding.severity)} ${style.bold(finding.ruleId)}${unsure}`,
    ...wrap(finding.message, Math.max(40, context.columns) - 4).map((line) => `    ${line}`),
    ...excerpt(finding, context, colour),
    ...finding.related.map(({ at, message }) => {
      const related = lines.range(at.uri, at.span).start;
      const where = at.uri === finding.at.uri ? `line ${related.line + 1}` : `${pathOf(at.uri)}:${related.line + 1}:${related.character + 1}`;
      return `          ${style.dim("see")} ${style.cyan(where)} ${style.dim(message)}`;
    }),
    ...context.fixesOf(finding).map((fix) => `          ${style.green("fix")} ${fix.title}${fix.safety === "safe" ? "" : style.dim(` (${fix.safety})`)}`),
  ].join("\n");
}

/** The words of a text in lines of a width; a word that is wider has its own line. */
function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

/** The first line of the finding with its part underlined. */
function excerpt(finding: Finding, context: PrettyContext, colour: (text: string) => string): readonly string[] {
  const { lines, style, columns } = context;
  const text = lines.textOf(finding.at.uri);
  if (text === undefined) return [];
  const index = lines.of(finding.at.uri);
  const { start, end } = lines.range(finding.at.uri, finding.at.span);
  const lineStart = index.lineStart(start.line);
  const line = text.slice(lineStart, index.lineStart(start.line + 1)).replace(/[\r\n]+$/, "");
  const to = end.line === start.line ? end.character : line.length;
  const indent = /^[ \t]*/.exec(line)![0].length;
  const skipped = Math.min(indent, start.character);
  const shown = (part: string) => part.replace(/\t/g, "    ").replace(/\p{Control}/gu, "\ufffd");
  let before = shown(line.slice(skipped, start.character));
  let marked = shown(line.slice(start.character, to));
  let after = shown(line.slice(to));
  const number = String(start.line + 1).padStart(5);
  const room = Math.max(40, columns - 16);
  // The marked part matters most: a long line loses its beginning, then its end.
  if (displayWidth(before) > room / 2 && displayWidth(before + marked + after) > room) before = "…" + [...before].slice(-Math.floor(room / 3)).join("");
  if (displayWidth(before + marked) > room) marked = [...marked].slice(0, Math.max(1, room - displayWidth(before))).join("") + "…";
  if (displayWidth(before + marked + after) > room) after = [...after].slice(0, Math.max(0, room - displayWidth(before + marked))).join("") + "…";
  return [
    `    ${style.dim(`${number} │`)} ${before}${marked}${after}`,
    `    ${style.dim("      │")} ${" ".repeat(displayWidth(before))}${colour("~".repeat(Math.max(1, displayWidth(marked))))}`,
  ];
}

/** The last lines: how many of what, and what the answer rests on. */
export function prettySummary(findings: readonly Finding[], understood: Understood, style: Style, blind?: BlindSpot): string {
  const files = new Set(findings.map((finding) => finding.at.uri)).size;
  const counts = (["warning", "information", "hint"] as const)
    .map((severity) => ({ severity, count: findings.filter((finding) => finding.severity === severity).length }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => colourOf(severity, style)(counted(count, severity === "information" ? "note" : severity)));
  const headline =
    findings.length === 0
      ? understood.files === 0 ? style.yellow("Nothing was checked: there is no Python, TypeScript or JavaScript file here.") : blind ? `${style.yellow(blind.what)} ${blind.why}` : style.green("No scalability problem found.")
      : `${style.bold(counted(findings.length, "finding"))} in ${counted(files, "file")}: ${counts.join(", ")}`;
  const { entities, relations, queries, unresolved } = understood;
  const unclear = unresolved > 0 ? `; ${counted(unresolved, "query", "queries")} not understood` : "";
  const shown = [understood.views && counted(understood.views, "view"), understood.templates && counted(understood.templates, "template"), understood.serializers && counted(understood.serializers, "serializer")].filter(Boolean);
  const basis = `Understood ${[counted(understood.files, "file"), counted(entities, "model"), counted(relations, "relation"), counted(queries, "query", "queries"), ...shown].join(", ")}${unclear}.`;
  return `${headline}\n${style.dim(basis)}\n`;
}

export function counted(count: number, one: string, many = one + "s"): string {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}

function colourOf(severity: Severity, style: Style): (text: string) => string {
  return { warning: style.yellow, information: style.blue, hint: style.cyan }[severity];
}
