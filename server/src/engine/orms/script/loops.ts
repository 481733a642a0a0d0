import type { Call, ClassDeclaration, Expression, FileFacts, ForLoop, FunctionDeclaration, Statement } from "../../facts";
import type { LoopContext } from "../../flow";
import type { Entity } from "../../project";
import type { Span, TextEdit } from "../../source";
import { canBeMapKey } from "./map-keys";
import { camel, capital, pluralOf } from "./names";
import { codeOf } from "./object-literals";
import { indentAt, reindented, type SourceStyle } from "./source-style";
import { anchorOf, namesIn, nodesIn, statementsAround } from "./statements";

/** A loop as it is written: `for (const order of orders)`, `orders.map((order) => …)`. */
export interface WrittenLoop {
  readonly iterable: Expression;
  /** The name of what each round has. */
  readonly variable: string;
  readonly form: "for" | "map" | "forEach" | "flatMap";
  readonly body: readonly Statement[];
  /** The `for` statement, or the call that is given the callback. */
  readonly node: ForLoop | Call;
  readonly callback?: FunctionDeclaration;
}

/** The loop of the code behind a loop of the evaluator; undefined where it takes its elements apart, or walks something that is computed. */
export function writtenLoop(facts: FileFacts, loop: LoopContext): WrittenLoop | undefined {
  const span = loop.kind === "for" ? loop.at.span : loop.body.span;
  const path = statementsAround(facts, { start: span.start, end: Math.min(span.end, span.start + 1) });
  if (loop.kind === "for") {
    const placed = path.findLast(({ statement }) => statement.kind === "for" && statement.start === span.start);
    if (placed?.statement.kind !== "for" || placed.statement.isAsync || placed.statement.keys) return undefined;
    const { statement } = placed;
    if (statement.target.kind !== "name" || !isSteady(statement.iterable)) return undefined;
    return { iterable: statement.iterable, variable: statement.target.name, form: "for", body: statement.body, node: statement };
  }
  const call = callOf(facts, loop);
  const callee = call?.callee;
  const given = call?.arguments[0]?.value;
  if (!call || callee?.kind !== "attribute" || given?.kind !== "function" || !/^(map|forEach|flatMap)$/.test(callee.name) || call.optional || callee.optional) return undefined;
  const [parameter] = given.function.parameters;
  if (!parameter || parameter.pattern || given.function.parameters.length > 1 || !isSteady(callee.object)) return undefined;
  return { iterable: callee.object, variable: parameter.name, form: callee.name as "map", body: facts.bodies[given.function.id] ?? [], node: call, callback: given.function };
}

function callOf(facts: FileFacts, { at }: LoopContext): Call | undefined {
  for (const statements of Object.values(facts.bodies)) {
    const path = statements.find((each) => each.start <= at.span.start && at.span.end <= each.end);
    const found = path && nodesIn(path).find((node): node is Call => node.kind === "call" && node.start === at.span.start && node.end === at.span.end);
    if (found) return found;
  }
  return undefined;
}

/** A name, or a property of one: may be written twice, and is the same both times. */
export function isSteady(node: Expression): boolean {
  if (node.kind === "name") return true;
  return node.kind === "attribute" && !node.optional && isSteady(node.object);
}

/** Reads nothing of the round but its element: `order.customerId`, `id`. */
export function isOfElement(node: Expression, { variable }: WrittenLoop): boolean {
  if (node.kind === "name") return node.name === variable;
  return node.kind === "attribute" && !node.optional && isOfElement(node.object, { variable } as WrittenLoop);
}

/** The expression's names mean the same before the loop: none of them is bound in it. */
export function isKnownBefore(node: unknown, loop: WrittenLoop, facts: FileFacts): boolean {
  const inside = new Set([loop.variable, ...boundIn(loop.body)]);
  return ![...namesIn(node, facts)].some((name) => inside.has(name));
}

function boundIn(statements: readonly Statement[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const each of nodesIn(statements)) {
    if (each.kind === "assign") for (const target of each.targets) for (const name of namesIn(target)) names.add(name);
    if (each.kind === "augment") for (const name of namesIn(each.target)) names.add(name);
    if (each.kind === "define-function") names.add(each.function.name);
    if (each.kind === "for") for (const name of namesIn(each.target)) names.add(name);
  }
  return names;
}

/** The keys of all rounds as an array: `ids`, `orders.map((order) => order.customerId)`; keys that may be null are left out. */
export function keysOf(text: string, loop: WrittenLoop, key: Expression, mayBeNull: boolean): string {
  const iterable = codeOf(text, loop.iterable);
  if (key.kind === "name") return mayBeNull ? `${iterable}.flatMap((${key.name}) => ${key.name} ?? [])` : iterable;
  return mayBeNull ? `${iterable}.flatMap((${loop.variable}) => ${codeOf(text, key)} ?? [])` : `${iterable}.map((${loop.variable}) => ${codeOf(text, key)})`;
}

/** A name that the file has nowhere yet. */
export function freshName(text: string, ...wanted: readonly string[]): string {
  for (const name of wanted) if (!new RegExp(`\\b${name}\\b`).test(text)) return name;
  const last = wanted[wanted.length - 1];
  for (let i = 2; ; i++) if (!new RegExp(`\\b${last}${i}\\b`).test(text)) return `${last}${i}`;
}

/** Statements put before the one that an offset is in, each on a line of its own. Undefined where there is no room. */
export function insertBefore(facts: FileFacts, text: string, at: Span, lines: readonly string[], { newline }: SourceStyle): TextEdit | undefined {
  const anchor = anchorOf(facts, text, at);
  if (!anchor) return undefined;
  const indent = indentAt(text, anchor.start);
  const code = lines.map((line) => line.replaceAll("\n", newline + indent)).map((line) => `${line}${newline}${indent}`).join("");
  return { span: { start: anchor.start, end: anchor.start }, newText: code };
}

export interface FetchOnce {
  readonly facts: FileFacts;
  readonly text: string;
  readonly style: SourceStyle;
  readonly loop: WrittenLoop;
  /** The entity whose rows are fetched. */
  readonly entity: Entity;
  /** What one round waits for now: `await prisma.customer.findUnique(…)`. */
  readonly awaited: Span;
  /** The key of the round: `order.customerId`. */
  readonly key: Expression;
  readonly mayBeNull: boolean;
  /** The property of the rows that holds the key. */
  readonly column: string;
  /** What one row is called: `customer`. */
  readonly row: string;
  /** Many rows have one key. */
  readonly many: boolean;
  /** Code that gives the rows for an array of keys, without `await`. */
  readonly fetch: (keys: string) => string;
  /** What a round gets where there is no row; absent: what a `Map` gives, undefined. */
  readonly missing?: "null" | "0";
  /** What is kept of a row: `_count._all`; absent: the row. */
  readonly value?: string;
  /** What the rows are called, where that is not the plural of one. */
  readonly rows?: string;
}

/**
 * One query before the loop, a `Map` by key, and a look-up in each round:
 * `const customers = await …; const customersById = new Map(customers.map((customer) => [customer.id, customer]));`
 */
export function fetchOnce(each: FetchOnce): readonly TextEdit[] | undefined {
  const { facts, text, style, loop, awaited, key, column, row, many } = each;
  if (!canBeMapKey(facts, loop, key, each.entity, column)) return undefined;
  const end = style.semicolon;
  const plural = each.rows ?? pluralOf(row);
  const rows = freshName(text, plural, `all${capital(plural)}`);
  const map = freshName(text, `${plural}By${capital(camel(column))}`);
  // A parameter, or the name of a loop of one line: hides nothing that is read there.
  const one = row;
  const code = codeOf(text, key);
  const lines = [`const ${rows} = await ${each.fetch(keysOf(text, loop, key, each.mayBeNull))}${end}`];
  if (many) {
    lines.push(`const ${map} = new Map${style.hasTypes ? `<(typeof ${rows})[number][${style.quote}${column}${style.quote}], typeof ${rows}>` : ""}()${end}`);
    lines.push(`for (const ${one} of ${rows}) ${map}.set(${one}.${column}, [...(${map}.get(${one}.${column}) ?? []), ${one}])${end}`);
  } else lines.push(`const ${map} = new Map(${rows}.map((${one}) => [${one}.${column}, ${one}${each.value === undefined ? "" : `.${each.value}`}]))${end}`);
  const before = insertBefore(facts, text, loop.node, lines, style);
  if (!before) return undefined;
  const fallback = many ? " ?? []" : each.missing === undefined ? "" : ` ?? ${each.missing}`;
  const found = `${map}.get(${code})${fallback}`;
  const isInside = fallback !== "" && /^\s*(?:[).\]]|\?\.)/.test(text.slice(awaited.end)) && /\(\s*$/.test(text.slice(0, awaited.start)) === false;
  return [before, { span: awaited, newText: isInside ? `(${found})` : found }];
}

/** The `await` around a call, with the statement that it is in: what a look-up can take the place of. */
export function awaitAround(facts: FileFacts, call: Span): (Expression & { readonly kind: "await" }) | undefined {
  for (const statements of Object.values(facts.bodies)) {
    const statement = statements.find((each) => each.start <= call.start && call.end <= each.end);
    const found = statement && nodesIn(statement).find((node): node is Expression & { readonly kind: "await" } => node.kind === "await" && node.operand.start === call.start && node.operand.end === call.end);
    if (found) return found;
  }
  return undefined;
}

/** Whether the function around a place may wait for something. */
export function isAsyncAt(facts: FileFacts, at: Span): boolean {
  const body = statementsAround(facts, at).at(-1)?.body;
  if (body === undefined || body === "") return false;
  const closure = facts.closures?.find(({ id }) => id === body);
  if (closure) return closure.isAsync;
  let found = false;
  const visit = (declaration: ClassDeclaration): void => {
    for (const method of declaration.methods) if (method.id === body) found = method.isAsync;
    declaration.classes.forEach(visit);
  };
  for (const fn of facts.declares.functions) if (fn.id === body) return fn.isAsync;
  facts.declares.classes.forEach(visit);
  if (!found) for (const node of nodesIn(Object.values(facts.bodies))) if (node.kind === "define-function" && node.function.id === body) return node.function.isAsync;
  return found;
}

/** Whether a round does nothing but wait for this call: `await x`, `return x`. */
export function isWholeRound(loop: WrittenLoop, call: Span): boolean {
  const [statement] = loop.body;
  if (loop.body.length !== 1 || (statement.kind === "return" && loop.form === "for")) return false;
  const expression = statement.kind === "expression" ? statement.expression : statement.kind === "return" ? statement.value : undefined;
  const sent = expression?.kind === "await" ? expression.operand : expression;
  return sent !== undefined && sent.start === call.start && sent.end === call.end;
}

/** What one statement for all rounds takes the place of: the `for`, or `await Promise.all(rows.map(…))` whose result nobody wants. */
export function wholeLoop(facts: FileFacts, text: string, loop: WrittenLoop): Span | undefined {
  if (loop.form === "for") return { start: loop.node.start, end: loop.node.end };
  for (const statements of Object.values(facts.bodies)) {
    for (const node of nodesIn(statements)) {
      if (node.kind !== "expression" || node.start > loop.node.start || node.end < loop.node.end) continue;
      const call = node.expression.kind === "await" ? node.expression.operand : undefined;
      const given = call?.kind === "call" && call.callee.kind === "attribute" && /^(all|allSettled|\$transaction)$/.test(call.callee.name) && call.arguments.length === 1 ? call.arguments[0].value : undefined;
      if (given && given.start === loop.node.start && given.end === loop.node.end) return { start: node.start, end: /;\s*$/.test(text.slice(node.start, node.end)) ? node.end : text[node.expression.end] === ";" ? node.expression.end + 1 : node.expression.end };
    }
  }
  return undefined;
}

/** Code of several lines as it reads at the beginning of a line: moved out of the indentation that it has in a text. */
export function outdented(text: string, span: Span, code = text.slice(span.start, span.end)): string {
  return reindented(code, indentAt(text, span.start), "").replace(/\r\n?/g, "\n");
}
