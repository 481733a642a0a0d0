import type { Expression, FileFacts, Statement } from "../../facts";
import type { Machine } from "../../flow/machine";
import { optionsOf, type Value } from "../../flow/values";
import { nodesIn } from "../script/statements";

/**
 * Whether an extension (`$extends({ query: { $allModels: { … } } })`) changes what is asked through the client: its functions speak of `where`, or tell the database in whose name it is
 * asked (`set_config`, row level security). Prisma: *Client extensions*, `query` component. What cannot be looked into is taken for one that only looks on.
 */
export function addsConditions(m: Machine, extension: Value | undefined): boolean {
  return extension !== undefined && optionsOf(extension).some((option) => option.kind === "mapping" && functionsIn(option.entries.get("query"), 0).some((value) => speaksOfConditions(m, value)));
}

type FunctionValue = Value & { readonly kind: "function" };

/** `query: { user: { findMany() {} } }`, `query: { $allModels: { $allOperations() {} } }`, `query: { $allOperations() {} }`. */
function functionsIn(value: Value | undefined, depth: number): readonly FunctionValue[] {
  return value === undefined || depth > 3 ? [] : optionsOf(value).flatMap((option) => (option.kind === "function" ? [option] : option.kind === "mapping" ? [...option.entries.values()].flatMap((each) => functionsIn(each, depth + 1)) : []));
}

/** In its body, or in that of a function beside it that it calls: `query(withTenant(args))`. */
function speaksOfConditions(m: Machine, { function: fn }: FunctionValue): boolean {
  const facts = m.project.files.get(fn.uri);
  const own = nodesInside(facts?.bodies ?? {}, fn.declaration.id);
  const called = new Set(own.flatMap((node) => (node.kind === "call" && node.callee.kind === "name" ? [node.callee.name] : [])));
  return own.some(isAboutConditions) || facts?.declares.functions.some(({ id, name }) => called.has(name) && nodesInside(facts.bodies, id).some(isAboutConditions)) === true;
}

function nodesInside(bodies: FileFacts["bodies"], id: string): readonly (Expression | Statement)[] {
  return Object.entries(bodies).flatMap(([key, statements]) => (key === id || key.startsWith(`${id}.`) ? nodesIn(statements) : []));
}

function isAboutConditions(node: Expression | Statement): boolean {
  if (node.kind === "attribute") return node.name === "where";
  return node.kind === "literal" && typeof node.value === "string" && (node.value === "where" || /\bset_config\b|\bset\s+local\b/i.test(node.value));
}
