import { forEachChild } from "../../facts";
import type { Call, Expression, Statement } from "../../facts";
import type { ProjectCore, Symbol } from "../../project";

/** A decorator of an ORM's on a class or property. */
export interface OrmDecorator {
  /** `Column`, `ManyToOne`. */
  readonly name: string;
  readonly call?: Call;
  /** The file that the call stands in: that of a decorator of the project's own, for what that one applies. */
  readonly uri: string;
  /** The decorator as it stands at the class or property. */
  readonly written: Expression;
  /** It is applied by a decorator of the project's own. */
  readonly isWrapped: boolean;
}

export interface Decorators {
  readonly known: readonly OrmDecorator[];
  /** A decorator of the project's own that applies none of the ORM's as far as can be read. */
  readonly hasUnread: boolean;
}

/** The export of an ORM's packages that a symbol is, by its own name. */
export type ExportOf = (symbol: Symbol | undefined) => string | undefined;

/** Those of an ORM among some decorators; what the project's own put together (`applyDecorators(Column(), Index())`) included. */
export function ormDecorators(core: ProjectCore, exportOf: ExportOf, uri: string, decorators: readonly Expression[] | undefined): Decorators {
  const known: OrmDecorator[] = [];
  let hasUnread = false;
  for (const written of decorators ?? []) {
    const call = written.kind === "call" ? written : undefined;
    const symbol = core.resolveExpression(uri, call ? call.callee : written);
    const target = symbol && core.followAliases(symbol);
    const name = exportOf(target);
    if (name !== undefined) known.push({ name, call, uri, written, isWrapped: false });
    else if (target?.kind === "function") {
      const applied = callsIn(core, exportOf, target.function.uri, core.body(target.function.uri, target.function.declaration.id));
      for (const each of applied) known.push({ ...each, uri: target.function.uri, written, isWrapped: true });
      hasUnread ||= applied.length === 0;
    } else if (target?.kind === "value" && target.value.value) {
      const applied = callsOf(core, exportOf, target.uri, target.value.value);
      for (const each of applied) known.push({ ...each, uri: target.uri, written, isWrapped: true });
      hasUnread ||= applied.length === 0;
    }
  }
  return { known, hasUnread };
}

type Applied = { readonly name: string; readonly call: Call };

function callsIn(core: ProjectCore, exportOf: ExportOf, uri: string, statements: readonly Statement[]): readonly Applied[] {
  return statements.flatMap((statement) => {
    switch (statement.kind) {
      case "return":
      case "assign": return statement.value ? callsOf(core, exportOf, uri, statement.value) : [];
      case "expression": return callsOf(core, exportOf, uri, statement.expression);
      case "if": return [...callsIn(core, exportOf, uri, statement.then), ...callsIn(core, exportOf, uri, statement.otherwise)];
      default: return [];
    }
  });
}

function callsOf(core: ProjectCore, exportOf: ExportOf, uri: string, expression: Expression): readonly Applied[] {
  const found: Applied[] = [];
  const visit = (node: Expression): void => {
    if (node.kind === "call") {
      const name = exportOf(core.resolveExpression(uri, node.callee));
      if (name !== undefined && /^[A-Z]/.test(name)) found.push({ name, call: node });
    }
    if (node.kind === "function") for (const each of callsIn(core, exportOf, uri, core.body(uri, node.function.id))) found.push(each);
    forEachChild(node, visit);
  };
  visit(expression);
  return found;
}
