import type { Call, Expression } from "../../../facts";
import type { ClassRef, ProjectCore, Symbol } from "../../../project";

/** Where an expression stands: names in a class body are looked up in the class first. */
export interface Scope {
  readonly uri: string;
  readonly class?: ClassRef;
}

/** An expression with the scope its names belong to. */
export interface Scoped {
  readonly scope: Scope;
  readonly expression: Expression;
}

const maxSteps = 30;

/** Reads constants out of declarations: follows names to what they were assigned, joins concatenations, never runs anything. */
export class ExpressionReader {
  constructor(readonly core: ProjectCore) {}

  /** A name or attribute followed to the expression it was assigned; any other expression is itself. */
  follow(scope: Scope, expression: Expression, steps = 0): Scoped {
    const self = { scope, expression };
    if (steps > maxSteps) return self;
    if (expression.kind === "name" && scope.class) {
      const own = this.core.attribute(scope.class, expression.name);
      if (own?.attribute.value && own.attribute.value !== expression && !isName(own.attribute.value, expression.name)) {
        return this.follow({ uri: own.uri, class: own.owner }, own.attribute.value, steps + 1);
      }
    }
    if (expression.kind !== "name" && expression.kind !== "attribute") return self;
    const symbol = this.symbol(scope, expression);
    if (symbol?.kind !== "value" || !symbol.value.value || symbol.value.value === expression) return self;
    return this.follow({ uri: symbol.uri }, symbol.value.value, steps + 1);
  }

  /** What a dotted name stands for, aliases followed. */
  symbol(scope: Scope, expression: Expression): Symbol | undefined {
    if (scope.class && expression.kind === "name") {
      const nested = this.core.nestedClass(scope.class, expression.name);
      if (nested) return { kind: "class", class: nested };
    }
    if (scope.class && expression.kind === "attribute") {
      const object = this.symbol(scope, expression.object);
      const member = object && this.core.resolveMember(object, expression.name);
      return member && this.core.followAliases(member);
    }
    const symbol = this.core.resolveExpression(scope.uri, expression);
    return symbol && this.core.followAliases(symbol);
  }

  string(scope: Scope, expression: Expression, steps = 0): string | undefined {
    const found = this.follow(scope, expression, steps);
    const value = found.expression;
    if (steps > maxSteps) return undefined;
    if (value.kind === "literal") return typeof value.value === "string" ? value.value : undefined;
    if (value.kind === "binary" && value.operator === "+") {
      const left = this.string(found.scope, value.left, steps + 1);
      const right = this.string(found.scope, value.right, steps + 1);
      return left !== undefined && right !== undefined ? left + right : undefined;
    }
    if (value.kind === "format") {
      const { texts = [] } = value;
      const parts = value.parts.length === texts.length - 1 ? value.parts.map((part) => this.string(found.scope, part, steps + 1)) : [undefined];
      return parts.includes(undefined) ? undefined : texts.map((text, i) => text + (parts[i] ?? "")).join("");
    }
    // `"{}.urls".format(PROJECT)`
    if (value.kind === "call" && value.callee.kind === "attribute" && value.callee.name === "format" && value.arguments.every((each) => each.name === undefined && !each.spread)) {
      const texts = this.string(found.scope, value.callee.object, steps + 1)?.split("{}");
      const parts = value.arguments.map((each) => this.string(found.scope, each.value, steps + 1));
      return texts === undefined || texts.length !== parts.length + 1 || parts.includes(undefined) ? undefined : texts.map((text, i) => text + (parts[i] ?? "")).join("");
    }
    // `Status.DRAFT = "draft", _("Draft")`
    if (value.kind === "sequence" && value.of === "tuple" && expression.kind === "attribute" && value.items.length > 0) return this.string(found.scope, value.items[0], steps + 1);
    // `getattr(settings, "SHOP_RELATED_NAME", "orders")`: a setting that a library leaves open is mostly left alone.
    if (value.kind === "call" && calleeName(value) === "getattr" && value.arguments.length === 3) return this.string(found.scope, value.arguments[2].value, steps + 1);
    if (value.kind === "call" && calleeName(value) === "str" && value.arguments.length === 1) return this.string(found.scope, value.arguments[0].value, steps + 1);
    return undefined;
  }

  boolean(scope: Scope, expression: Expression | undefined): boolean | undefined {
    if (!expression) return undefined;
    const value = this.follow(scope, expression).expression;
    return value.kind === "literal" && typeof value.value === "boolean" ? value.value : undefined;
  }

  number(scope: Scope, expression: Expression | undefined): number | undefined {
    if (!expression) return undefined;
    const value = this.follow(scope, expression).expression;
    return value.kind === "literal" && typeof value.value === "number" ? value.value : undefined;
  }

  /** The items of a list or tuple, concatenations and `*spreads` flattened; undefined when some part cannot be read. */
  items(scope: Scope, expression: Expression, steps = 0): readonly Scoped[] | undefined {
    if (steps > maxSteps) return undefined;
    const found = this.follow(scope, expression, steps);
    const value = found.expression;
    if (value.kind === "sequence") {
      const items: Scoped[] = [];
      for (const item of value.items) {
        if (item.kind !== "spread") {
          items.push({ scope: found.scope, expression: item });
          continue;
        }
        const inner = this.items(found.scope, item.value, steps + 1);
        if (!inner) return undefined;
        items.push(...inner);
      }
      return items;
    }
    if (value.kind === "binary" && (value.operator === "+" || value.operator === "|")) {
      const left = this.items(found.scope, value.left, steps + 1);
      const right = this.items(found.scope, value.right, steps + 1);
      return left && right && [...left, ...right];
    }
    if (value.kind === "call" && ["list", "tuple", "set", "sorted"].includes(calleeName(value)) && value.arguments.length === 1) {
      return this.items(found.scope, value.arguments[0].value, steps + 1);
    }
    return undefined;
  }

  /** The strings of a list or tuple; undefined when one of them cannot be read. */
  strings(scope: Scope, expression: Expression): readonly string[] | undefined {
    const strings = this.items(scope, expression)?.map((each) => this.string(each.scope, each.expression));
    return strings?.every((each) => each !== undefined) ? (strings as string[]) : undefined;
  }
}

/** `Model` of `models.Model(…)` and `Model(…)`; "" for other callees. */
export function calleeName(call: Call): string {
  return lastName(call.callee);
}

/** The last name of a dotted expression, subscripts left out; "" when there is none. */
export function lastName(expression: Expression): string {
  if (expression.kind === "name" || expression.kind === "attribute") return expression.name;
  return expression.kind === "subscript" ? lastName(expression.object) : "";
}

/** The value of a keyword argument. */
export function keyword(call: Call, name: string): Expression | undefined {
  return call.arguments.find((each) => each.name === name)?.value;
}

/** The positional argument at `index`, unless a `*spread` stands before it. */
export function positional(call: Call, index: number): Expression | undefined {
  let position = 0;
  for (const each of call.arguments) {
    if (each.spread === "sequence") return undefined;
    if (each.name !== undefined || each.spread) continue;
    if (position++ === index) return each.value;
  }
  return undefined;
}

/** An argument by keyword, else by position. */
export function argument(call: Call, name: string, index: number): Expression | undefined {
  return keyword(call, name) ?? positional(call, index);
}

function isName(expression: Expression, name: string): boolean {
  return expression.kind === "name" && expression.name === name;
}
