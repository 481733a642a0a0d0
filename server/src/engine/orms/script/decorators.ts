import { forEachChild } from "../../facts";
import type { Call, Expression, Statement } from "../../facts";
import type { FunctionRef, ProjectCore, Symbol } from "../../project";

/** A decorator of an ORM's on a class or property. */
export interface OrmDecorator {
  /** `Column`, `ManyToOne`. */
  readonly name: string;
  readonly call?: Call;
  /** The file that the call stands in: that of a decorator of the project's own, for what that one applies. */
  readonly uri: string;
  /** The decorator as it stands at the class or property. */
  readonly written: Expression;
  /** The file that it stands in. */
  readonly writtenIn: string;
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

/** Those of an ORM among some decorators; what the project's own put together (`applyDecorators(Column(), Index())`, helpers that they call) included. */
export function ormDecorators(core: ProjectCore, exportOf: ExportOf, uri: string, decorators: readonly Expression[] | undefined): Decorators {
  const known: OrmDecorator[] = [];
  let hasUnread = false;
  for (const written of decorators ?? []) {
    const call = written.kind === "call" ? written : undefined;
    const symbol = core.resolveExpression(uri, call ? call.callee : written);
    const target = symbol && core.followAliases(symbol);
    const name = exportOf(target);
    if (name !== undefined) {
      known.push({ name, call, uri, written, writtenIn: uri, isWrapped: false });
      continue;
    }
    const reading: Reading = { core, exportOf, seen: new Set() };
    const applied = target?.kind === "function" ? callsInFunction(reading, target.function) : target?.kind === "value" && target.value.value ? callsOf(reading, target.uri, target.value.value) : undefined;
    if (!applied) continue;
    // Calls of one name stand in branches of each other: one of them is made.
    for (const each of applied) if (applied.find(({ name: other }) => other === each.name) === each) known.push({ ...each, written, writtenIn: uri, isWrapped: true });
    hasUnread ||= applied.length === 0;
  }
  return { known, hasUnread };
}

type Applied = Required<Pick<OrmDecorator, "name" | "call" | "uri">>;

/** What decorators of the project's own are read with. */
interface Reading {
  readonly core: ProjectCore;
  readonly exportOf: ExportOf;
  /** The functions that were looked into, by key. */
  readonly seen: Set<string>;
}

/** So many functions, one calling the next, may stand between a decorator of the project's own and the ORM's. */
const MOST_HELPERS = 8;

function callsInFunction(reading: Reading, { key, uri, declaration }: FunctionRef): readonly Applied[] {
  if (reading.seen.has(key) || reading.seen.size >= MOST_HELPERS) return [];
  reading.seen.add(key);
  return callsIn(reading, uri, reading.core.body(uri, declaration.id));
}

function callsIn(reading: Reading, uri: string, statements: readonly Statement[]): readonly Applied[] {
  return statements.flatMap((statement): readonly Applied[] => {
    switch (statement.kind) {
      case "return":
      case "assign": return statement.value ? callsOf(reading, uri, statement.value) : [];
      case "expression": return callsOf(reading, uri, statement.expression);
      case "if": return [...callsIn(reading, uri, statement.then), ...callsIn(reading, uri, statement.otherwise)];
      case "match": return statement.cases.flatMap(({ body }) => callsIn(reading, uri, body));
      case "block": return callsIn(reading, uri, statement.body);
      case "for": return callsIn(reading, uri, statement.body);
      case "define-function": return callsIn(reading, uri, reading.core.body(uri, statement.function.id));
      default: return [];
    }
  });
}

function callsOf(reading: Reading, uri: string, expression: Expression): readonly Applied[] {
  const { core, exportOf } = reading;
  const found: Applied[] = [];
  const visit = (node: Expression): void => {
    if (node.kind === "call") {
      const symbol = core.resolveExpression(uri, node.callee);
      const target = symbol && core.followAliases(symbol);
      const name = exportOf(target);
      if (name !== undefined && /^[A-Z]/.test(name)) found.push({ name, call: node, uri });
      else if (target?.kind === "function") found.push(...callsInFunction(reading, target.function));
    }
    if (node.kind === "function") for (const each of callsIn(reading, uri, core.body(uri, node.function.id))) found.push(each);
    forEachChild(node, visit);
  };
  visit(expression);
  return found;
}
