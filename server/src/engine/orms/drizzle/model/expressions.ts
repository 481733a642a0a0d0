import type { Call, Expression, FunctionDeclaration, Mapping } from "../../../facts";
import type { ProjectCore, Symbol } from "../../../project";

/** An expression with the file it stands in. */
export interface Scoped {
  readonly uri: string;
  readonly expression: Expression;
}

/** `value as Type`, `value satisfies Type` without what they say of types. */
export function uncast(expression: Expression): Expression {
  return expression.kind === "cast" ? uncast(expression.operand) : expression;
}

/** A chain of method calls: `text("name").notNull().unique()` is a root and two steps. */
export interface Chain {
  readonly uri: string;
  readonly root: Expression;
  /** In the order they are called. */
  readonly steps: readonly { readonly name: string; readonly call: Call }[];
}

export function chainOf({ uri, expression }: Scoped): Chain {
  const steps: { readonly name: string; readonly call: Call }[] = [];
  let root = uncast(expression);
  // The callee of the root is no method of a call: `text(…)`, `t.text(…)`, or no call at all.
  while (root.kind === "call" && root.callee.kind === "attribute" && !isNameOrPath(uncast(root.callee.object))) {
    steps.unshift({ name: root.callee.name, call: root });
    root = uncast(root.callee.object);
  }
  return { uri, root, steps };
}

function isNameOrPath(expression: Expression): boolean {
  return expression.kind === "name" || (expression.kind === "attribute" && isNameOrPath(expression.object));
}

/** The value of a plain key of an object literal; the last one counts. */
export function entryOf(mapping: Mapping, key: string): Expression | undefined {
  return mapping.entries.findLast((entry) => entry.key !== undefined && keyText(entry.key) === key)?.value;
}

export function keyText(key: Expression): string | undefined {
  return key.kind === "literal" && (typeof key.value === "string" || typeof key.value === "number") ? String(key.value) : undefined;
}

export function stringOf(expression: Expression | undefined): string | undefined {
  return expression?.kind === "literal" && typeof expression.value === "string" ? expression.value : undefined;
}

/** The items of `[a, b]`; of `(t) => [a, b]` those that it returns. */
export function itemsOf(expression: Expression | undefined): readonly Expression[] {
  const value = expression && uncast(expression);
  return value?.kind === "sequence" ? value.items : [];
}

/** What names lead to, in all files. */
export class DrizzleNames {
  constructor(readonly core: ProjectCore) {}

  /** The full name of something outside the workspace: `drizzle-orm/pg-core.pgTable`. */
  external(uri: string, expression: Expression): string | undefined {
    const symbol = this.symbol(uri, expression);
    return symbol?.kind === "external" ? symbol.name : undefined;
  }

  symbol(uri: string, expression: Expression): Symbol | undefined {
    const symbol = this.core.resolveExpression(uri, uncast(expression));
    return symbol && (this.core.followAliases(symbol) ?? symbol);
  }

  /** The value that a name or path of names stands for: a module-level value, an entry of an object literal. Anything else is what it is. */
  follow({ uri, expression }: Scoped, depth = 0): Scoped {
    const plain = uncast(expression);
    if (depth > 8 || (plain.kind !== "name" && plain.kind !== "attribute")) return { uri, expression: plain };
    const symbol = this.core.resolveExpression(uri, plain);
    if (symbol?.kind === "value" && symbol.value.value) return this.follow({ uri: symbol.uri, expression: symbol.value.value }, depth + 1);
    if (plain.kind === "attribute") {
      const owner = this.follow({ uri, expression: plain.object }, depth + 1);
      const entry = owner.expression.kind === "mapping" ? entryOf(owner.expression, plain.name) : undefined;
      if (entry) return this.follow({ uri: owner.uri, expression: entry }, depth + 1);
    }
    return { uri, expression: plain };
  }

  /** What a function gives: the value of its `return`, when there is one. */
  returned(uri: string, fn: FunctionDeclaration): Scoped | undefined {
    const returns = this.core.body(uri, fn.id).flatMap((statement) => (statement.kind === "return" && statement.value ? [statement.value] : []));
    return returns.length === 1 ? { uri, expression: uncast(returns[0]) } : undefined;
  }

  /** What a call of a function of the workspace gives, whatever it is called with. */
  resultOf(uri: string, call: Call): Scoped | undefined {
    const symbol = this.symbol(uri, call.callee);
    if (symbol?.kind === "function") return this.returned(symbol.function.uri, symbol.function.declaration);
    const callee = this.follow({ uri, expression: call.callee });
    return callee.expression.kind === "function" ? this.returned(callee.uri, callee.expression.function) : undefined;
  }
}
