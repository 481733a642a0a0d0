import { blocksOf, fingerprintBodies, fingerprintDeclarations, type Call, type Declarations, type FileFacts, type Statement } from "../../facts";
import type { FlatTree, Parsers } from "../../syntax";
import { commentsIn, findSuppressions } from "./comments";
import { startLowering } from "./context";
import { directiveOf } from "./directives";
import { declareSignatures } from "./functions";
import { kindsOf } from "./kinds";
import { parseScript } from "./mend";
import { scriptOf } from "./scripts";
import { lowerStatement } from "./statements";

/** What one file of TypeScript or JavaScript says, scripts of pages included. Has an answer for any input. */
export function lowerTypeScript(text: string, uri: string, parsers: Pick<Parsers, "parse">): FileFacts {
  const script = scriptOf(uri, text);
  return lowerTree(parseScript(script, parsers), script.text, uri);
}

/** The comments of a file's code, in order. */
export function commentsInTypeScript(text: string, parsers: Pick<Parsers, "parse">, uri: string): readonly string[] {
  const script = scriptOf(uri, text);
  return commentsIn(parseScript(script, parsers), script.text);
}

/** Reads the tree and the text only. */
export function lowerTree(tree: FlatTree, text: string, uri: string): FileFacts {
  const lowering = startLowering(tree, text, kindsOf(tree.grammar));
  const module: Statement[] = [];
  lowering.bodies[""] = module;
  // A text without a single statement has an ERROR for its root, which is read like any other.
  if (tree.count > 0) lowerStatement(lowering, 0, module);
  declareSignatures(lowering);
  const { imports, classes, functions, values, types } = lowering.scope;
  const calls = callsOf(module);
  const directive = directiveOf(module);
  const declares: Declarations = Object.freeze({
    imports, classes, functions, values, exports: [...lowering.exports], ...(lowering.renames.length > 0 && { renames: lowering.renames }),
    ...(types.length > 0 && { types }), ...(calls.length > 0 && { calls }), ...(directive !== undefined && { directive }),
  });
  const bodies = Object.freeze(lowering.bodies);
  return Object.freeze({
    uri,
    language: "typescript",
    declares,
    bodies,
    ...(lowering.closures.length > 0 && { closures: lowering.closures }),
    suppressions: findSuppressions(lowering, tree.count),
    errors: tree.errors.filter((error) => error.start < error.end || !lowering.forgiven.has(error.start)),
    fingerprint: Object.freeze({ declares: fingerprintDeclarations(declares), bodies: Object.freeze(fingerprintBodies(bodies)) }),
  });
}

/** What a module calls when it is imported; in loops and functions it would take more than reading to know with what. */
function callsOf(statements: readonly Statement[]): readonly Call[] {
  return statements.flatMap((statement) => {
    if (statement.kind === "expression") {
      const called = statement.expression.kind === "await" ? statement.expression.operand : statement.expression;
      return called.kind === "call" && isKept(called) ? [called] : [];
    }
    return statement.kind === "if" || statement.kind === "try" ? blocksOf(statement).flatMap(callsOf) : [];
  });
}

/** `User.hasMany(Order)`, `router.get("/", handler)`, `new Worker("orders", handler)`, and other calls that are handed functions or names: `registerOrders(app)`. */
function isKept({ callee, form, arguments: given }: Call): boolean {
  if (form === "new" || callee.kind === "attribute" || (callee.kind === "call" && callee.callee.kind === "attribute")) return true;
  return given.some(({ value }) => value.kind === "function" || value.kind === "name");
}
