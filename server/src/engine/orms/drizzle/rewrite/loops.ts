import type { Call, Expression, FileFacts, Statement } from "../../../facts";
import type { ChainStep, LoopContext, QueryRun, RowWritten } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import type { TextEdit } from "../../../source";
import { changed } from "../../script/calls";
import { importName } from "../../script/imports";
import { fetchOnce, isKnownBefore, isOfElement, isWholeRound, keysOf, wholeLoop, writtenLoop, type WrittenLoop } from "../../script/loops";
import { singularOf } from "../../script/names";
import { codeOf, entryOf } from "../../script/object-literals";
import { inFile } from "../../script/rewriter";
import { indentAt, reindented, type SourceStyle } from "../../script/source-style";
import { hoistQuery } from "../../script/sent-once";
import { nodesIn } from "../../script/statements";
import { isRelational, stepOf } from "./chains";

/** `eq(customers.id, order.customerId)` as it is written. */
interface KeyCondition {
  readonly call: Call;
  /** `customers.id` as the code has it, and the column's name. */
  readonly column: Expression;
  readonly name: string;
  readonly key: Expression;
}

/** The only condition of a query, when it compares a column with what the element of the loop has. */
function keyCondition(where: Expression | undefined, loop: WrittenLoop): KeyCondition | undefined {
  if (where?.kind !== "call" || where.arguments.length !== 2) return undefined;
  const name = where.callee.kind === "name" ? where.callee.name : undefined;
  if (name !== "eq") return undefined;
  const [left, right] = where.arguments.map((argument) => argument.value);
  if (left.kind !== "attribute" || !isOfElement(right, loop)) return undefined;
  return { call: where, column: left, name: left.name, key: right };
}

function conditionOf(steps: readonly ChainStep[]): Expression | undefined {
  if (isRelational(steps)) {
    const options = steps[0].call.arguments[0]?.value;
    return options?.kind === "mapping" ? entryOf(options, "where")?.value : undefined;
  }
  return stepOf(steps, "where")?.call.arguments[0]?.value;
}

/** The condition inside `where: (users, { eq }) => eq(users.id, id)`. */
function plainCondition(facts: FileFacts, where: Expression | undefined): Expression | undefined {
  if (where?.kind !== "function") return where;
  const body = facts.bodies[where.function.id] ?? [];
  return body.length === 1 && body[0].kind === "return" ? body[0].value : undefined;
}

/** The rows of all keys in one query before the loop, and a look-up in each round. Review. */
export function fetchInBulk(run: QueryRun, loop: LoopContext, project: ProjectModel): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project.files.get(uri);
  const entity = project.entity(run.query.entity);
  const written = facts && writtenLoop(facts, loop);
  const { steps, root } = run.query.origin;
  if (!facts || !entity || !written || root.uri !== uri || steps.length === 0 || steps.some((step) => step.uri !== uri)) return undefined;
  const where = plainCondition(facts, conditionOf(steps));
  const condition = keyCondition(where, written);
  const call = steps[steps.length - 1].call;
  if (!condition || call.start !== run.expression.start || call.end !== run.expression.end || !entity.fields.has(condition.name)) return undefined;
  if (stepOf(steps, "leftJoin", "innerJoin", "rightJoin", "fullJoin", "groupBy", "having", "offset", "orderBy") || run.query.combined || !selectsKey(steps, condition.name)) return undefined;
  const field = entity.fields.get(condition.name)!;
  const isOne = field.primaryKey || field.unique;
  const place = awaitedPlace(facts, run.expression) ?? givenPlace(written, run.expression);
  if (!place) return undefined;
  return {
    title: "Fetch them all before the loop", safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      if (!isKnownBefore(root.expression, written, facts)) return undefined;
      const inArray = importName(facts, text, "inArray", "drizzle-orm", style);
      if (!inArray) return undefined;
      const taken = takenOf(place, facts, isRelational(steps) ? steps[0].name : "select", isOne);
      if (!taken) return undefined;
      const fetch = (keys: string): string => `${queryText(text, steps, condition, inArray.local, keys)}`;
      const edits = fetchOnce({
        facts, text, style, entity, loop: written, awaited: taken.span, key: condition.key, mayBeNull: false, column: condition.name, row: rowName(entity), many: !isOne && !taken.first, fetch,
      });
      return edits && [...(inArray.edit ? [inArray.edit] : []), ...taken.edits, ...edits];
    }),
  };
}

/** What stands around the query in a round: `await`, in `const [row] = await …` or for the rows. */
interface AwaitedPlace {
  readonly await: Expression;
  readonly statement: Statement | undefined;
}

function awaitedPlace(facts: FileFacts, expression: Expression): AwaitedPlace | undefined {
  for (const statements of Object.values(facts.bodies)) {
    const statement = innermost(statements, expression);
    if (!statement) continue;
    const awaits = nodesIn(statement).find((node): node is Expression & { kind: "await" } => node.kind === "await" && node.operand.start === expression.start && node.operand.end === expression.end);
    if (awaits) return { await: awaits, statement };
  }
  return undefined;
}

/** `rows.map((row) => db.query.users.findFirst(…))`: the promise is what the callback gives. */
function givenPlace(loop: WrittenLoop, expression: Expression): AwaitedPlace | undefined {
  const [statement] = loop.body;
  if (loop.body.length !== 1 || statement?.kind !== "return" || statement.value?.start !== expression.start || statement.value.end !== expression.end) return undefined;
  return { await: expression, statement };
}

function innermost(statements: readonly Statement[], expression: Expression): Statement | undefined {
  return statements.filter((each) => each.start <= expression.start && expression.end <= each.end).at(-1);
}

interface Taken {
  readonly span: { readonly start: number; readonly end: number };
  readonly edits: readonly TextEdit[];
  /** Of the rows of a key the first one is taken: `const [row] = await …`. */
  readonly first: boolean;
}

/** What the look-up takes the place of. `const [row] = await db.select()…` becomes `const row = …get(key)`. */
function takenOf(place: AwaitedPlace, facts: FileFacts, form: string, isOne: boolean): Taken | undefined {
  const span = { start: place.await.start, end: place.await.end };
  if (form === "findFirst") return isOne ? { span, edits: [], first: true } : undefined;
  const assign = assignOf(facts, place.await);
  if (assign) {
    const [target] = assign.targets;
    if (target?.kind === "sequence") {
      const [only] = target.items;
      return isOne && target.items.length === 1 && only.kind === "name" ? { span, edits: [{ span: { start: target.start, end: target.end }, newText: only.name }], first: true } : undefined;
    }
  }
  // Rows of a unique key in an array: code that walks them goes on with an array.
  return isOne ? undefined : { span, edits: [], first: false };
}

function assignOf(facts: FileFacts, awaits: Expression): (Statement & { kind: "assign" }) | undefined {
  for (const statements of Object.values(facts.bodies)) {
    const found = nodesIn(statements).find((node): node is Statement & { kind: "assign" } => node.kind === "assign" && node.value?.start === awaits.start && node.value.end === awaits.end);
    if (found) return found;
  }
  return undefined;
}

/** Whether the rows have the column that they are looked up by. */
function selectsKey(steps: readonly ChainStep[], column: string): boolean {
  const [first] = steps;
  const given = first.call.arguments[0]?.value;
  if (isRelational(steps)) {
    const columns = given?.kind === "mapping" ? entryOf(given, "columns")?.value : undefined;
    if (given?.kind === "mapping" && ["limit", "offset", "orderBy"].some((name) => entryOf(given, name))) return false;
    return !columns || (columns.kind === "mapping" && entryOf(columns, column) !== undefined);
  }
  if (first.name !== "select") return false;
  const taken = given?.kind === "mapping" ? entryOf(given, column)?.value : undefined;
  return !given || (taken?.kind === "attribute" && taken.name === column);
}

/** The query for all keys: the condition exchanged, a limit of one row left out, `findFirst` become `findMany`. */
function queryText(text: string, steps: readonly ChainStep[], { call, column }: KeyCondition, inArray: string, keys: string): string {
  const last = steps[steps.length - 1].call;
  const cuts: TextEdit[] = [{ span: { start: call.start, end: call.end }, newText: `${inArray}(${codeOf(text, column)}, ${keys})` }];
  const limit = stepOf(steps, "limit");
  if (limit && limit.call.callee.kind === "attribute") cuts.push({ span: { start: limit.call.callee.object.end, end: limit.call.end }, newText: "" });
  const [first] = steps;
  if (first.name === "findFirst" && first.call.callee.kind === "attribute") cuts.push({ span: { start: first.call.callee.nameStart, end: first.call.callee.end }, newText: "findMany" });
  return changed(text, last, cuts);
}

/** `customers` → `customer`, `categories` → `category`. */
function rowName(entity: Entity): string {
  return singularOf(entity.name.replace(/(Table|Schema)$/, ""));
}

/** `for (…) await db.insert(t).values({ … })` → one insert of all rows. Review. */
export function insertTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return inPlaceOfLoop(write, loop, project, "Insert them together", (text, steps, written) => {
    const values = stepOf(steps, "values");
    const given = values?.call.arguments[0]?.value;
    if (!given || steps.some((step) => /^(returning|\$returningId|onConflictDoUpdate|onDuplicateKeyUpdate)$/.test(step.name)) || given.kind !== "mapping") return undefined;
    const row = codeOf(text, given);
    const list = `${codeOf(text, written.iterable)}.map((${written.variable}) => (${row}))`;
    return { span: { start: given.start, end: given.end }, newText: list };
  });
}

/** `for (…) await db.delete(t).where(eq(t.id, row.id))` → one delete with `inArray`. Review. */
export function deleteTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  return inPlaceOfLoop(write, loop, project, "Delete them together", byKeys);
}

/** The same values for every row: one update with `inArray`. Review. */
export function updateTogether(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const facts = project?.files.get(write.at.uri);
  const written = facts && writtenLoop(facts, loop);
  const steps = write.query?.origin.steps ?? [];
  const given = stepOf(steps, "set")?.call.arguments[0]?.value;
  if (!facts || !written || !given || !isKnownBefore(given, written, facts)) return undefined;
  return inPlaceOfLoop(write, loop, project, "Update them together", byKeys);
}

type Change = (text: string, steps: readonly ChainStep[], loop: WrittenLoop, style: SourceStyle, inArray: string | undefined) => TextEdit | undefined;

const byKeys: Change = (text, steps, loop, _style, inArray) => {
  const condition = keyCondition(stepOf(steps, "where")?.call.arguments[0]?.value, loop);
  if (!condition || inArray === undefined || steps.some((step) => step.name === "returning")) return undefined;
  return { span: { start: condition.call.start, end: condition.call.end }, newText: `${inArray}(${codeOf(text, condition.column)}, ${keysOf(text, loop, condition.key, false)})` };
};

function inPlaceOfLoop(write: RowWritten, loop: LoopContext, project: ProjectModel | undefined, title: string, change: Change): FixProposal | undefined {
  const { uri } = write.at;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const steps = write.query?.origin.steps ?? [];
  const last = steps[steps.length - 1]?.call;
  if (!facts || !written || !last || steps.some((step) => step.uri !== uri) || !isWholeRound(written, write.expression) || !isKnownBefore(write.query!.origin.root.expression, written, facts)) return undefined;
  return {
    title, safety: "review", preferred: true,
    build: inFile(uri, (text, style) => {
      const place = wholeLoop(facts, text, written);
      const needsArray = title !== "Insert them together";
      const inArray = needsArray ? importName(facts, text, "inArray", "drizzle-orm", style) : undefined;
      if (!place || (needsArray && !inArray)) return undefined;
      const edit = change(text, steps, written, style, inArray?.local);
      if (!edit) return undefined;
      const code = text.slice(last.start, edit.span.start) + edit.newText + text.slice(edit.span.end, last.end);
      const moved = reindented(code, indentAt(text, last.start), indentAt(text, place.start));
      // An empty list is refused by `values([])`, and `inArray` of none is a condition that nothing meets: only the insert has to look.
      const guard = needsArray ? "" : `if (${codeOf(text, written.iterable)}.length > 0) `;
      return [...(inArray?.edit ? [inArray.edit] : []), { span: place, newText: `${guard}await ${moved}${style.semicolon}` }];
    }),
  };
}

/** A query that is the same in every round moves before the loop. Safe. */
export function hoist(run: QueryRun, loop: LoopContext, project: ProjectModel | undefined): FixProposal | undefined {
  const { uri } = run.at;
  const facts = project?.files.get(uri);
  const written = facts && writtenLoop(facts, loop);
  const entity = project?.entity(run.query.entity);
  return facts && written && entity ? hoistQuery({ facts, uri, loop: written, query: run.expression, name: run.how === "count" ? `${rowName(entity)}Count` : entity.name }) : undefined;
}
