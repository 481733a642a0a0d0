import type { Call, Expression } from "../../../facts";
import type { ProjectCore, Setting, SettingMapping, SettingValue } from "../../../project";
import type { Location, Span } from "../../../source";
import { lastName, positional } from "../model/expressions";
import { convert, databaseFromUrl, environmentItem, environmentValue, type Reader } from "./environment-calls";
import type { Environment } from "./environment";
import { isDebug, joinValues, mentionsOf, mergeMappings, truthOf, unknownAt } from "./settings-values";

/** The names that an expression may use. */
type Names = ReadonlyMap<string, Setting>;

const deepest = 40;

/** What expressions of one settings module are worth, given the names before them. */
export class SettingsExpressions {
  constructor(
    private readonly core: ProjectCore,
    private readonly environment: Environment,
    readonly uri: string,
    /** Names of the module around a class. */
    readonly outer: Names = new Map(),
  ) {}

  at(span: Span): Location {
    return { uri: this.uri, span: { start: span.start, end: span.end } };
  }

  value(expression: Expression, names: Names, settingName?: string, depth = 0): SettingValue {
    const at = this.at(expression);
    if (depth > deepest) return unknownAt(at);
    const inner = (each: Expression): SettingValue => this.value(each, names, undefined, depth + 1);
    switch (expression.kind) {
      case "literal":
        return { kind: "constant", value: expression.value, at };
      case "name": {
        const setting = names.get(expression.name) ?? this.outer.get(expression.name);
        if (!setting) return unknownAt(at, expression.name);
        const { value } = setting;
        // Where DEBUG is up to the environment, the deployed one has it off: what follows from it is read so.
        if (isDebug(expression.name) && ((value.kind === "constant" && value.variable !== undefined) || (value.kind === "unknown" && value.variable !== undefined))) {
          return { kind: "constant", value: false, at, variable: expression.name };
        }
        return value;
      }
      case "sequence": {
        const items: SettingValue[] = [];
        let complete = true;
        for (const item of expression.items) {
          if (item.kind !== "spread") {
            items.push(inner(item));
            continue;
          }
          const more = inner(item.value);
          if (more.kind === "list") items.push(...more.items);
          complete &&= more.kind === "list" && more.complete;
        }
        return { kind: "list", items, complete, at, display: { at, items: expression.items } };
      }
      case "mapping": {
        let result: SettingMapping = { kind: "mapping", entries: new Map(), complete: true, at };
        for (const entry of expression.entries) {
          const value = inner(entry.value);
          if (!entry.key) {
            result = value.kind === "mapping" ? mergeMappings(result, value, at) : { ...result, complete: false };
            continue;
          }
          const key = inner(entry.key);
          if (key.kind !== "constant" || typeof key.value !== "string") result = { ...result, complete: false };
          else result = { ...result, entries: new Map(result.entries).set(key.value, { value, at: this.at({ start: entry.key.start, end: entry.value.end }), form: "item", maybe: false }) };
        }
        return { ...result, display: { at, items: expression.entries.map((entry) => ({ start: entry.key?.start ?? entry.value.start - 2, end: entry.value.end })) }, call: undefined };
      }
      case "subscript": {
        if (expression.index.kind === "literal" && typeof expression.index.value === "string" && /(^|\.)(environ|env)$/.test(dotted(expression.object))) return environmentItem(expression.index.value, at, this.environment);
        const object = inner(expression.object);
        const key = inner(expression.index);
        if (object.kind === "mapping" && key.kind === "constant" && typeof key.value === "string") {
          const entry = object.entries.get(key.value);
          if (entry && !entry.maybe) return entry.value;
        }
        return unknownAt(at, object);
      }
      case "call":
        return this.callValue(expression, names, settingName, depth);
      case "binary":
        return this.combine(expression.operator, inner(expression.left), inner(expression.right), expression);
      case "logical": {
        const left = inner(expression.left);
        const right = inner(expression.right);
        const truth = truthOf(left);
        if (expression.operator === "coalesce") return unknownAt(at, left, right);
        if (truth !== undefined) return truth === (expression.operator === "or") ? left : right;
        // `os.environ.get("X") or "default"`
        if (expression.operator === "or" && left.kind === "unknown" && left.variable !== undefined && right.kind === "constant") return { ...right, at, variable: left.variable, literal: right.literal ?? right.at };
        return joinValues(left, right).kind === "constant" ? joinValues(left, right) : unknownAt(at, left, right);
      }
      case "comparison":
        return this.compare(expression.operator, inner(expression.left), inner(expression.right), at);
      case "unary": {
        const operand = inner(expression.operand);
        if (expression.operator === "not") {
          // Whether an address or a name is given is up to whoever deploys; a switch has a position of its own.
          if (operand.kind === "constant" && operand.variable !== undefined && typeof operand.value !== "boolean") return { ...unknownAt(at), variable: operand.variable };
          if (operand.kind === "constant") return { kind: "constant", value: !operand.value, at, ...(operand.variable !== undefined && { variable: operand.variable }) };
          const truth = truthOf(operand);
          return truth === undefined ? unknownAt(at, operand) : { kind: "constant", value: !truth, at };
        }
        if (expression.operator === "-" && operand.kind === "constant" && typeof operand.value === "number") return { ...operand, value: -operand.value, at };
        return unknownAt(at, operand);
      }
      case "conditional": {
        const truth = truthOf(inner(expression.test));
        if (truth !== undefined) return inner(truth ? expression.then : expression.otherwise);
        return joinValues(inner(expression.then), inner(expression.otherwise));
      }
      case "format":
        return unknownAt(at, ...expression.parts.map(inner));
      case "attribute":
        return unknownAt(at, dotted(expression));
      default:
        return unknownAt(at);
    }
  }

  private callValue(call: Call, names: Names, settingName: string | undefined, depth: number): SettingValue {
    const at = this.at(call);
    const inner = (each: Expression): SettingValue => this.value(each, names, undefined, depth + 1);
    const reader: Reader = {
      value: inner,
      at: (each) => this.at(each),
      maker: (name) => this.makerOf(name),
      environment: this.environment,
    };
    const database = databaseFromUrl(call, reader);
    if (database) return database;
    const fromEnvironment = environmentValue(call, settingName, reader);
    if (fromEnvironment) return fromEnvironment;
    const name = lastName(call.callee);
    const first = positional(call, 0);
    const argument = first && inner(first);
    if (call.callee.kind === "name" && name === "dict") return { ...this.updateOf(call, names), at, call: { uri: this.uri, expression: call, keywords: {} } };
    if (call.callee.kind === "name" && /^(list|tuple|set|sorted)$/.test(name)) {
      if (!first) return { kind: "list", items: [], complete: true, at };
      return argument?.kind === "list" ? { ...argument, display: undefined } : unknownAt(at, argument);
    }
    if (argument && (/^(deepcopy|copy)$/.test(name) || name === "_")) return argument;
    if (call.callee.kind === "attribute" && name === "copy") return inner(call.callee.object);
    if (argument?.kind === "constant" && call.arguments.length === 1 && /^(bool|int|float|str|strtobool|str_to_bool|str2bool|parse_bool|to_bool|as_bool)$/.test(name)) return convert(name, argument, at);
    if (call.callee.kind === "attribute" && name === "get" && argument?.kind === "constant" && typeof argument.value === "string") {
      const object = inner(call.callee.object);
      const entry = object.kind === "mapping" ? object.entries.get(argument.value) : undefined;
      if (entry && !entry.maybe) return entry.value;
    }
    if (call.callee.kind === "attribute" && /^(lower|upper|strip)$/.test(name) && call.arguments.length === 0) {
      const object = inner(call.callee.object);
      if (object.kind === "constant" && typeof object.value === "string") return { ...object, value: name === "lower" ? object.value.toLowerCase() : name === "upper" ? object.value.toUpperCase() : object.value.trim(), at };
    }
    return unknownAt(at, dotted(call.callee), ...call.arguments.map((each) => inner(each.value)), call.callee.kind === "attribute" ? inner(call.callee.object) : undefined);
  }

  /** The call that a name was assigned, here or in the module it is imported from. */
  private makerOf(name: string): Call | undefined {
    const symbol = this.core.resolveName(this.uri, name);
    return symbol?.kind === "value" && symbol.value.value?.kind === "call" ? symbol.value.value : undefined;
  }

  combine(operator: string, left: SettingValue, right: SettingValue, span: Span): SettingValue {
    const at = this.at(span);
    if (operator === "+" && left.kind === "list" && right.kind === "list") return { kind: "list", items: [...left.items, ...right.items], complete: left.complete && right.complete, at, display: right.display ?? left.display };
    if (operator === "+" && (left.kind === "list" || right.kind === "list")) {
      // The other part may hold anything, but what is here is here.
      return { kind: "list", items: [left, right].flatMap((each) => (each.kind === "list" ? each.items : [])), complete: false, at };
    }
    if (operator === "|" && left.kind === "mapping" && right.kind === "mapping") return mergeMappings(left, right, at);
    if (left.kind === "constant" && right.kind === "constant" && typeof left.value === typeof right.value) {
      const variable = left.variable ?? right.variable;
      const from = variable === undefined ? {} : { variable };
      if (typeof left.value === "string" && operator === "+") return { kind: "constant", value: left.value + String(right.value), at, ...from };
      if (typeof left.value === "number" && typeof right.value === "number") {
        const result = operator === "+" ? left.value + right.value : operator === "-" ? left.value - right.value : operator === "*" ? left.value * right.value : operator === "//" && right.value !== 0 ? Math.floor(left.value / right.value) : undefined;
        if (result !== undefined) return { kind: "constant", value: result, at, ...from };
      }
    }
    return unknownAt(at, left, right);
  }

  private compare(operator: string, left: SettingValue, right: SettingValue, at: Location): SettingValue {
    const variable = (left.kind === "constant" ? left.variable : undefined) ?? (right.kind === "constant" ? right.variable : undefined);
    const literal = [left, right].find((each) => each.kind === "constant" && each.variable !== undefined && each.literal);
    const answer = (value: boolean): SettingValue => ({ kind: "constant", value, at, ...(variable !== undefined && { variable }), ...(literal?.kind === "constant" && operator === "==" && { literal: literal.literal }) });
    if (left.kind === "constant" && right.kind === "constant") {
      if (operator === "==" || operator === "is") return answer(left.value === right.value);
      if (operator === "!=" || operator === "is not") return answer(left.value !== right.value);
      if (operator === "in" && typeof left.value === "string" && typeof right.value === "string") return answer(right.value.includes(left.value));
    }
    if (left.kind === "constant" && right.kind === "list" && right.complete && right.items.every((each) => each.kind === "constant")) {
      const isIn = right.items.some((each) => each.kind === "constant" && each.value === left.value);
      if (operator === "in") return answer(isIn);
      if (operator === "not in") return answer(!isIn);
    }
    // `"test" in sys.argv`: no deployed process is a test run.
    if (left.kind === "constant" && /^(test|pytest|jest|shell|runserver)$/.test(String(left.value)) && mentionsOf(right).some((each) => each === "sys.argv")) return { kind: "constant", value: operator === "not in" || operator === "!=", at };
    const unknown = unknownAt(at, left, right);
    const from = [left, right].find((each) => each.kind === "unknown" && each.variable !== undefined);
    return from?.kind === "unknown" ? { ...unknown, variable: from.variable } : unknown;
  }

  /** `update({…}, key=value)`, `dict(key=value)`. */
  updateOf(call: Call, names: Names): SettingMapping {
    const at = this.at(call);
    let result: SettingMapping = { kind: "mapping", entries: new Map(), complete: true, at };
    for (const each of call.arguments) {
      const value = this.value(each.value, names);
      if (each.name !== undefined) result = mergeMappings(result, { kind: "mapping", entries: new Map([[each.name, { value, at: this.at(each), form: "keyword", maybe: false }]]), complete: true, at }, at);
      else result = value.kind === "mapping" ? mergeMappings(result, value, at) : { ...result, complete: false };
    }
    return result;
  }
}

/** `os.environ.get`; "" when it is no dotted name. */
export function dotted(expression: Expression): string {
  if (expression.kind === "name") return expression.name;
  if (expression.kind !== "attribute") return "";
  const object = dotted(expression.object);
  return object === "" ? expression.name : `${object}.${expression.name}`;
}
