import { fingerprintBodies, fingerprintDeclarations, type Declarations, type FileFacts, type SchemaAttribute, type SchemaBlock, type SchemaField, type Suppression } from "../../facts";
import { LineIndex, type Span } from "../../source";
import { MARKER, readSuppression } from "../suppressions";
import { readArguments, readExpression } from "./expressions";
import { TokenReader } from "./reader";
import { tokenize, type Token } from "./tokens";

const FORMS: ReadonlySet<string> = new Set<SchemaBlock["form"]>(["model", "view", "type", "enum", "datasource", "generator"]);

/** What a Prisma schema says (Prisma: *Prisma schema*). Any text gives facts: what cannot be read is left out and its place is among the errors. */
export function lowerSchema(text: string, uri: string): FileFacts {
  const { tokens, comments, errors } = tokenize(text);
  const reader = new TokenReader(tokens);
  const blocks: SchemaBlock[] = [];
  for (reader.skipNewlines(); reader.peek(); reader.skipNewlines()) {
    const block = readBlock(reader);
    if (block) blocks.push(block);
  }
  const broken = [...errors, ...reader.errors].sort((a, b) => a.start - b.start);
  const marked = blocks.map((block): SchemaBlock => (broken.some((error) => error.start < block.end && block.start < error.end) ? { ...block, isBroken: true } : block));
  const declares: Declarations = Object.freeze({ imports: [], classes: [], functions: [], values: [], schema: Object.freeze({ blocks: marked }) });
  const bodies = Object.freeze({ "": [] });
  return Object.freeze({
    uri,
    language: "prisma",
    declares,
    bodies,
    suppressions: suppressionsIn(text, comments),
    errors: broken,
    fingerprint: Object.freeze({ declares: fingerprintDeclarations(declares), bodies: Object.freeze(fingerprintBodies(bodies)) }),
  });
}

/** The comments of a schema, in order. */
export function commentsInSchema(text: string): readonly string[] {
  return tokenize(text).comments.map(({ start, end }) => text.slice(start, end));
}

/** `model User {`; undefined for what begins no block, which is skipped to the end of its line. */
function readBlock(reader: TokenReader): SchemaBlock | undefined {
  const keyword = reader.peek()!;
  const name = reader.peek(1);
  if (keyword.kind !== "name" || !FORMS.has(keyword.text) || name?.kind !== "name" || reader.peek(2)?.text !== "{") {
    skipLine(reader);
    return undefined;
  }
  reader.next();
  reader.next();
  const form = keyword.text as SchemaBlock["form"];
  const bodyStart = reader.next()!.end;
  const body = readBody(reader, form === "datasource" || form === "generator" ? "settings" : form === "enum" ? "values" : "fields");
  const close = reader.is("}") ? reader.next() : undefined;
  if (!close) reader.fail({ start: keyword.start, end: name.end });
  const bodyEnd = close?.start ?? reader.lastEnd;
  return { form, name: name.text, nameStart: name.start, nameEnd: name.end, start: keyword.start, end: close?.end ?? bodyEnd, bodyStart, bodyEnd, ...body };
}

function readBody(reader: TokenReader, of: "settings" | "values" | "fields"): Pick<SchemaBlock, "fields" | "attributes" | "settings"> {
  const fields: SchemaField[] = [];
  const attributes: SchemaAttribute[] = [];
  const settings: SchemaBlock["settings"][number][] = [];
  for (reader.skipNewlines(); reader.peek() && !reader.is("}"); reader.skipNewlines()) {
    const first = reader.peek()!;
    if (reader.is("@") && reader.peek(1)?.text === "@") {
      reader.next();
      const attribute = readAttribute(reader, first.start);
      if (attribute) attributes.push(attribute);
    } else if (isNewBlock(reader)) {
      // The block before was never closed.
      break;
    } else if (first.kind === "name") {
      if (reader.peek(1)?.text === "=") {
        reader.next();
        reader.next();
        const value = readExpression(reader);
        if (value) settings.push({ name: first.text, value });
        else reader.fail(first);
      } else if (of === "settings") skipLine(reader);
      else {
        const field = readField(reader, of === "values");
        if (field) fields.push(field);
      }
    }
    if (!reader.is("}") && reader.peek() && reader.peek()?.kind !== "newline") skipLine(reader);
  }
  return { fields, attributes, settings };
}

function isNewBlock(reader: TokenReader): boolean {
  const [first, second, third] = [reader.peek(), reader.peek(1), reader.peek(2)];
  return first?.kind === "name" && FORMS.has(first.text) && second?.kind === "name" && third?.kind === "punctuation" && third.text === "{";
}

/** `posts Post[] @relation("author")`; of an enum `ADMIN @map("admin")`. */
function readField(reader: TokenReader, isValue: boolean): SchemaField | undefined {
  const name = reader.next()!;
  let type: Token | undefined;
  let [isList, isOptional] = [false, false];
  if (!isValue) {
    type = reader.peek();
    if (type?.kind !== "name") {
      reader.fail(name);
      return undefined;
    }
    reader.next();
    // `Unsupported("circle")`
    if (reader.is("(")) readArguments(reader);
    if (reader.is("[") && reader.peek(1)?.text === "]") {
      reader.next();
      reader.next();
      isList = true;
    }
    if (reader.is("?")) {
      reader.next();
      isOptional = true;
    }
  }
  const attributes: SchemaAttribute[] = [];
  while (reader.is("@")) {
    const attribute = readAttribute(reader, reader.peek()!.start);
    if (!attribute) break;
    attributes.push(attribute);
  }
  return { name: name.text, nameStart: name.start, nameEnd: name.end, type: type?.text ?? "", isList, isOptional, attributes, start: name.start, end: reader.lastEnd };
}

/** `@db.VarChar(20)`; the `@` comes next. */
function readAttribute(reader: TokenReader, start: number): SchemaAttribute | undefined {
  reader.next();
  const first = reader.peek();
  if (first?.kind !== "name") {
    reader.fail({ start, end: reader.lastEnd });
    return undefined;
  }
  let name = reader.next()!.text;
  while (reader.is(".") && reader.peek(1)?.kind === "name") {
    reader.next();
    name += `.${reader.next()!.text}`;
  }
  const args = reader.is("(") ? readArguments(reader) : [];
  return { name, arguments: args, start, end: reader.lastEnd };
}

/** What cannot be read, to the end of its line. */
function skipLine(reader: TokenReader): void {
  const start = reader.peek()!.start;
  while (reader.peek() && reader.peek()?.kind !== "newline" && !reader.is("}")) reader.next();
  if (reader.is("}") && reader.lastEnd <= start) reader.next();
  reader.fail({ start, end: Math.max(start, reader.lastEnd) });
}

function suppressionsIn(text: string, comments: readonly Span[]): Suppression[] {
  if (!text.includes(MARKER)) return [];
  const lines = new LineIndex(text);
  const standsAlone = ({ start }: Span): boolean => text.slice(lines.lineStart(lines.lineAt(start)), start).replace("\uFEFF", "").trim() === "";
  const alone = new Set(comments.filter(standsAlone).map(({ start }) => lines.lineAt(start)));
  return comments.flatMap((span) => {
    const found = readSuppression(text.slice(span.start, span.end));
    if (!found) return [];
    let line = lines.lineAt(span.start);
    // Alone it speaks of the next line that is no comment: suppressions may be stacked.
    if (alone.has(line)) do line++; while (line < lines.lineCount - 1 && alone.has(line));
    return [{ ...found, span, line }];
  });
}

