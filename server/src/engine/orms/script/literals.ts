import type { Call, Expression, FunctionDeclaration, Literal, Mapping } from "../../facts";
import type { ProjectCore } from "../../project";

/** An expression with the file that its names belong to. */
export interface Scoped {
  readonly uri: string;
  readonly expression: Expression;
}

/** The display behind names, casts and `satisfies`: `export const options: DataSourceOptions = {…}`. */
export function settled(core: ProjectCore, scoped: Scoped, depth = 0): Scoped {
  const { uri, expression } = scoped;
  if (depth > 5) return scoped;
  if (expression.kind === "cast") return settled(core, { uri, expression: expression.operand }, depth + 1);
  if (expression.kind !== "name" && expression.kind !== "attribute") return scoped;
  const symbol = core.resolveExpression(uri, expression);
  const target = symbol && core.followAliases(symbol);
  if (target?.kind === "value" && target.value.value) return settled(core, { uri: target.uri, expression: target.value.value }, depth + 1);
  // `Status.Open` of an enum.
  if (expression.kind === "attribute") {
    const owner = core.resolveExpression(uri, expression.object);
    const member = owner?.kind === "class" ? owner.class.declaration.attributes.find(({ name }) => name === expression.name) : undefined;
    if (owner?.kind === "class" && member?.value) return { uri: owner.class.uri, expression: member.value };
  }
  return scoped;
}

/** The value of a key in a display of options, spreads looked into; the last one counts. */
export function property(core: ProjectCore, options: Scoped | undefined, name: string): Scoped | undefined {
  const mapping = options && mappingOf(core, options);
  if (!mapping) return undefined;
  for (const { key, value } of [...mapping.expression.entries].reverse()) {
    if (key === undefined) {
      const inner = property(core, settled(core, { uri: mapping.uri, expression: value }), name);
      if (inner) return inner;
    } else if (key.kind === "literal" && key.value === name) return { uri: mapping.uri, expression: value };
  }
  return undefined;
}

export function mappingOf(core: ProjectCore, scoped: Scoped): { readonly uri: string; readonly expression: Mapping } | undefined {
  const { uri, expression } = settled(core, scoped);
  return expression.kind === "mapping" ? { uri, expression } : undefined;
}

export function textOf(core: ProjectCore, scoped: Scoped | undefined): string | undefined {
  const found = scoped && settled(core, scoped).expression;
  return found?.kind === "literal" && typeof found.value === "string" ? found.value : undefined;
}

/** The value that an option is given as a literal. */
export function literalAt(core: ProjectCore, options: Scoped | undefined, name: string): Literal["value"] | undefined {
  const found = property(core, options, name);
  const expression = found && settled(core, found).expression;
  return expression?.kind === "literal" ? expression.value : undefined;
}

export function isTrueAt(core: ProjectCore, options: Scoped | undefined, name: string): boolean {
  return literalAt(core, options, name) === true;
}

export function isFalseAt(core: ProjectCore, options: Scoped | undefined, name: string): boolean {
  return literalAt(core, options, name) === false;
}

/** `["a", "b"]`; undefined when an item cannot be read. */
export function textsOf(core: ProjectCore, scoped: Scoped | undefined): readonly string[] | undefined {
  const found = scoped && settled(core, scoped);
  if (found?.expression.kind !== "sequence") return undefined;
  const texts = found.expression.items.map((item) => textOf(core, { uri: found.uri, expression: item }));
  return texts.every((text) => text !== undefined) ? texts : undefined;
}

/** What a function of one expression gives: `() => User`, `(user) => user.posts`, `function () { return User; }`. */
export function returnedBy(core: ProjectCore, scoped: Scoped): { readonly uri: string; readonly expression: Expression; readonly parameter?: string } | undefined {
  const { uri, expression } = scoped;
  if (expression.kind !== "function") return undefined;
  const last = core.body(uri, expression.function.id).at(-1);
  if (last?.kind !== "return" || !last.value) return undefined;
  return { uri, expression: last.value.kind === "cast" ? last.value.operand : last.value, parameter: parameterOf(expression.function) };
}

function parameterOf({ parameters }: FunctionDeclaration): string | undefined {
  return parameters[0]?.name;
}

/** An argument of a call, by place. */
export function argument(call: Call | undefined, at: number, uri: string): Scoped | undefined {
  const found = call?.arguments[at];
  return found && found.spread === undefined ? { uri, expression: found.value } : undefined;
}
