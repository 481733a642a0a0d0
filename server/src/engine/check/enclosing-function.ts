import type { ClassDeclaration, FileFacts, FunctionDeclaration } from "../facts";

/** The id of the module-level function or method around an offset, else of the class, else "". */
export function enclosingFunction(facts: FileFacts, offset: number): string {
  return within(facts.declares.functions, facts.declares.classes, offset) ?? "";
}

function within(functions: readonly FunctionDeclaration[], classes: readonly ClassDeclaration[], offset: number): string | undefined {
  const found = functions.find((each) => covers(each, offset));
  if (found) return found.id;
  const around = classes.find((each) => covers(each, offset));
  return around && (within(around.methods, around.classes, offset) ?? around.id);
}

function covers(node: { readonly start: number; readonly end: number }, offset: number): boolean {
  return node.start <= offset && offset < node.end;
}
