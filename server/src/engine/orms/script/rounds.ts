import type { Call, Expression, FileFacts } from "../../facts";
import type { LoopContext, RowWritten } from "../../flow";
import type { ProjectModel } from "../../project";
import type { Span, TextEdit } from "../../source";
import { receiverOf } from "./calls";
import { writtenLoop, type WrittenLoop } from "./loops";
import type { SourceStyle } from "./source-style";
import { nodesIn } from "./statements";

/** What one statement for all rounds takes the place of. */
interface Whole {
  /** The `for` statement, or `Promise.all(…)` around the callback. */
  readonly whole: Span;
  readonly isStatement: boolean;
}

/** The write that every round of a loop ends with: `users.save(…)`. */
export interface LastWrite extends Whole {
  readonly uri: string;
  readonly facts: FileFacts;
  readonly written: WrittenLoop;
  readonly call: Call;
  /** `users`, and `save`. */
  readonly receiver: Expression;
  readonly name: string;
  /** The round does nothing else. */
  readonly isOnly: boolean;
}

/** `for (const row of rows) await users.save(…);`, `await Promise.all(rows.map((row) => users.save(…)))`. */
export function lastWrite(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): LastWrite | undefined {
  const { at: { uri }, expression: call } = write;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  if (!facts || !written || call.kind !== "call" || call.callee.kind !== "attribute") return undefined;
  const receiver = receiverOf(call);
  const place = wholeOf(facts, written, call);
  return receiver && place && { ...place, uri, facts, written, call, receiver, name: call.callee.name, isOnly: written.body.length === 1 };
}

function wholeOf(facts: FileFacts, written: WrittenLoop, call: Call): Whole | undefined {
  const last = written.body.at(-1);
  const given = last?.kind === "expression" ? last.expression : last?.kind === "return" ? last.value : undefined;
  const inner = given?.kind === "await" ? given.operand : given;
  if (inner?.kind !== "call" || inner.start !== call.start || inner.end !== call.end) return undefined;
  if (written.form === "for") return given?.kind === "await" ? { whole: { start: written.node.start, end: written.node.end }, isStatement: true } : undefined;
  if (written.form !== "map" || written.node.kind === "for") return undefined;
  const around = promiseAllAround(facts, written.node);
  return around && { whole: { start: around.start, end: around.end }, isStatement: false };
}

function promiseAllAround(facts: FileFacts, node: Span): Call | undefined {
  for (const statements of Object.values(facts.bodies)) {
    const found = nodesIn(statements.filter((each) => each.start <= node.start && node.end <= each.end)).find((each): each is Call => each.kind === "call" && each.callee.kind === "attribute" && each.callee.name === "all"
      && each.callee.object.kind === "name" && each.callee.object.name === "Promise" && each.arguments.length === 1 && each.arguments[0].value.start === node.start && each.arguments[0].value.end === node.end);
    if (found) return found;
  }
  return undefined;
}

/** One call that gives a promise in the place of a whole loop. */
export function inPlaceOf({ whole, isStatement }: LastWrite, code: string, { semicolon }: SourceStyle): TextEdit {
  return { span: whole, newText: isStatement ? `await ${code}${semicolon}` : code };
}
