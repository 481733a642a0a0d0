import type { Call, Declarations, Expression, FileFacts } from "../../facts";
import type { FlatTree, Parsers } from "../../syntax";
import { callsOf, commentsOf, findSuppressions, finishFacts, isMethodCall, lowerModule } from "../tree-sitter";
import { COMMENTS } from "./comments";
import { Lowering } from "./context";
import { directiveOf } from "./directives";
import { declareSignatures } from "./functions";
import { kindsOf } from "./kinds";
import { parseScript } from "./mend";
import { scriptOf } from "./scripts";
import { sqlIn } from "./written-sql";

/** What one file of TypeScript or JavaScript says, scripts of pages included. Has an answer for any input. */
export function lowerTypeScript(text: string, uri: string, parsers: Pick<Parsers, "parse">): FileFacts {
  const script = scriptOf(uri, text);
  return lowerTree(parseScript(script, parsers), script.text, uri);
}

/** The comments of a file's code, in order. */
export function commentsInTypeScript(text: string, parsers: Pick<Parsers, "parse">, uri: string): readonly string[] {
  const script = scriptOf(uri, text);
  return commentsOf(parseScript(script, parsers), script.text);
}

/** Reads the tree and the text only. */
export function lowerTree(tree: FlatTree, text: string, uri: string): FileFacts {
  const lowering = new Lowering(tree, text, kindsOf(tree.grammar));
  const module = lowerModule(lowering, tree);
  declareSignatures(lowering);
  const { imports, classes, functions, values, types } = lowering.scope;
  const calls = callsOf(module, keptCall);
  const directive = directiveOf(module);
  const sql = sqlIn(text);
  const declares: Declarations = {
    imports, classes, functions, values, exports: [...lowering.exports], ...(lowering.renames.length > 0 && { renames: lowering.renames }),
    ...(types.length > 0 && { types }), ...(calls.length > 0 && { calls }), ...(directive !== undefined && { directive }), ...(sql.length > 0 && { sql }),
  };
  return finishFacts({
    uri,
    language: "typescript",
    declares,
    bodies: lowering.bodies,
    ...(lowering.closures.length > 0 && { closures: lowering.closures }),
    suppressions: findSuppressions(lowering, tree.count, COMMENTS),
    errors: tree.errors.filter((error) => error.start < error.end || !lowering.forgiven.has(error.start)),
  }, text);
}

/** `User.hasMany(Order)`, `router.get("/", handler)`, `new Worker("orders", handler)`, and other calls that are handed functions or names: `registerOrders(app)`. */
function keptCall(expression: Expression): Call | undefined {
  const called = expression.kind === "await" ? expression.operand : expression;
  if (called.kind !== "call") return undefined;
  const isKept = called.form === "new" || isMethodCall(called) || called.arguments.some(({ value }) => value.kind === "function" || value.kind === "name");
  return isKept ? called : undefined;
}
