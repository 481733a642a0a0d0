import { blocksOf } from "../facts";
import type { ClassDeclaration, Expression, FileFacts, FunctionDeclaration, Statement } from "../facts";

export interface FileFunctions {
  readonly functions: readonly { readonly declaration: FunctionDeclaration; readonly owner?: ClassDeclaration }[];
  /** Classes defined inside function bodies, by id. */
  readonly classes: ReadonlyMap<string, ClassDeclaration>;
}

const known = new WeakMap<FileFacts, FileFunctions>();

/** All functions of a file: module-level ones, methods, and those defined inside bodies. */
export function functionsOf(facts: FileFacts): FileFunctions {
  let functions = known.get(facts);
  if (!functions) known.set(facts, (functions = findFunctions(facts)));
  return functions;
}

function findFunctions(facts: FileFacts): FileFunctions {
  const functions: { declaration: FunctionDeclaration; owner?: ClassDeclaration }[] = [];
  const classes = new Map<string, ClassDeclaration>();
  const seen = new Set<string>();
  const addFunction = (declaration: FunctionDeclaration, owner?: ClassDeclaration): void => {
    if (seen.has(declaration.id)) return;
    seen.add(declaration.id);
    functions.push({ declaration, owner });
    forEachStatement(facts.bodies[declaration.id] ?? [], addDefinition);
  };
  const addClass = (declaration: ClassDeclaration): void => {
    for (const method of declaration.methods) addFunction(method, declaration);
    // `list = async () => {…}` in a class is a method to whoever calls it.
    for (const { value } of declaration.attributes) if (value?.kind === "function") addFunction(value.function, declaration);
    for (const nested of declaration.classes) addClass(nested);
  };
  const addDefinition = (statement: Statement): void => {
    if (statement.kind === "define-function") addFunction(statement.function);
    if (statement.kind === "define-class") {
      classes.set(statement.class.id, statement.class);
      addClass(statement.class);
    }
  };
  for (const each of facts.declares.functions) addFunction(each);
  for (const each of facts.declares.classes) addClass(each);
  for (const each of facts.closures ?? []) addFunction(each);
  return { functions, classes };
}

/** Visits statements in order, those inside loops and branches included; bodies of functions and classes are not entered. */
export function forEachStatement(statements: readonly Statement[], visit: (statement: Statement) => void): void {
  for (const statement of statements) {
    visit(statement);
    for (const block of blocksOf(statement)) forEachStatement(block, visit);
  }
}

/** What statements that are done one after the other say: calls, and what is assigned or returned. Tests and what loops walk are left out. */
export function forEachPlainExpression(statements: readonly Statement[], visit: (node: Expression) => void): void {
  forEachStatement(statements, (statement) => {
    if (statement.kind === "expression") visit(statement.expression);
    else if ((statement.kind === "assign" || statement.kind === "return") && statement.value) visit(statement.value);
  });
}
