import type { Statement } from "./expressions";

/** The blocks of statements inside a statement; those of functions and classes that it defines are not among them. */
export function blocksOf(statement: Statement): readonly (readonly Statement[])[] {
  switch (statement.kind) {
    case "for":
    case "while":
      return [statement.body, statement.otherwise];
    case "if":
      return [statement.then, statement.otherwise];
    case "try":
      return [statement.body, ...statement.handlers.map((each) => each.body), statement.otherwise, statement.finally];
    case "with":
    case "block":
      return [statement.body];
    case "match":
      return statement.cases.map((each) => each.body);
    default:
      return [];
  }
}
