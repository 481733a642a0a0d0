import type { ForLoop } from "../../../facts";
import type { LoopContext, TransactionDone } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { EditSet, replacement } from "./edit-set";
import { pathTo, scopeAt } from "./names";

/** `for …: with atomic(): …` → `with atomic(): for …: …`: the two lines change places, what they hold stays as it is. */
export function openTransactionOnce({ block, at }: TransactionDone, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  if (!block || block.items.length !== 1 || block.items[0].target || loop.kind !== "for" || loop.at.uri !== at.uri) return undefined;
  const scope = scopeAt(project, at);
  const around = scope && (pathTo(scope.body, at.span).findLast((node) => node.kind === "for") as unknown as ForLoop | undefined);
  if (!around || around.start !== loop.at.span.start || around.body.length !== 1 || around.body[0].start !== block.start || around.otherwise.length > 0) return undefined;
  return {
    title: "Open one transaction around the loop",
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(at.uri);
      const first = block.body[0];
      const head = { start: around.start, end: first.start };
      if (!source?.ownsLines(around) || !source.startsLine(block.start) || !source.startsLine(first.start) || source.hasComment(head)) return undefined;
      const lines = [source.slice({ start: around.start, end: block.start }).trim(), source.slice({ start: block.start, end: first.start }).trim()];
      if (lines.some((line) => /[\r\n]/.test(line) || !line.endsWith(":"))) return undefined;
      const [walk, open] = lines;
      edits.add(at.uri, replacement(head.start, head.end, `${open}${source.eol}${source.indentAt(block.start)}${walk}${source.eol}${source.indentAt(first.start)}`));
      return edits.finish();
    },
  };
}
