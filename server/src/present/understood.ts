import type { Landscape, Understood, Unresolved } from "#engine";
import { blindSpot } from "./blind-spot";
import type { LineIndexes } from "./line-indexes";
import { counted } from "./pretty";
import type { Style } from "./style";

export interface UnderstoodContext {
  readonly lines: LineIndexes;
  readonly pathOf: (uri: string) => string;
  readonly style: Style;
  readonly landscape: () => Landscape;
}

/** What could not be followed, as data: one-based lines and UTF-16 columns. */
export function unresolvedToJson(unresolved: readonly Unresolved[], { lines, pathOf }: Pick<UnderstoodContext, "lines" | "pathOf">): readonly object[] {
  return unresolved.map(({ what, name, reason, at }) => {
    const { start } = lines.range(at.uri, at.span);
    return { what, ...(name !== undefined && { name }), reason, path: pathOf(at.uri), line: start.line + 1, column: start.character + 1 };
  });
}

const KINDS = ["view", "template", "serializer", "query", "relation"] as const;

/** Counts first, then what could not be followed, by kind and file, with the reason. */
export function prettyUnderstood(understood: Understood, unresolved: readonly Unresolved[], { lines, pathOf, style, landscape }: UnderstoodContext): string {
  const table = [
    ["files", understood.files], ["models", understood.entities], ["relations", understood.relations], ["queries", understood.queries],
    ["views", understood.views], ["templates", understood.templates], ["serializers", understood.serializers],
  ] as const;
  const out = [style.bold("Understood"), ...table.map(([name, count]) => `  ${name.padEnd(12)}${count.toLocaleString("en-US").padStart(8)}`), ""];
  const blind = blindSpot(understood, landscape);
  if (blind) out.push(style.bold(style.yellow(blind.what)), blind.why, "");
  // Nothing may have been seen.
  if (unresolved.length === 0) out.push(...(blind ? [] : [style.green("Everything that was seen could be followed."), ""]));
  else out.push(style.bold(`Not understood: ${counted(unresolved.length, "place")}, where silence says nothing`), "");
  for (const kind of KINDS) {
    const ofKind = unresolved.filter(({ what }) => what === kind);
    if (ofKind.length === 0) continue;
    out.push(style.bold(counted(ofKind.length, kind, kind === "query" ? "queries" : `${kind}s`)));
    for (const { name, reason, at } of ofKind) {
      const { start } = lines.range(at.uri, at.span);
      out.push(`  ${style.cyan(`${pathOf(at.uri)}:${start.line + 1}:${start.character + 1}`)}${name === undefined ? "" : ` ${name}`} ${style.dim(reason)}`);
    }
    out.push("");
  }
  return `${out.join("\n")}\n`.replace(/\n\n$/, "\n");
}
