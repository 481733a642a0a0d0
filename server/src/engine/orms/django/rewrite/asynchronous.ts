import type { Call } from "../../../facts";
import type { EventLoopBlocked } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { EditSet, insertion, replacement } from "./edit-set";
import { pathTo, scopeAt } from "./names";

/** Methods with an asynchronous variant since Django 4.1 (*What's new in Django 4.1: Asynchronous ORM interface*). */
const SINCE_4_1 = /^(get|first|last|latest|earliest|count|exists|aggregate|in_bulk|create|bulk_create|bulk_update|get_or_create|update_or_create|update|delete|contains)$/;
/** Those of rows and related managers came with 4.2 (*What's new in Django 4.2: Models*). */
const SINCE_4_2 = /^(save|add|remove|set|clear)$/;

/** `Book.objects.get(…)` → `await Book.objects.aget(…)`; `for book in books` → `async for book in books`. */
export function awaitInstead(event: EventLoopBlocked, project: ProjectModel): FixProposal | undefined {
  const { expression, at } = event;
  if (!expression || at.uri !== event.frames[event.asyncFrame].uri || event.frames.length - 1 !== event.asyncFrame || isInLambda(event, project)) return undefined;
  if (event.how === "iterate") return hasVersion(project, 1) ? asyncFor(event) : undefined;
  if (expression.kind !== "call" || expression.callee.kind !== "attribute") return undefined;
  const { name } = expression.callee;
  const isOfRow = SINCE_4_2.test(name) || (name === "delete" && event.row !== undefined) || (event.query?.parent !== undefined && /create$/.test(name));
  if (!isOfRow && !SINCE_4_1.test(name)) return undefined;
  return hasVersion(project, isOfRow ? 2 : 1) ? awaited(event, expression, name) : undefined;
}

/** Django 4.<minor> or later; what is not known is taken for a recent one. */
function hasVersion(project: ProjectModel, minor: number): boolean {
  const version = project.version("django");
  return !version || version[0] > 4 || (version[0] === 4 && version[1] >= minor);
}

function isInLambda({ at }: EventLoopBlocked, project: ProjectModel): boolean {
  const scope = scopeAt(project, at);
  return !scope?.declaration?.isAsync || pathTo(scope.body, at.span).some((node) => node.kind === "lambda" || (node.kind === "comprehension" && (node as { of?: string }).of === "generator"));
}

function awaited(event: EventLoopBlocked, call: Call, name: string): FixProposal {
  return {
    title: `Await \`a${name}()\``,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(event.at.uri);
      if (!source?.holds(call) || call.callee.kind !== "attribute") return undefined;
      const { nameStart, end } = call.callee;
      if (source.slice({ start: nameStart, end }) !== name) return undefined;
      // What goes on with the result must wait for it: `(await …).title`, `not await …` needs nothing.
      const isRead = /^[ \t]*[.([]/.test(text(event.at.uri)!.slice(call.end, call.end + 80));
      edits.add(event.at.uri, [
        insertion(call.start, isRead ? "(await " : "await "),
        replacement(nameStart, end, `a${name}`),
        ...(isRead ? [insertion(call.end, ")")] : []),
      ]);
      return edits.finish();
    },
  };
}

function asyncFor(event: EventLoopBlocked): FixProposal {
  return {
    title: "Walk the rows with `async for`",
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(event.at.uri);
      if (!source?.holds(event.at.span)) return undefined;
      const before = source.slice({ start: Math.max(0, event.at.span.start - 200), end: event.at.span.start });
      const header = /(?<![\w.])for\s+[^\r\n:]+?\s+in\s+$/.exec(before);
      if (!header || /async\s+$/.test(before.slice(0, header.index))) return undefined;
      edits.add(event.at.uri, insertion(event.at.span.start - before.length + header.index, "async "));
      return edits.finish();
    },
  };
}
