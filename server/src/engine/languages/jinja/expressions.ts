import type { Argument, Call, Expression, Parameter } from "../../facts";
import { argumentNode, attributeNode, callNode, isDigit, literalNode, nameNode, opaqueNode, skipSpace } from "../template";
import { readLexeme, type Lexeme } from "./lexer";
import { LexemeReader } from "./lexemes";
import { decode } from "./strings";

/** How many levels of the result one level of parentheses may hide: one for each kind of operator. */
const LEVELS_PER_PARENTHESIS = 5;
const CONSTANTS: ReadonlyMap<string, null | boolean> = new Map<string, null | boolean>([["none", null], ["None", null], ["true", true], ["True", true], ["false", false], ["False", false]]);
const COMPARISONS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);
/** Words that cannot begin the argument of a test: `x is defined and y`. */
const BEHIND_TEST: ReadonlySet<string> = new Set(["else", "or", "and", "if", "is", "in", "not", "recursive"]);

/** Reads the expressions between two offsets, as `jinja2/parser.py` does. Stops without throwing at what it cannot read. */
export class JinjaExpressions extends LexemeReader {
  /** `a, b`: one expression, or a tuple of several. */
  tuple(isConditional = true): Expression {
    const first = this.expression(isConditional);
    if (!this.isAt(",")) return first;
    const items = [first];
    while (this.take(",")) {
      if (this.isAtEnd || this.isAt(")") || this.isAt("=")) break;
      items.push(this.expression(isConditional));
    }
    return { kind: "sequence", of: "tuple", items, start: first.start, end: Math.max(this.lastEnd, items.at(-1)!.end) };
  }

  expression(isConditional = true): Expression {
    const { c } = this;
    if (c.room <= LEVELS_PER_PARENTHESIS) return this.giveUp();
    c.depth += LEVELS_PER_PARENTHESIS;
    let result = this.or();
    for (let links = 0; isConditional && this.isAt("if"); links++) {
      if (links >= c.room) {
        this.fail();
        break;
      }
      this.next();
      const test = this.or();
      // Without `else` the value is undefined.
      const otherwise = this.take("else") ? this.expression() : literalNode(null, this.lastEnd, this.lastEnd);
      result = { kind: "conditional", test, then: result, otherwise, start: Math.min(result.start, test.start), end: Math.max(test.end, otherwise.end) };
    }
    c.depth -= LEVELS_PER_PARENTHESIS;
    return result;
  }

  /** Names that a loop or `set` binds: `a, (b, c)`, `ns.count`. */
  target(): Expression {
    const start = this.start;
    const items: Expression[] = [];
    let isTuple = false;
    do {
      const item = this.targetItem();
      if (!item) break;
      items.push(item);
      isTuple ||= this.isAt(",");
    } while (this.take(","));
    if (items.length === 0) {
      this.fail();
      return opaqueNode([], start, start);
    }
    return isTuple ? { kind: "sequence", of: "tuple", items, start: items[0].start, end: Math.max(this.lastEnd, items.at(-1)!.end) } : items[0];
  }

  private targetItem(): Expression | undefined {
    const { c } = this;
    if (this.isAt("(") && c.room > 1) {
      this.next();
      c.depth++;
      const inner = this.target();
      c.depth--;
      if (!this.take(")")) this.fail();
      return inner;
    }
    if (this.isAt("in")) return undefined;
    const name = this.takeName();
    if (!name || !this.isAt(".")) return name;
    this.next();
    const attribute = this.takeName();
    if (!attribute) this.fail();
    return attribute ? attributeNode(name, attribute.name, attribute.start, attribute.end, "jinja") : name;
  }

  /** `(a, b=1)` of a macro or `call`. */
  parameters(): Parameter[] {
    const parameters: Parameter[] = [];
    if (!this.take("(")) return parameters;
    while (!this.isAtEnd && !this.isAt(")")) {
      const name = this.takeName();
      if (!name) break;
      const value = this.take("=") ? this.expression() : undefined;
      parameters.push({ name: name.name, ...(value && { default: value }), start: name.start, end: value?.end ?? name.end });
      if (!this.take(",")) break;
    }
    if (!this.take(")")) this.fail();
    return parameters;
  }

  /** `value` or `name=value`. */
  argument(): Argument {
    const start = this.start;
    const { c, to } = this;
    if (this.isAt("*") || this.isAt("**")) {
      const spread = this.next().text === "*" ? "sequence" : "mapping";
      const value = this.expression();
      return { spread, value, start, end: value.end };
    }
    if (this.current.kind === "name") {
      const { end } = this.current;
      const equals = readLexeme(c.text, end, to);
      if (equals.text === "=") {
        const name = c.name(start, end);
        this.next();
        this.next();
        return argumentNode(this.expression(), name, start);
      }
    }
    return argumentNode(this.expression());
  }

  /** `operand operator operand …`, from the left. Chains nest as well, so they end where there is no room. */
  private chain(operand: () => Expression, join: (left: Expression) => Expression | undefined): Expression {
    let left = operand();
    for (let links = 0; ; links++) {
      if (links >= this.c.room) return this.isAtEnd ? left : (this.giveUp(), left);
      const joined = join(left);
      if (!joined) return left;
      left = joined;
    }
  }

  private or(): Expression {
    return this.chain(() => this.and(), (left) => this.take("or") && logical("or", left, this.and()));
  }

  private and(): Expression {
    return this.chain(() => this.not(), (left) => this.take("and") && logical("and", left, this.not()));
  }

  private not(): Expression {
    const operators: number[] = [];
    while (this.isAt("not")) operators.push(this.next().start);
    let operand = this.compare();
    // `not not x` says no more than `x` beyond what anybody writes.
    if (operators.length > this.c.room) operators.splice(this.c.room);
    for (const start of operators.reverse()) operand = { kind: "unary", operator: "not", operand, start, end: operand.end };
    return operand;
  }

  /** `a < b < c` is `a < b and b < c`. */
  private compare(): Expression {
    let left = this.sum();
    let result: Expression | undefined;
    for (let links = 0; links < this.c.room; links++) {
      const operator = this.comparison();
      if (!operator) break;
      const right = this.sum();
      const link: Expression = { kind: "comparison", operator, left, right, start: left.start, end: right.end };
      result = result ? logical("and", result, link) : link;
      left = right;
    }
    return result ?? left;
  }

  private comparison(): string | undefined {
    if (COMPARISONS.has(this.current.text) && this.current.kind === "sign") return this.next().text;
    if (this.take("in")) return "in";
    if (this.isAt("not") && readLexeme(this.c.text, this.current.end, this.to).text === "in") {
      this.next();
      this.next();
      return "not in";
    }
    return undefined;
  }

  private sum(): Expression {
    return this.binary(["+", "-"], () => this.concatenation());
  }

  private concatenation(): Expression {
    const first = this.product();
    if (!this.isAt("~")) return first;
    const parts = [first];
    while (this.take("~")) parts.push(this.product());
    return { kind: "format", parts, start: first.start, end: parts.at(-1)!.end };
  }

  private product(): Expression {
    return this.binary(["*", "/", "//", "%"], () => this.power());
  }

  private power(): Expression {
    return this.binary(["**"], () => this.unary());
  }

  private binary(operators: readonly string[], operand: () => Expression): Expression {
    return this.chain(operand, (left) => {
      if (this.current.kind !== "sign" || !operators.includes(this.current.text)) return undefined;
      const operator = this.next().text;
      const right = operand();
      return { kind: "binary", operator, left, right, start: left.start, end: right.end };
    });
  }

  private unary(): Expression {
    const signs: Lexeme[] = [];
    while (this.current.kind === "sign" && (this.current.text === "-" || this.current.text === "+")) signs.push(this.next());
    let operand = this.postfix(this.primary());
    if (signs.length > this.c.room) signs.splice(this.c.room);
    for (const { text, start } of signs.reverse()) operand = { kind: "unary", operator: text, operand, start, end: operand.end };
    return this.filtered(operand);
  }

  private primary(): Expression {
    const { kind, start, end, text } = this.current;
    switch (kind) {
      case "name": {
        this.next();
        const constant = CONSTANTS.get(text);
        return constant === undefined ? nameNode(this.c.name(start, end), start, end) : literalNode(constant, start, end);
      }
      case "string":
        return this.string();
      case "number":
        this.next();
        return literalNode(Number(this.c.text.slice(start, end).replaceAll("_", "")), start, end);
      case "sign":
        if (text === "(") return this.parenthesized();
        if (text === "[") return this.list();
        if (text === "{") return this.mapping();
    }
    return this.missing();
  }

  private string(): Expression {
    const { start } = this.current;
    let value = "";
    while (this.current.kind === "string") {
      const lexeme = this.next();
      const raw = this.c.name(lexeme.start + 1, lexeme.end - 1);
      const part = raw.includes("\\") ? decode(raw) : raw;
      value = value === "" ? part : value + part;
    }
    return literalNode(value, start, this.lastEnd);
  }

  private parenthesized(): Expression {
    const open = this.next();
    if (this.take(")")) return { kind: "sequence", of: "tuple", items: [], start: open.start, end: this.lastEnd };
    const inner = this.tuple();
    if (!this.take(")")) this.fail();
    return inner.kind === "sequence" && inner.of === "tuple" && inner.start > open.start && this.c.text.charCodeAt(inner.start) !== 40 ? { ...inner, start: open.start, end: this.lastEnd } : inner;
  }

  private list(): Expression {
    const { start } = this.next();
    const items: Expression[] = [];
    while (!this.isAtEnd && !this.isAt("]")) {
      items.push(this.expression());
      if (!this.take(",")) break;
    }
    if (!this.take("]")) this.fail();
    return { kind: "sequence", of: "list", items, start, end: this.lastEnd };
  }

  private mapping(): Expression {
    const { start } = this.next();
    const entries: { key: Expression; value: Expression }[] = [];
    while (!this.isAtEnd && !this.isAt("}")) {
      const key = this.expression();
      if (!this.take(":")) {
        this.fail();
        entries.push({ key, value: opaqueNode([], key.end, key.end) });
        break;
      }
      entries.push({ key, value: this.expression() });
      if (!this.take(",")) break;
    }
    if (!this.take("}")) this.fail();
    return { kind: "mapping", entries, start, end: this.lastEnd };
  }

  /** Attributes, subscripts and calls behind an expression. */
  private postfix(operand: Expression): Expression {
    return this.chain(() => operand, (object) => {
      if (this.current.kind !== "sign") return undefined;
      if (this.isAt(".")) return this.attribute(object);
      if (this.isAt("[")) return this.subscript(object);
      return this.isAt("(") ? this.call(object) : undefined;
    });
  }

  private attribute(object: Expression): Expression | undefined {
    const dot = this.next();
    const { text } = this.c;
    const start = skipSpace(text, dot.end, this.to);
    if (start < this.to && isDigit(text.charCodeAt(start))) {
      // `rows.0.1` holds no fraction.
      let end = start;
      while (end < this.to && isDigit(text.charCodeAt(end))) end++;
      this.lastEnd = end;
      this.current = readLexeme(text, end, this.to);
      return { kind: "subscript", object, index: literalNode(Number(text.slice(start, end)), start, end), start: object.start, end };
    }
    const name = this.takeName();
    if (name) return attributeNode(object, name.name, name.start, name.end, "jinja");
    this.fail();
    return undefined;
  }

  private subscript(object: Expression): Expression {
    this.next();
    const { start } = this;
    const items: Expression[] = [];
    let isTuple = false;
    while (!this.isAtEnd && !this.isAt("]")) {
      items.push(this.index());
      isTuple ||= this.isAt(",");
      if (!this.take(",")) break;
    }
    const end = this.lastEnd;
    if (items.length === 0 || !this.isAt("]")) this.fail();
    this.take("]");
    const index: Expression = items.length === 0 ? opaqueNode([], start, start) : isTuple ? { kind: "sequence", of: "tuple", items, start, end } : items[0];
    return { kind: "subscript", object, index, start: object.start, end: Math.max(this.lastEnd, index.end) };
  }

  private index(): Expression {
    const { start } = this;
    const bound = (): Expression | undefined => (this.isAt(":") || this.isAt("]") || this.isAt(",") || this.isAtEnd ? undefined : this.expression());
    const lower = bound();
    if (!this.take(":")) return lower ?? this.missing();
    const upper = bound();
    const step = this.take(":") ? bound() : undefined;
    return { kind: "slice", ...(lower && { lower }), ...(upper && { upper }), ...(step && { step }), start, end: this.lastEnd };
  }

  /** `callee(…)`; `super()` is a call of its own. */
  private call(callee: Expression): Call {
    const read = this.callArguments();
    const isSuper = callee.kind === "name" && callee.name === "super" && read.arguments.length === 0;
    const named = isSuper ? nameNode("%super", callee.start, callee.end) : callee;
    return { kind: "call", callee: named, ...read, start: callee.start, end: Math.max(this.lastEnd, callee.end) };
  }

  private callArguments(): { readonly arguments: Argument[]; readonly open: number; readonly close: number } {
    const { start: open } = this.next();
    const args: Argument[] = [];
    while (!this.isAtEnd && !this.isAt(")")) {
      args.push(this.argument());
      if (!this.take(",")) break;
    }
    const close = this.take(")");
    if (!close) this.fail();
    return { arguments: args, open, close: close?.start ?? this.lastEnd };
  }

  /** `value|filter(argument)` and `value is test(argument)`. */
  private filtered(operand: Expression): Expression {
    return this.chain(() => operand, (value) => {
      if (this.isAt("|")) return this.filter(value);
      if (this.isAt("is")) return this.test(value);
      return this.current.kind === "sign" && (this.isAt("(") || this.isAt("[") || this.isAt(".")) ? this.postfix(value) : undefined;
    });
  }

  private filter(value: Expression): Expression | undefined {
    this.next();
    return this.named("|", value, false);
  }

  /** Filters of a `{% set %}` or `{% filter %}` block, applied to what it holds; the first without its bar when `isOpen`. */
  filters(value: Expression, isOpen: boolean): Expression {
    let result = isOpen ? (this.named("|", value, false) ?? value) : value;
    for (let links = 0; this.isAt("|") && links < this.c.room; links++) result = this.filter(result) ?? result;
    return result;
  }

  private test(value: Expression): Expression | undefined {
    const is = this.next();
    const isNot = this.take("not") !== undefined;
    const test = this.named("?", value, true);
    return test && isNot ? { kind: "unary", operator: "not", operand: test, start: Math.min(value.start, is.start), end: test.end } : test;
  }

  /** A filter or test by its name, which may have dots, with its arguments. */
  private named(sign: "|" | "?", value: Expression, isTest: boolean): Expression | undefined {
    const first = this.takeName();
    if (!first) {
      this.fail();
      return undefined;
    }
    while (this.isAt(".")) {
      this.next();
      if (!this.takeName()) {
        this.fail();
        break;
      }
    }
    const callee = nameNode(this.c.name(first.start, this.lastEnd, sign), first.start, this.lastEnd);
    if (this.isAt("(")) {
      const read = this.callArguments();
      return { kind: "call", callee, arguments: [argumentNode(value), ...read.arguments], open: read.open, close: read.close, start: Math.min(value.start, callee.start), end: this.lastEnd };
    }
    const args = [argumentNode(value)];
    const { kind, text } = this.current;
    const hasOperand = kind === "string" || kind === "number" || (kind === "name" && !BEHIND_TEST.has(text)) || (kind === "sign" && (text === "[" || text === "{"));
    if (isTest && hasOperand) args.push(argumentNode(this.postfix(this.primary())));
    return callNode(callee, args, Math.min(value.start, callee.start), Math.max(callee.end, args.at(-1)!.end));
  }
}

function logical(operator: "and" | "or", left: Expression, right: Expression): Expression {
  return { kind: "logical", operator, left, right, start: left.start, end: right.end };
}
