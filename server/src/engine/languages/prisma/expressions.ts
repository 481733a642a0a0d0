import type { Argument, Expression } from "../../facts";
import type { TokenReader } from "./reader";

/** Lists and calls inside each other: nobody writes more, and what is generated must not break the stack. */
const DEEPEST = 50;

/** A value: `"text"`, `5`, `true`, `Cascade`, `now()`, `[a, b(sort: Desc)]`. Undefined where none begins. */
export function readExpression(reader: TokenReader, depth = 0): Expression | undefined {
  reader.skipNewlinesInside(depth);
  const token = reader.peek();
  if (!token || depth > DEEPEST) return undefined;
  switch (token.kind) {
    case "string":
      reader.next();
      return { kind: "literal", value: token.text, start: token.start, end: token.end };
    case "number":
      reader.next();
      return { kind: "literal", value: Number(token.text), start: token.start, end: token.end };
    case "name":
      return readPath(reader, depth);
    case "punctuation":
      return token.text === "[" ? readList(reader, depth) : undefined;
    default:
      return undefined;
  }
}

/** `true`, `Cascade`, `address.street`, `raw("…")`, `env("URL")`. */
function readPath(reader: TokenReader, depth: number): Expression {
  const first = reader.next()!;
  const { start } = first;
  let value: Expression = first.text === "true" || first.text === "false"
    ? { kind: "literal", value: first.text === "true", start, end: first.end }
    : { kind: "name", name: first.text, start, end: first.end };
  while (reader.is(".")) {
    reader.next();
    const name = reader.peek();
    if (name?.kind !== "name") break;
    reader.next();
    value = { kind: "attribute", object: value, name: name.text, nameStart: name.start, start, end: name.end };
  }
  if (!reader.is("(")) return value;
  const open = reader.peek()!.start;
  const args = readArguments(reader, depth + 1);
  const end = reader.lastEnd;
  return { kind: "call", callee: value, arguments: args, open, close: Math.max(open, end - 1), start, end };
}

function readList(reader: TokenReader, depth: number): Expression {
  const { start } = reader.next()!;
  const items = readItems(reader, "]", depth + 1, () => readExpression(reader, depth + 1));
  return { kind: "sequence", of: "list", items, start, end: reader.lastEnd };
}

/** `(fields: [authorId], references: [id])`, with the parentheses. */
export function readArguments(reader: TokenReader, depth = 1): readonly Argument[] {
  reader.next();
  return readItems(reader, ")", depth, () => readArgument(reader, depth));
}

function readArgument(reader: TokenReader, depth: number): Argument | undefined {
  reader.skipNewlinesInside(depth);
  const name = reader.peek();
  if (name?.kind === "name" && reader.peek(1)?.text === ":") {
    reader.next();
    reader.next();
    const value = readExpression(reader, depth);
    return value && { name: name.text, value, start: name.start, end: value.end };
  }
  const value = readExpression(reader, depth);
  return value && { value, start: value.start, end: value.end };
}

/** Items up to `close`; what is no item is an error. A block's end or a new field ends a list that was never closed. */
function readItems<T>(reader: TokenReader, close: ")" | "]", depth: number, read: () => T | undefined): T[] {
  const items: T[] = [];
  for (;;) {
    reader.skipNewlinesInside(depth);
    const token = reader.peek();
    if (!token || token.text === "}" && token.kind === "punctuation" || token.text === "{" && token.kind === "punctuation") {
      reader.fail(token ? { start: token.start, end: token.start } : { start: reader.lastEnd, end: reader.lastEnd });
      return items;
    }
    if (reader.is(close)) {
      reader.next();
      return items;
    }
    if (reader.is(",")) {
      reader.next();
      continue;
    }
    const item = read();
    if (item) items.push(item);
    else {
      const wrong = reader.peek();
      if (!wrong || wrong.text === "}") continue;
      reader.fail(wrong);
      reader.next();
    }
  }
}
