import { blocksOf, type Expression, type FileFacts, type Statement } from "../../facts";
import type { Span } from "../../source";

/** A statement with the block it stands in, and the function whose body that is ("" at module level). */
export interface Placed {
  readonly statement: Statement;
  readonly block: readonly Statement[];
  readonly body: string;
}

/** The statements around a place, outermost first, of the innermost function around it. */
export function statementsAround(facts: FileFacts, at: Span): readonly Placed[] {
  let best: readonly Placed[] = [];
  for (const [body, statements] of Object.entries(facts.bodies)) {
    const path = pathIn(statements, at, body);
    const last = path.at(-1);
    if (!last || last.statement.kind === "define-class" || (last.statement.kind === "define-function" && isInBody(last.statement.function, at))) continue;
    const known = best.at(-1);
    if (!known || last.statement.end - last.statement.start < known.statement.end - known.statement.start || (sizeOf(last) === sizeOf(known) && body.length > known.body.length)) best = path;
  }
  return best;
}

function isInBody(fn: { readonly nameEnd: number; readonly end: number }, at: Span): boolean {
  return at.start >= fn.nameEnd && at.end <= fn.end;
}

function sizeOf({ statement }: Placed): number {
  return statement.end - statement.start;
}

function pathIn(block: readonly Statement[], at: Span, body: string): readonly Placed[] {
  const statement = block.find((each) => each.start <= at.start && at.end <= each.end);
  if (!statement) return [];
  const inner = blocksOf(statement).map((each) => pathIn(each, at, body)).find((path) => path.length > 0);
  return [{ statement, block, body }, ...(inner ?? [])];
}

/** The innermost statement around a place that another one can be put before: `(row) => row.total` has none of its own. */
export function anchorOf(facts: FileFacts, text: string, at: Span): Statement | undefined {
  for (let span = at, i = 0; i < 20; i++) {
    const path = statementsAround(facts, span);
    const last = path.at(-1);
    if (!last) return undefined;
    const { statement } = last;
    if (!isConciseReturn(statement, text) && isAlone(text, statement)) return statement;
    // The arrow function around it, and the statement that holds that one.
    const closure = facts.closures?.find(({ id }) => id === last.body);
    if (!isConciseReturn(statement, text) || !closure) return undefined;
    span = closure;
  }
  return undefined;
}

/** `=> value`: a return that nobody wrote. */
function isConciseReturn(statement: Statement, text: string): boolean {
  return statement.kind === "return" && !text.startsWith("return", statement.start);
}

/** A statement that begins its line: `if (x) await y()` on one line leaves no room before `await`. */
function isAlone(text: string, { start }: Statement): boolean {
  return /(^|[\r\n])[ \t]*$/.test(text.slice(Math.max(0, start - 200), start));
}

/** All expressions and statements inside a lowered value. */
export function nodesIn(value: unknown): readonly (Expression | Statement)[] {
  const found: (Expression | Statement)[] = [];
  const visit = (each: unknown): void => {
    if (Array.isArray(each)) return each.forEach(visit);
    if (typeof each !== "object" || each === null) return;
    if ("kind" in each && "start" in each) found.push(each as Expression | Statement);
    Object.values(each).forEach(visit);
  };
  visit(value);
  return found;
}

/** Names that an expression reads, those in functions inside it included where `bodies` are given. */
export function namesIn(node: unknown, facts?: FileFacts): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    for (const each of nodesIn(value)) {
      if (each.kind === "name") names.add(each.name);
      // A declaration is of that kind, too.
      if (each.kind === "function" && "function" in each && facts) visit(facts.bodies[each.function.id] ?? []);
    }
  };
  visit(node);
  return names;
}
