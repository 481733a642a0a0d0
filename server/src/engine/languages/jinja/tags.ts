import { slotId, type Argument, type Assign, type Expression, type FunctionDeclaration, type Statement } from "../../facts";
import { assignNode, bindTogether, blockNode, callNode, expressionStatement, nameNode, opaqueNode, printStatement, TemplateReader, textNode, type Token } from "../template";
import { isTooDeep } from "./depth";
import { JinjaExpressions } from "./expressions";

/** What a tag says, by its name. The reader has taken the tag. */
type ReadTag = (reader: JinjaReader, token: Token, out: Statement[]) => void;

/** Statements of a Jinja template. */
export class JinjaReader extends TemplateReader {
  protected override isBlockTag(name: string): boolean {
    return BLOCK_TAGS.has(name);
  }

  protected override statement(token: Token, out: Statement[]): void {
    if (token.kind === "print") this.print(token, out);
    else (TAGS.get(token.name) ?? readOther)(this, token, out);
  }

  /** The arguments of a tag, to be read and finished. */
  arguments(token: Token): JinjaExpressions {
    return new JinjaExpressions(this.c, token.nameEnd, token.to);
  }

  private print(token: Token, out: Statement[]): void {
    const expressions = new JinjaExpressions(this.c, token.from, token.to);
    const value = checked(this, expressions.tuple());
    expressions.finish();
    // `{{ self.title() }}` shows a block once more.
    const slot = value.kind === "call" && value.arguments.length === 0 && value.callee.kind === "attribute" ? value.callee : undefined;
    if (slot?.object.kind === "name" && slot.object.name === "self") out.push({ kind: "slot", name: slot.name, start: token.start, end: token.end });
    else out.push(printStatement(value, token));
  }
}

/** The expression, or nothing of one that no reader of facts could follow. */
function checked({ c }: JinjaReader, expression: Expression): Expression {
  if (!isTooDeep(expression)) return expression;
  c.fail(expression.start, expression.end);
  return opaqueNode([], expression.start, expression.end);
}

/** A tag of an extension: a call with what it is handed, and the content of those that have an end. */
function readOther(reader: JinjaReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  if (token.from === token.nameEnd) return c.fail(token.start, token.end);
  const expressions = reader.arguments(token);
  const args: Argument[] = [];
  let target: Expression | undefined;
  while (!expressions.isAtEnd) {
    const { start } = expressions;
    if (args.length > 0 && expressions.take("as")) target = expressions.target();
    else {
      const argument = expressions.argument();
      // Signs that mean something to the extension alone.
      if (argument.value.kind === "opaque" || expressions.start === start) break;
      args.push({ ...argument, value: checked(reader, argument.value) });
    }
    expressions.take(",");
  }
  const call: Expression = { ...callNode(nameNode(c.name(token.from, token.nameEnd, "%"), token.from, token.nameEnd), args, token.start, token.end), open: token.nameEnd, close: token.to };
  const statement = target ? assignNode(target, call, token.start, token.end) : expressionStatement(call, token.start, token.end);
  if (!reader.hasEnd(token)) return void out.push(statement);
  const end = `end${token.name}`;
  const then = reader.inner(token, end, "else");
  const otherwise = reader.take("else") ? reader.inner(token, end) : undefined;
  reader.take(end);
  const stop = Math.max(token.end, reader.lastEnd);
  if (otherwise && statement.kind === "expression") out.push({ kind: "if", test: call, then, otherwise, start: token.start, end: stop });
  else out.push(statement, blockNode([...then, ...(otherwise ?? [])], token.end, stop, /^cached?$/.test(token.name)));
}

/** `{% for key, value in items if test recursive %}` */
function readFor(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const target = expressions.target();
  let iterable: Expression = opaqueNode([], expressions.start, expressions.start);
  if (expressions.take("in")) iterable = checked(reader, expressions.tuple(false));
  else expressions.fail();
  const test = expressions.take("if") ? checked(reader, expressions.expression(false)) : undefined;
  expressions.take("recursive");
  expressions.finish();
  const inner = reader.inner(token, "else", "endfor");
  const bodyEnd = Math.max(reader.lastEnd, token.end);
  const otherwise = reader.take("else") ? reader.inner(token, "endfor") : [];
  reader.take("endfor");
  const body: Statement[] = test ? [{ kind: "if", test, then: inner, otherwise: [], start: test.start, end: bodyEnd }] : inner;
  out.push({ kind: "for", target, iterable, isAsync: false, body, otherwise, start: token.start, end: reader.lastEnd });
}

function readIf(reader: JinjaReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const clauses: { readonly test: Expression; readonly then: Statement[]; readonly start: number }[] = [];
  let otherwise: Statement[] = [];
  for (let clause: Token | undefined = token; clause; clause = reader.take("elif")) {
    const expressions = reader.arguments(clause);
    const test = checked(reader, expressions.tuple());
    expressions.finish();
    const then = reader.inner(clause, "elif", "else", "endif");
    // Each further clause is one level deeper.
    if (clauses.length < c.room) clauses.push({ test, then, start: clause.start });
  }
  for (let more = reader.take("else", "elif"), count = 0; more; more = reader.take("else", "elif"), count++) {
    if (more.name === "elif" || count > 0) c.fail(more.start, more.end);
    otherwise = [...otherwise, ...reader.inner(more, "elif", "else", "endif")];
  }
  reader.take("endif");
  for (let index = clauses.length - 1; index >= 0; index--) {
    const { test, then, start } = clauses[index];
    otherwise = [{ kind: "if", test, then, otherwise, start, end: reader.lastEnd }];
  }
  out.push(...otherwise);
}

/** `{% set a, b = 1, 2 %}`; without a value the content up to `{% endset %}` is the value. */
function readSet(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const target = expressions.target();
  if (expressions.take("=")) {
    const value = checked(reader, expressions.tuple());
    expressions.finish();
    out.push(assignNode(target, value, token.start, token.end));
    return;
  }
  if (!reader.hasEnd(token)) {
    expressions.fail();
    return expressions.finish();
  }
  const value = checked(reader, expressions.filters(textNode(expressions.end, expressions.end), false));
  expressions.finish();
  const body = reader.inner(token, "endset");
  reader.take("endset");
  out.push(blockNode(body, token.end, Math.max(token.end, reader.lastEnd)), assignNode(target, value, token.start, token.end));
}

/** `{% with a=1, b=2 %}` */
function readWith(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const assignments: Assign[] = [];
  while (!expressions.isAtEnd) {
    const target = expressions.target();
    if (!expressions.take("=")) {
      expressions.fail();
      break;
    }
    const value = checked(reader, expressions.expression());
    assignments.push(assignNode(target, value, target.start, value.end));
    expressions.take(",");
  }
  expressions.finish();
  const body = reader.inner(token, "endwith");
  reader.take("endwith");
  out.push(blockNode([...bindTogether(assignments), ...body], token.start, reader.lastEnd));
}

/** A tag whose arguments do not matter: its content is a block. */
function readPlainBlock(reader: JinjaReader, token: Token, out: Statement[]): void {
  const end = `end${token.name}`;
  const body = reader.inner(token, end);
  reader.take(end);
  out.push(blockNode(body, token.start, reader.lastEnd));
}

/** `{% filter name(argument) %}`: the arguments are evaluated once. */
function readFilter(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const call = checked(reader, expressions.filters(textNode(token.nameEnd, token.nameEnd), true));
  expressions.finish();
  const hasArguments = call.kind === "call" && call.arguments.length > 1;
  readPlainBlock(reader, token, out);
  if (hasArguments) out.push(expressionStatement(call, token.start, token.end));
}

/** `{% block name scoped required %}` */
function readBlock(reader: JinjaReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const expressions = reader.arguments(token);
  const name = expressions.takeName();
  if (!name) expressions.fail();
  while (expressions.take("scoped") || expressions.take("required"));
  expressions.finish();
  const body = reader.inner(token, "endblock");
  reader.take("endblock");
  const isFirst = name !== undefined && !(slotId(name.name) in c.bodies);
  if (!isFirst) {
    if (name) c.fail(token.start, token.end);
    out.push(blockNode(body, token.start, reader.lastEnd));
    return;
  }
  c.slots.push(name.name);
  c.bodies[slotId(name.name)] = body;
  out.push({ kind: "slot", name: name.name, start: token.start, end: reader.lastEnd });
}

/** `{% include ["a.html", name] ignore missing without context %}` */
function readInclude(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const template = checked(reader, expressions.expression());
  reader.c.refer(template);
  if (expressions.take("ignore") && !expressions.take("missing")) expressions.fail();
  const isolated = takeContext(expressions) === "without";
  expressions.finish();
  out.push({ kind: "include", template, arguments: [], isolated, start: token.start, end: token.end });
}

function takeContext(expressions: JinjaExpressions): "with" | "without" | undefined {
  const word = expressions.take("with") ?? expressions.take("without");
  if (word && !expressions.take("context")) expressions.fail();
  return word?.text as "with" | "without" | undefined;
}

function readExtends(reader: JinjaReader, token: Token): void {
  const { c } = reader;
  const expressions = reader.arguments(token);
  const template = checked(reader, expressions.expression());
  expressions.finish();
  if (c.extends) return c.fail(token.start, token.end);
  c.extends = template;
  c.refer(template);
}

/** `{% import "forms.html" as forms with context %}` */
function readImport(reader: JinjaReader, token: Token): void {
  const { c } = reader;
  const expressions = reader.arguments(token);
  const template = checked(reader, expressions.expression());
  c.refer(template);
  const local = expressions.take("as") && expressions.takeName();
  if (local) c.imports.push({ template, local: local.name });
  else expressions.fail();
  takeContext(expressions);
  expressions.finish();
}

/** `{% from "forms.html" import field as input, label with context %}` */
function readFrom(reader: JinjaReader, token: Token): void {
  const { c } = reader;
  const expressions = reader.arguments(token);
  const template = checked(reader, expressions.expression());
  c.refer(template);
  if (!expressions.take("import")) expressions.fail();
  while (!expressions.isAtEnd && !expressions.isAt("without") && !(expressions.isAt("with") && isContextNext(reader, expressions, token))) {
    const name = expressions.takeName();
    if (!name) break;
    const local = expressions.take("as") ? expressions.takeName() : name;
    if (local) c.imports.push({ template, name: name.name, local: local.name });
    else expressions.fail();
    if (!expressions.take(",")) break;
  }
  takeContext(expressions);
  expressions.finish();
}

function isContextNext({ c }: JinjaReader, expressions: JinjaExpressions, token: Token): boolean {
  return /^with\s+context\b/.test(c.text.slice(expressions.start, token.to));
}

function readMacro(reader: JinjaReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const expressions = reader.arguments(token);
  const name = expressions.takeName();
  if (!name) expressions.fail();
  const parameters = expressions.parameters();
  expressions.finish();
  const body = reader.inner(token, "endmacro");
  reader.take("endmacro");
  if (!name) return;
  const declaration: FunctionDeclaration = Object.freeze({
    kind: "function", id: c.functionId(name.name), name: name.name, parameters, decorators: [], isAsync: false, isGenerator: false,
    start: token.start, end: reader.lastEnd, nameStart: name.start, nameEnd: name.end,
  });
  c.functions.push(declaration);
  c.bodies[declaration.id] = body;
  out.push({ kind: "define-function", function: declaration, start: token.start, end: reader.lastEnd });
}

/** `{% call(item) macro(x) %}…{% endcall %}`: the call, and what it is handed to show; the names in there are the macro's to give. */
function readCall(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const parameters = expressions.parameters();
  const call = checked(reader, expressions.expression());
  expressions.finish();
  const body = reader.inner(token, "endcall");
  reader.take("endcall");
  const given = parameters.map(({ name, start }) => assignNode(nameNode(name, start, start + name.length), opaqueNode([], start, start + name.length), start, start + name.length));
  out.push(expressionStatement(call, token.start, token.end), blockNode([...given, ...body], token.end, Math.max(token.end, reader.lastEnd)));
}

function readDo(reader: JinjaReader, token: Token, out: Statement[]): void {
  const expressions = reader.arguments(token);
  const value = checked(reader, expressions.tuple());
  expressions.finish();
  out.push(expressionStatement(value, token.start, token.end));
}

/** `{% trans count=xs|length, user %}…{% pluralize count %}…{% endtrans %}`: its content reads plain names, each once. */
function readTranslation(reader: JinjaReader, token: Token, out: Statement[]): void {
  const { c } = reader;
  const expressions = reader.arguments(token);
  const bindings: Assign[] = [];
  const statements: Statement[] = [];
  while (!expressions.isAtEnd) {
    if (expressions.takeString()) continue;
    const name = expressions.takeName();
    if (!name) break;
    if (expressions.take("=")) {
      const value = checked(reader, expressions.expression());
      bindings.push(assignNode(name, value, name.start, value.end));
    } else if (name.name !== "trimmed" && name.name !== "notrimmed") statements.push(expressionStatement(name, name.start, name.end));
    expressions.take(",");
  }
  expressions.finish();
  const seen = new Set<string>();
  for (const inner of reader.flat(token, "endtrans")) {
    if (inner.kind !== "print" || seen.has(c.text.slice(inner.from, inner.to))) continue;
    const content = new JinjaExpressions(c, inner.from, inner.to);
    const value = checked(reader, content.tuple());
    content.finish();
    seen.add(c.text.slice(inner.from, inner.to));
    statements.push(printStatement(value, inner));
  }
  out.push(blockNode([...bindTogether(bindings), ...statements], token.start, reader.lastEnd));
}

/** `{% break %}` and `{% continue %}` of the loop controls extension. */
function readJump(kind: "break" | "continue"): ReadTag {
  return (_, token, out) => out.push({ kind, start: token.start, end: token.end });
}

const TAGS: ReadonlyMap<string, ReadTag> = new Map<string, ReadTag>([
  ["for", readFor],
  ["if", readIf],
  ["set", readSet],
  ["with", readWith],
  ["filter", readFilter],
  ["autoescape", readPlainBlock],
  ["block", readBlock],
  ["include", readInclude],
  ["extends", readExtends],
  ["import", readImport],
  ["from", readFrom],
  ["macro", readMacro],
  ["call", readCall],
  ["do", readDo],
  ["trans", readTranslation],
  ["break", readJump("break")],
  ["continue", readJump("continue")],
]);

const BLOCK_TAGS: ReadonlySet<string> = new Set(["for", "if", "with", "filter", "autoescape", "block", "macro", "call", "trans"]);
