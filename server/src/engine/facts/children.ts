import type { Expression, Parameter } from "./expressions";

/** Calls `visit` for the expressions directly inside another one, in order; statements inside a lambda are left out. */
export function forEachChild(node: Expression, visit: (child: Expression) => void): void {
  const optional = (child: Expression | undefined): void => {
    if (child) visit(child);
  };
  switch (node.kind) {
    case "name":
    case "literal":
    case "class":
      return;
    case "function":
      return defaultsOf(node.function.parameters).forEach(visit);
    case "cast":
      return visit(node.operand);
    case "attribute":
      return visit(node.object);
    case "call":
      visit(node.callee);
      return node.arguments.forEach((each) => visit(each.value));
    case "subscript":
      visit(node.object);
      return visit(node.index);
    case "slice":
      return [node.lower, node.upper, node.step].forEach(optional);
    case "format":
    case "opaque":
      return node.parts.forEach(visit);
    case "sequence":
      return node.items.forEach(visit);
    case "mapping":
      for (const { key, value } of node.entries) {
        optional(key);
        visit(value);
      }
      return;
    case "comprehension":
      for (const clause of node.clauses) {
        visit(clause.iterable);
        visit(clause.target);
        clause.conditions.forEach(visit);
      }
      visit(node.element);
      return optional(node.value);
    case "lambda":
      defaultsOf(node.parameters).forEach(visit);
      return Array.isArray(node.body) ? undefined : visit(node.body as Expression);
    case "binary":
    case "logical":
    case "comparison":
      visit(node.left);
      return visit(node.right);
    case "unary":
    case "await":
      return visit(node.operand);
    case "conditional":
      visit(node.test);
      visit(node.then);
      return visit(node.otherwise);
    case "yield":
      return optional(node.value);
    case "spread":
      return visit(node.value);
    case "named-assignment":
      visit(node.target);
      return visit(node.value);
  }
}

function defaultsOf(parameters: readonly Parameter[]): readonly Expression[] {
  return parameters.flatMap((each) => (each.default ? [each.default] : []));
}
