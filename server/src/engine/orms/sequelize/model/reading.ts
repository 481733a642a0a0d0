import type { Call, Expression, FunctionDeclaration, Mapping, MappingEntry } from "../../../facts";
import type { ProjectCore } from "../../../project";

/** An expression with the file it stands in. */
export interface Placed {
  readonly uri: string;
  readonly expression: Expression;
}

/** The name of a plain key. */
export function keyOf({ key }: MappingEntry): string | undefined {
  return key?.kind === "literal" && key.value !== null ? String(key.value) : undefined;
}

/** The value that an object literal has under a name; what a spread brings is not looked at. */
export function valueAt(expression: Expression | undefined, name: string): Expression | undefined {
  const mapping = expression && bare(expression);
  return mapping?.kind === "mapping" ? mapping.entries.findLast((entry) => keyOf(entry) === name)?.value : undefined;
}

/** Whether an object literal takes entries from elsewhere. */
export function hasSpread(mapping: Mapping): boolean {
  return mapping.entries.some((entry) => entry.key === undefined);
}

/** The expression without casts and `await`. */
export function bare(expression: Expression): Expression {
  switch (expression.kind) {
    case "cast": return bare(expression.operand);
    case "await": return bare(expression.operand);
    default: return expression;
  }
}

export function textOf(expression: Expression | undefined): string | undefined {
  const inner = expression && bare(expression);
  return inner?.kind === "literal" && typeof inner.value === "string" ? inner.value : undefined;
}

export function flagOf(expression: Expression | undefined): boolean | undefined {
  const inner = expression && bare(expression);
  return inner?.kind === "literal" && typeof inner.value === "boolean" ? inner.value : undefined;
}

export function itemsOf(expression: Expression | undefined): readonly Expression[] {
  const inner = expression && bare(expression);
  return inner?.kind === "sequence" ? inner.items : [];
}

/** The last name of a dotted expression, or of the callee of a call. */
export function lastNameOf(expression: Expression | undefined): string {
  if (!expression) return "";
  const inner = bare(expression);
  if (inner.kind === "call") return lastNameOf(inner.callee);
  return inner.kind === "name" || inner.kind === "attribute" ? inner.name : "";
}

/** The positional argument at a place. */
export function argument(call: Call, at: number): Expression | undefined {
  const given = call.arguments[at];
  return given && given.spread === undefined ? given.value : undefined;
}

/** Reads expressions of one project: follows names to the literals that they stand for. */
export class Reader {
  constructor(readonly core: ProjectCore) {}

  /** What a name of the module stands for, through constants and their members. */
  follow({ uri, expression }: Placed, depth = 0): Placed {
    const inner = bare(expression);
    if (depth > 6 || (inner.kind !== "name" && inner.kind !== "attribute")) return { uri, expression: inner };
    const symbol = this.core.resolveExpression(uri, inner);
    if (symbol?.kind === "value" && symbol.value.value) return this.follow({ uri: symbol.uri, expression: symbol.value.value }, depth + 1);
    if (inner.kind === "attribute") {
      const object = this.follow({ uri, expression: inner.object }, depth + 1);
      const value = valueAt(object.expression, inner.name);
      if (value) return this.follow({ uri: object.uri, expression: value }, depth + 1);
    }
    return { uri, expression: inner };
  }

  /** What an arrow function without a block gives: `() => User`, `() => ({ … })`. */
  given({ uri, expression }: Placed): Placed {
    const inner = bare(expression);
    const value = inner.kind === "function" ? this.returnOf(uri, inner.function) : undefined;
    return value ? this.given({ uri, expression: value }) : { uri, expression: inner };
  }

  /** The value of a function that does nothing but return it. */
  returnOf(uri: string, fn: FunctionDeclaration): Expression | undefined {
    const last = (this.core.files.get(uri)?.bodies[fn.id] ?? []).at(-1);
    return last?.kind === "return" ? last.value : undefined;
  }
}
