import { blocksOf, fingerprintBodies, fingerprintDeclarations, type Call, type Declarations, type Expression, type FileFacts, type Statement } from "../../facts";
import type { FlatTree } from "../../syntax";
import { startLowering } from "./context";
import { findSuppressions } from "./comments";
import { kindsOf } from "./kinds";
import { lowerStatement } from "./statements";

/** What one Python file says. Reads the tree and the text only, and has an answer for any input. */
export function lowerPython(tree: FlatTree, text: string, uri: string): FileFacts {
  const lowering = startLowering(tree, text, kindsOf(tree.grammar));
  const module: Statement[] = [];
  lowering.bodies[""] = module;
  // A text without a single statement has an ERROR for its root, which is read like any other.
  if (tree.count > 0) lowerStatement(lowering, 0, module);
  const { imports, classes, functions, values } = lowering.scope;
  const exports = exportsOf(module);
  const calls = callsOf(module);
  const declares: Declarations = Object.freeze({ imports, classes, functions, values, ...(exports && { exports }), ...(calls.length && { calls }) });
  const bodies = Object.freeze(lowering.bodies);
  return Object.freeze({
    uri,
    language: "python",
    declares,
    bodies,
    suppressions: findSuppressions(lowering, tree.count),
    errors: tree.errors,
    fingerprint: Object.freeze({ declares: fingerprintDeclarations(declares), bodies: Object.freeze(fingerprintBodies(bodies)) }),
  });
}

/** The methods that a module calls when it is imported; in loops and functions it would take more than reading to know with what. */
function callsOf(statements: readonly Statement[]): readonly Call[] {
  return statements.flatMap((statement) => {
    if (statement.kind === "expression") return statement.expression.kind === "call" && isMethodCall(statement.expression) ? [statement.expression] : [];
    return statement.kind === "if" || statement.kind === "try" || statement.kind === "with" ? blocksOf(statement).flatMap(callsOf) : [];
  });
}

/** `site.register(Book)`, `register.inclusion_tag("row.html")(row)` */
function isMethodCall({ callee }: Call): boolean {
  return callee.kind === "attribute" || (callee.kind === "call" && callee.callee.kind === "attribute");
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
