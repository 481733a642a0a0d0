import { blocksOf, fingerprintBodies, fingerprintDeclarations, type Call, type Declarations, type Expression, type FileFacts, type Statement } from "../../facts";
import type { Span } from "../../source";
import type { FlatTree } from "../../syntax";
import type { TreeLowering } from "./lowering";
import { lowerStatement } from "./statements";

/** Lowers a whole tree: the statements of its module. */
export function lowerModule<C extends TreeLowering<C>>(c: C, tree: FlatTree): readonly Statement[] {
  const module: Statement[] = [];
  c.bodies[""] = module;
  // A text without a single statement has an ERROR for its root, which is read like any other.
  if (tree.count > 0) lowerStatement(c, 0, module);
  return module;
}

/** The facts, frozen, with their fingerprint. */
export function finishFacts(facts: Omit<FileFacts, "fingerprint">, text: string): FileFacts {
  const { declares, bodies } = facts;
  if (facts.errors.length > 0) markBroken(declares, facts.errors, text);
  Object.freeze(declares);
  Object.freeze(bodies);
  return Object.freeze({
    ...facts, fingerprint: Object.freeze({ declares: fingerprintDeclarations(declares), bodies: Object.freeze(fingerprintBodies(bodies)) }),
  });
}

/** An unclosed bracket in a class takes what stands below it out of the class, up to what can be read again, or what begins a line. */
function markBroken({ classes, functions, values }: Declarations, errors: readonly Span[], text: string): void {
  const starts = [...classes, ...functions, ...values, ...errors.filter(({ start }) => text[start - 1] === "\n")].map(({ start }) => start).sort((a, b) => a - b);
  for (const each of classes) {
    const next = starts.find((start) => start > each.start) ?? Infinity;
    if (errors.some(({ start, end }) => end >= each.start && start < next)) (each as { isBroken?: true }).isBroken = true;
  }
}

/** The calls that `callIn` finds in statements of a module: what is made when it is imported. In loops and functions it would take more than reading to know with what. */
export function callsOf(statements: readonly Statement[], callIn: (expression: Expression) => Call | undefined): readonly Call[] {
  return statements.flatMap((statement) => {
    if (statement.kind === "expression") return callIn(statement.expression) ?? [];
    return statement.kind === "if" || statement.kind === "try" || statement.kind === "with" ? blocksOf(statement).flatMap((block) => callsOf(block, callIn)) : [];
  });
}

/** `site.register(Book)`, `register.inclusion_tag("row.html")(row)` */
export function isMethodCall({ callee }: Call): boolean {
  return callee.kind === "attribute" || (callee.kind === "call" && callee.callee.kind === "attribute");
}
