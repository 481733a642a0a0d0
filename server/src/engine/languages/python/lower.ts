import type { Declarations, Expression, FileFacts, Statement } from "../../facts";
import type { FlatTree } from "../../syntax";
import { callsOf, findSuppressions, finishFacts, isMethodCall, lowerModule } from "../tree-sitter";
import { COMMENTS } from "./comments";
import { Lowering } from "./context";
import { kindsOf } from "./kinds";

/** What one Python file says. Reads the tree and the text only, and has an answer for any input. */
export function lowerPython(tree: FlatTree, text: string, uri: string): FileFacts {
  const lowering = new Lowering(tree, text, kindsOf(tree.grammar));
  const module = lowerModule(lowering, tree);
  const { imports, classes, functions, values } = lowering.scope;
  const exports = exportsOf(module);
  const calls = callsOf(module, (expression) => (expression.kind === "call" && isMethodCall(expression) ? expression : undefined));
  const declares: Declarations = { imports, classes, functions, values, ...(exports && { exports }), ...(calls.length && { calls }) };
  return finishFacts({
    uri, language: "python", declares, bodies: lowering.bodies, suppressions: findSuppressions(lowering, tree.count, COMMENTS), errors: tree.errors,
  }, text);
}

/** String items of a module's `__all__`, as long as it is only ever given plain lists. */
function exportsOf(module: readonly Statement[]): readonly string[] | undefined {
  let names: string[] | undefined;
  for (const statement of module) {
    if (statement.kind === "assign" && statement.targets.some(isExports)) {
      names = plainStrings(statement.value);
      if (!names) return undefined;
    } else if (statement.kind === "augment" && isExports(statement.target)) {
      const added = statement.operator === "+" ? plainStrings(statement.value) : undefined;
      if (!added || !names) return undefined;
      names.push(...added);
    } else if (statement.kind === "expression" && statement.expression.kind === "call") {
      // `__all__.extend(…)`: more than a plain list.
      const { callee } = statement.expression;
      if (callee.kind === "attribute" && isExports(callee.object)) return undefined;
    }
  }
  return names;
}

function isExports(expression: Expression): boolean {
  return expression.kind === "name" && expression.name === "__all__";
}

function plainStrings(value: Expression | undefined): string[] | undefined {
  if (value?.kind !== "sequence" || value.of === "set") return undefined;
  const names: string[] = [];
  for (const item of value.items) {
    if (item.kind !== "literal" || typeof item.value !== "string") return undefined;
    names.push(item.value);
  }
  return names;
}
