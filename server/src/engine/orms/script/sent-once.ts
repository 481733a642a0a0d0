import type { FileFacts, Statement } from "../../facts";
import type { Dropped } from "../../flow/dropped";
import type { LoopContext, QueryRun } from "../../flow";
import type { Entity, ProjectModel } from "../../project";
import type { FixProposal } from "../../rule";
import type { Span } from "../../source";
import { awaitedAt } from "./calls";
import { awaitAround, freshName, insertBefore, isKnownBefore, outdented, writtenLoop, type WrittenLoop } from "./loops";
import { uncapital } from "./names";
import { inFile } from "./rewriter";
import { lineStart } from "./source-style";
import { namesIn, statementsAround } from "./statements";

export interface Hoisted {
  readonly facts: FileFacts;
  readonly uri: string;
  readonly loop: WrittenLoop;
  /** The query that is sent, without `await`. */
  readonly query: Span;
  /** What its answer may be called. */
  readonly name: string;
}

/** A query that is the same in every round moves before the loop: its whole statement, or what it gives under a name of its own. Safe. */
export function hoistQuery({ facts, uri, loop, query, name }: Hoisted): FixProposal | undefined {
  const awaited = awaitAround(facts, query);
  if (!awaited || !isKnownBefore(awaited, loop, facts)) return undefined;
  const statement = statementsAround(facts, awaited).at(-1)?.statement;
  const assigned = statement?.kind === "assign" && statement.value === awaited && statement.targets.length === 1 ? statement : undefined;
  return {
    title: "Send it once before the loop", safety: "safe", preferred: true,
    build: inFile(uri, (text, style) => {
      const line = assigned && wholeLines(text, assigned);
      if (assigned && line && text.startsWith("const", assigned.start) && [...namesIn(assigned.targets[0])].every((each) => isFree(text, each, assigned))) {
        const before = insertBefore(facts, text, loop.node, [`${outdented(text, assigned, codeOfStatement(text, assigned))}`], style);
        return before && [before, { span: line, newText: "" }];
      }
      const fresh = freshName(text, name, `${name}Found`);
      const before = insertBefore(facts, text, loop.node, [`const ${fresh} = ${outdented(text, awaited)}${style.semicolon}`], style);
      return before && [before, { span: { start: awaited.start, end: awaited.end }, newText: fresh }];
    }),
  };
}

/** A query that is the same in every round gets a name before the loop, which stands where it was. Safe. */
export function nameBefore(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined, nameOf: (row: string, entity: Entity) => string): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const place = facts && awaitedAt(facts, run.expression);
  const entity = project?.entity(run.query.entity);
  if (!facts || !written || !place?.isAwaited || !entity || !isKnownBefore(run.expression, written, facts)) return undefined;
  const row = uncapital(entity.name);
  return {
    title: "Ask once before the loop", safety: "safe",
    build: inFile(uri, (text, style) => {
      const name = freshName(text, nameOf(row, entity), `${row}Found`);
      const before = insertBefore(facts, text, written.node, [`const ${name} = ${text.slice(place.span.start, place.span.end)}${style.semicolon}`], style);
      return before && [before, { span: place.span, newText: name }];
    }),
  };
}

function codeOfStatement(text: string, { start, end }: Span): string {
  return text.slice(start, text[end] === ";" ? end + 1 : end);
}

/** The name is declared nowhere else in the file. */
function isFree(text: string, name: string, { start, end }: Span): boolean {
  return !new RegExp(`\\b(const|let|var|function|class)\\s+([{[][^}\\]=]*\\b)?${name}\\b`).test(text.slice(0, start) + text.slice(end));
}

/** The lines of a statement that has them to itself. */
export function wholeLines(text: string, { start, end }: Span): Span | undefined {
  const from = lineStart(text, start);
  const rest = /^;?[ \t]*(\r\n|\r|\n)/.exec(text.slice(end));
  return text.slice(from, start).trim() === "" && rest ? { start: from, end: end + rest[0].length } : undefined;
}

/** Takes a statement away that does nothing but wait for a query whose result nobody reads. Review. */
export function removeStatement(uri: string, dropped: Dropped | undefined, query: Span): FixProposal | undefined {
  const statement: Statement | undefined = dropped?.statement;
  const expression = statement?.kind === "expression" ? statement.expression : statement?.kind === "assign" ? statement.value : undefined;
  const sent = expression?.kind === "await" ? expression.operand : undefined;
  if (!dropped || !statement || dropped.isAlone || dropped.how === "overwritten" || sent?.start !== query.start || sent.end !== query.end) return undefined;
  return {
    title: "Remove the query", safety: "review", preferred: true,
    build: inFile(uri, (text) => {
      const line = wholeLines(text, statement);
      return line && [{ span: line, newText: "" }];
    }),
  };
}

/** Takes the statement away that sends a query whose result nobody reads, with its line where it has that to itself. Review. */
export function removeQuery({ dropped, at }: QueryRun): FixProposal | undefined {
  if (!dropped || dropped.isAlone || dropped.how === "overwritten") return undefined;
  const { statement } = dropped;
  if (statement.kind !== "expression" && statement.kind !== "assign") return undefined;
  return {
    title: "Remove the query", safety: "review",
    build: inFile(at.uri, (text) => {
      const from = text.lastIndexOf("\n", statement.start - 1) + 1;
      const line = text.indexOf("\n", statement.end);
      const to = line < 0 ? text.length : line;
      const isWholeLine = /^\s*$/.test(text.slice(from, statement.start)) && /^[;\s]*$/.test(text.slice(statement.end, to));
      return [{ span: isWholeLine ? { start: from, end: Math.min(to + 1, text.length) } : { start: statement.start, end: statement.end }, newText: "" }];
    }),
  };
}
