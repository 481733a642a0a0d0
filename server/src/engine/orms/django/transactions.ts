import type { Expression } from "../../facts";
import { lastName } from "../../flow/attributes";
import type { Machine } from "../../flow/machine";
import type { FunctionRef } from "../../project";

const known = new WeakMap<FunctionRef["declaration"], boolean>();

/** `@transaction.atomic`, with or without arguments (Django: *Database transactions*). */
export function isAtomic(m: Machine, fn: FunctionRef): boolean {
  const { decorators } = fn.declaration;
  if (decorators.length === 0) return false;
  let result = known.get(fn.declaration);
  if (result === undefined) known.set(fn.declaration, (result = decorators.some((decorator) => isAtomicDecorator(m, fn.uri, decorator))));
  return result;
}

function isAtomicDecorator(m: Machine, uri: string, decorator: Expression): boolean {
  const name = decorator.kind === "call" ? decorator.callee : decorator;
  if (lastName(name) !== "atomic") return false;
  const symbol = m.project.resolveExpression(uri, name);
  return symbol?.kind === "external" && symbol.name === "django.db.transaction.atomic";
}
