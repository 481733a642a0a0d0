import type { ClassDeclaration, Expression, FileFacts, FunctionDeclaration } from "../../facts";
import type { Entity, Field } from "../../project";
import type { Span } from "../../source";
import type { WrittenLoop } from "./loops";
import { nodesIn, statementsAround } from "./statements";

/**
 * Whether a `Map` finds the row that the database would find. It compares as `===` does: a text is no number, two objects for one day or
 * one decimal are different, and a collation that folds case is unknown to it.
 */
export function canBeMapKey(facts: FileFacts, loop: WrittenLoop, key: Expression, entity: Entity, column: string): boolean {
  const field = entity.fields.get(column);
  if (!field?.holds) return true;
  // What another row holds is what the driver made of the same type.
  const isOfRow = key.kind === "attribute";
  if (/^(decimal|float|date|datetime|json|binary|other)$/.test(field.holds)) return false;
  if (field.holds === "text") return !isFolded(field, entity) && (isOfRow || declaredElement(facts, loop) !== "number");
  if (!/integer$/.test(field.holds)) return true;
  return isOfRow || (declaredElement(facts, loop) !== "string" && !isBig(field));
}

/** MySQL's default collations find `Anna` for `anna`, and so does `citext`. A UUID or a foreign key is written in one way only. */
function isFolded(field: Field, { engine }: Entity): boolean {
  return /citext/i.test(field.nativeType ?? field.type) || (engine === "mysql" && !field.primaryKey && !/(^|_)id$|Id$/.test(field.name));
}

/** Drivers give a `bigint` as a text or a BigInt. */
function isBig({ nativeType, type }: Field): boolean {
  return /big|int8/i.test(`${nativeType ?? ""} ${type}`);
}

/** `string` where the loop walks a parameter that is declared as `string[]`. */
function declaredElement(facts: FileFacts, loop: WrittenLoop): string | undefined {
  const { iterable } = loop;
  if (iterable.kind !== "name") return undefined;
  const annotation = functionAt(facts, loop.node)?.parameters.find((parameter) => parameter.name === iterable.name && !parameter.pattern)?.annotation;
  const element = annotation?.kind === "subscript" ? annotation.index : undefined;
  return element?.kind === "name" ? element.name : undefined;
}

/** The innermost function around a place. */
function functionAt(facts: FileFacts, at: Span): FunctionDeclaration | undefined {
  const body = statementsAround(facts, at).at(-1)?.body;
  const methods = (declaration: ClassDeclaration): readonly FunctionDeclaration[] => [...declaration.methods, ...declaration.classes.flatMap(methods)];
  const known = [...(facts.closures ?? []), ...facts.declares.functions, ...facts.declares.classes.flatMap(methods)].find(({ id }) => id === body);
  if (known || !body) return known;
  for (const node of nodesIn(Object.values(facts.bodies))) if (node.kind === "define-function" && node.function.id === body) return node.function;
  return undefined;
}
