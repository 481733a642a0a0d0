import { isTemplateName, type Call, type Expression, type Statement } from "../../../facts";

export type CodeNode = Expression | Statement;

/** Every expression and statement of lowered code, outermost first. Functions defined inside have their bodies elsewhere. */
export function* codeNodes(value: unknown): Generator<CodeNode> {
  if (Array.isArray(value)) {
    for (const each of value) yield* codeNodes(each);
    return;
  }
  if (typeof value !== "object" || value === null) return;
  if ("kind" in value && "start" in value) yield value as CodeNode;
  for (const part of Object.values(value)) if (typeof part === "object") yield* codeNodes(part);
}

/** `url` of a template's `{% url … %}`. */
export function tagName({ callee }: Call): string | undefined {
  return callee.kind === "name" && isTemplateName(callee.name) && callee.name.startsWith("%") ? callee.name.slice(1) : undefined;
}
