import type { Statement } from "../../facts";

/** `"use server"`, `"use client"` before all other statements (React: *Directives*). */
export function directiveOf(statements: readonly Statement[]): string | undefined {
  const first = statements.find((each) => each.kind !== "scope" && each.kind !== "import" && each.kind !== "define-function");
  if (first?.kind !== "expression" || first.expression.kind !== "literal") return undefined;
  const { value } = first.expression;
  return typeof value === "string" && value.startsWith("use ") && value !== "use strict" ? value : undefined;
}
