import { slotId, type Argument, type Expression, type If, type Name, type Statement } from "../../facts";
import { argumentNode, assignNode, blockNode, callNode, nameNode, opaqueNode, printStatement, TemplateReader, textNode, wordEnd, type Token } from "../template";
import { assignments, readBindings, readTagArguments, tagCall, tagStatement } from "./arguments";
import { readCondition } from "./conditions";
import { requireExpression } from "./expressions";
import { splitBits, wordOf, type Bit } from "./scan";

/** What a tag says, by its name. The reader has taken the tag. */
type ReadTag = (reader: DjangoReader, token: Token, out: Statement[]) => void;

/** A name that no template can have. */
const REGROUPED = "regrouped item";

/** Statements of a Django template. */
export class DjangoReader extends TemplateReader {
  protected override isBlockTag(name: string): boolean {
    return BLOCK_TAGS.has(name);
  }

  protected override statement(token: Token, out: Statement[]): void {
    if (token.kind === "print") this.print(token, out);
    else (TAGS.get(token.name) ?? readOther)(this, token, out);
  }

  bits(token: Token): Bit[] {
    return splitBits(this.c.text, token.nameEnd, token.to);
  }

  private print(token: Token, out: Statement[]): void {
    out.push(printStatement(requireExpression(this.c, token.from, token.to), token));
  }
}

/** Any other tag: a call, and the content of those that have an end. With an `else` it is a condition. */
function readOther(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  if (token.from === token.to) return c.fail(token.start, token.end);
  const statement = tagStatement(c, token, readTagArguments(c, reader.bits(token)));
  if (!reader.hasEnd(token)) return void out.push(statement);
  const end = `end${token.name}`;
  const start = token.end;
  const then = reader.inner(token, end, "else", "elif", "elseif", "empty");
  let otherwise: Statement[] | undefined;
  while (reader.take("else", "elif", "elseif", "empty")) otherwise = [...(otherwise ?? []), ...reader.inner(token, end, "else", "elif", "elseif", "empty")];
  const isClosed = reader.take(end) !== undefined;
  const stop = isClosed ? reader.lastEnd : Math.max(start, reader.lastEnd);
  if (otherwise && statement.kind === "expression") {
    out.push({ kind: "if", test: statement.expression, then, otherwise, start: token.start, end: stop });
    return;
  }
  out.push(statement, blockNode([...then, ...(otherwise ?? [])], start, stop, isCache(token.name)));
}

function isCache(name: string): boolean {
  return /cached?$/.test(name) && !/^(no|un|never)_?cache/.test(name);
}

function readFor(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const bits = reader.bits(token);
  const inAt = bits.findIndex((bit, index) => index > 0 && wordOf(c.text, bit) === "in");
  if (inAt < 0) c.fail(token.start, token.end);
  const names = inAt < 0 ? bits : bits.slice(0, inAt);
  const values = inAt < 0 ? [] : bits.slice(inAt + 1);
  const last = values.at(-1);
  const reversed = values.length > 1 && wordOf(c.text, last) === "reversed" ? last : undefined;
  const sources = reversed ? values.slice(0, -1) : values;
  const from = sources.at(0)?.start ?? bits[inAt]?.end ?? token.to;
  const to = sources.at(-1)?.end ?? from;
  const target = loopTarget(reader, names, token);
  let iterable = inAt < 0 ? opaqueNode([], from, from) : requireExpression(c, from, Math.max(from, to));
  if (inAt >= 0 && from === to) c.fail(token.start, token.end);
  if (reversed) iterable = callNode(nameNode("|reversed", reversed.start, reversed.end), [argumentNode(iterable)], iterable.start, reversed.end);
  const body = reader.inner(token, "empty", "endfor");
  const otherwise = reader.take("empty") ? reader.inner(token, "endfor") : [];
  reader.take("endfor");
  out.push({ kind: "for", target, iterable, isAsync: false, body, otherwise, start: token.start, end: reader.lastEnd });
}

/** `a, b`: the comma may have space around it. */
function loopTarget(reader: DjangoReader, bits: readonly Bit[], token: Token): Expression {
  const { c } = reader;
  const start = bits.at(0)?.start ?? token.nameEnd;
  const end = bits.at(-1)?.end ?? token.nameEnd;
  const names: Name[] = [];
  for (let at = start; at < end; at++) {
    const stop = wordEnd(c.text, at, end);
    if (stop === at) continue;
    names.push(nameNode(c.name(at, stop), at, stop));
    at = stop;
  }
  if (names.length === 0) return opaqueNode([], start, end);
  return names.length === 1 ? names[0] : { kind: "sequence", of: "tuple", items: names, start, end };
}

function readIf(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const clauses: { readonly test: Expression; readonly then: Statement[]; readonly start: number }[] = [];
  let otherwise: Statement[] = [];
  for (let clause: Token | undefined = token; clause; clause = reader.take("elif", "elseif")) {
    const test = readCondition(c, reader.bits(clause), clause.start, clause.end);
    const then = reader.inner(clause, "elif", "elseif", "else", "endif");
    // Each further clause is one level deeper.
    if (clauses.length < c.room) clauses.push({ test, then, start: clause.start });
  }
  for (let more = reader.take("else", "elif"); more; more = reader.take("else", "elif")) {
    if (more.name === "elif" || otherwise.length > 0) c.fail(more.start, more.end);
    otherwise = [...otherwise, ...reader.inner(more, "elif", "else", "endif")];
  }
  reader.take("endif");
  for (let index = clauses.length - 1; index >= 0; index--) {
    const { test, then, start } = clauses[index];
    otherwise = [{ kind: "if", test, then, otherwise, start, end: reader.lastEnd } satisfies If];
  }
  out.push(...otherwise);
}

/** `{% ifequal a b %}`, which Django had up to 3.2. */
function readIfEqual(operator: "==" | "!="): ReadTag {
  return (reader, token, out) => {
    const { c } = reader;
    const [left, right] = [0, 1].map((index) => {
      const bit = reader.bits(token)[index] ?? { start: token.to, end: token.to };
      return requireExpression(c, bit.start, bit.end);
    });
    const test: Expression = { kind: "comparison", operator, left, right, start: left.start, end: right.end };
    branches(reader, token, test, out);
  };
}

/** The body of a tag that may have an `else`. */
function branches(reader: DjangoReader, token: Token, test: Expression, out: Statement[]): void {
  const end = `end${token.name}`;
  const then = reader.inner(token, "else", end);
  const otherwise = reader.take("else") ? reader.inner(token, end) : [];
  reader.take(end);
  out.push({ kind: "if", test, then, otherwise, start: token.start, end: reader.lastEnd });
}

/** With values, the body runs when they changed; without, it is what is compared. */
function readIfChanged(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { arguments: args } = readTagArguments(reader.c, reader.bits(token));
  if (args.length > 0) return branches(reader, token, tagCall(reader.c, token, args), out);
  const body = reader.inner(token, "else", "endifchanged");
  const otherwise = reader.take("else") ? reader.inner(token, "endifchanged") : [];
  reader.take("endifchanged");
  out.push(blockNode([...body, ...otherwise], token.start, reader.lastEnd));
}

function readWith(reader: DjangoReader, token: Token, out: Statement[]): void {
  const bits = reader.bits(token);
  const { bindings, targets, next } = readBindings(reader.c, bits, 0);
  if (next < bits.length || next === 0) reader.c.fail(token.start, token.end);
  const body = reader.inner(token, "endwith");
  reader.take("endwith");
  out.push(blockNode([...assignments(bindings, targets), ...body], token.start, reader.lastEnd));
}

/** A tag whose arguments do not matter: its content is a block. */
function readPlainBlock(reader: DjangoReader, token: Token, out: Statement[]): void {
  const end = `end${token.name}`;
  const body = reader.inner(token, end);
  reader.take(end);
  out.push(blockNode(body, token.start, reader.lastEnd));
}

/** `{% cache timeout name vary %}`: the name is a name, what it varies on is evaluated each time, its content seldom. */
function readCache(reader: DjangoReader, token: Token, out: Statement[]): void {
  out.push(tagStatement(reader.c, token, readTagArguments(reader.c, reader.bits(token).filter((_, index) => index !== 1))));
  const body = reader.inner(token, "endcache");
  reader.take("endcache");
  out.push(blockNode(body, token.start, reader.lastEnd, true));
}

function readBlock(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const [bit] = reader.bits(token);
  if (!bit) c.fail(token.start, token.end);
  const body = reader.inner(token, "endblock");
  reader.take("endblock");
  addSlot(reader, bit && c.name(bit.start, bit.end), body, token, out);
}

/** A block or partial of this name; without one, or when there is another of the name, what it holds stays where it is. */
function addSlot(reader: DjangoReader, name: string | undefined, body: Statement[], token: Token, out: Statement[] | undefined): void {
  const { c } = reader;
  if (name === undefined || slotId(name) in c.bodies) {
    if (name !== undefined) c.fail(token.start, token.end);
    out?.push(blockNode(body, token.start, reader.lastEnd));
    return;
  }
  c.slots.push(name);
  c.bodies[slotId(name)] = body;
  out?.push({ kind: "slot", name, start: token.start, end: reader.lastEnd });
}

/** `{% partialdef name inline %}` of Django 6.0: a block that is shown where `{% partial name %}` stands. */
function readPartialDefinition(reader: DjangoReader, token: Token, out: Statement[]): void {
  const [bit, inline] = reader.bits(token);
  const body = reader.inner(token, "endpartialdef");
  reader.take("endpartialdef");
  addSlot(reader, bit && partialName(reader, bit), body, token, wordOf(reader.c.text, inline) === "inline" ? out : undefined);
}

function readPartial(reader: DjangoReader, token: Token, out: Statement[]): void {
  const [bit] = reader.bits(token);
  if (bit) out.push({ kind: "slot", name: partialName(reader, bit), start: token.start, end: token.end });
  else reader.c.fail(token.start, token.end);
}

function partialName({ c }: DjangoReader, bit: Bit): string {
  return `partial ${c.name(bit.start, bit.end)}`;
}

function readInclude(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const bits = reader.bits(token);
  const template = bits[0] ? requireExpression(c, bits[0].start, bits[0].end) : opaqueNode([], token.to, token.to);
  if (!bits[0]) c.fail(token.start, token.end);
  c.refer(template);
  let args: readonly Argument[] = [];
  let isolated = false;
  for (let at = 1; at < bits.length; ) {
    const word = wordOf(c.text, bits[at]);
    if (word === "with") {
      const read = readBindings(c, bits, at + 1);
      args = [...args, ...read.bindings];
      at = read.next;
    } else {
      if (word === "only") isolated = true;
      else c.fail(bits[at].start, bits[at].end);
      at++;
    }
  }
  out.push({ kind: "include", template, arguments: args, isolated, start: token.start, end: token.end });
}

function readExtends(reader: DjangoReader, token: Token): void {
  const [bit] = reader.bits(token);
  if (!bit || reader.c.extends) return reader.c.fail(token.start, token.end);
  reader.c.extends = requireExpression(reader.c, bit.start, bit.end);
  reader.c.refer(reader.c.extends);
}

/** `{% load library library %}`, `{% load tag tag from library %}`. */
function readLoad(reader: DjangoReader, token: Token): void {
  const { c } = reader;
  const bits = reader.bits(token);
  const isPartial = bits.length >= 3 && wordOf(c.text, bits.at(-2)) === "from";
  for (const { start, end } of isPartial ? bits.slice(-1) : bits) c.loads.push(c.name(start, end));
}

/** `{% regroup people by town.name as towns %}` */
function readRegroup(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const [source, by, key, as, name] = reader.bits(token);
  if (!name || wordOf(c.text, by) !== "by" || wordOf(c.text, as) !== "as") return c.fail(token.start, token.end);
  const item = nameNode(REGROUPED, key.start, key.start);
  const body = requireExpression(c, key.start, key.end, item);
  const lambda: Expression = { kind: "lambda", parameters: [{ name: REGROUPED, start: key.start, end: key.start }], isAsync: false, body, start: key.start, end: key.end };
  const call = tagCall(c, token, [argumentNode(requireExpression(c, source.start, source.end)), argumentNode(lambda)]);
  out.push(assignNode(nameNode(c.name(name.start, name.end), name.start, name.end), call, token.start, token.end));
}

/** `{% translate "text" context "menu" as name %}` */
function readTranslate(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const bits = reader.bits(token).filter((bit, index) => index === 0 || wordOf(c.text, bit) !== "context");
  out.push(tagStatement(c, token, readTagArguments(c, bits)));
}

/**
 * `{% blocktranslate with name=value count number=value asvar text %}`. Its content reads plain names of the context and nothing else
 * (`render_value` in Django's `templatetags/i18n.py`), each once.
 */
function readBlockTranslate(reader: DjangoReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const bits = reader.bits(token);
  const statements: Statement[] = [];
  let asvar: Bit | undefined;
  for (let at = 0; at < bits.length; ) {
    const word = wordOf(c.text, bits[at]);
    if (word === "asvar") asvar = bits[at + 1];
    if (word === "with" || word === "count" || word === "and") {
      const read = readBindings(c, bits, at + 1);
      statements.push(...assignments(read.bindings, read.targets));
      at = Math.max(read.next, at + 1);
    } else at += word === "asvar" || word === "context" ? 2 : 1;
  }
  const seen = new Set<string>();
  for (const inner of reader.flat(token, `end${token.name}`)) {
    if (inner.kind !== "print" || seen.has(c.text.slice(inner.from, inner.to)) || wordEnd(c.text, inner.from, inner.to) !== inner.to || inner.from === inner.to) continue;
    const name = c.name(inner.from, inner.to);
    seen.add(name);
    statements.push(printStatement(nameNode(name, inner.from, inner.to), inner));
  }
  out.push(blockNode(statements, token.start, reader.lastEnd));
  if (asvar) out.push(assignNode(nameNode(c.name(asvar.start, asvar.end), asvar.start, asvar.end), textNode(token.start, reader.lastEnd), token.start, reader.lastEnd));
}

const TAGS: ReadonlyMap<string, ReadTag> = new Map<string, ReadTag>([
  ["for", readFor],
  ["if", readIf],
  ["ifequal", readIfEqual("==")],
  ["ifnotequal", readIfEqual("!=")],
  ["ifchanged", readIfChanged],
  ["with", readWith],
  ["block", readBlock],
  ["partialdef", readPartialDefinition],
  ["partial", readPartial],
  ["include", readInclude],
  ["extends", readExtends],
  ["load", readLoad],
  ["regroup", readRegroup],
  ["cache", readCache],
  ["trans", readTranslate],
  ["translate", readTranslate],
  ["blocktrans", readBlockTranslate],
  ["blocktranslate", readBlockTranslate],
  ["filter", readPlainBlock],
  ["autoescape", readPlainBlock],
  ["spaceless", readPlainBlock],
  ["localize", readPlainBlock],
  ["localtime", readPlainBlock],
]);

const BLOCK_TAGS: ReadonlySet<string> = new Set([
  "for", "if", "ifequal", "ifnotequal", "ifchanged", "with", "block", "partialdef", "cache", "blocktrans", "blocktranslate",
  "filter", "autoescape", "spaceless", "localize", "localtime", "language", "timezone",
]);
