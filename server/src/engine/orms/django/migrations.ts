import type { Call, ClassDeclaration, Expression } from "../../facts";
import type { Machine } from "../../flow/machine";
import type { IndexBuilt } from "../../flow";
import type { Entity } from "../../project";

type Built = Omit<IndexBuilt, "frames" | "loops" | "entry" | "basis">;

/** The indexes that a migration adds to tables of earlier ones (Django: *Migration operations*). A table that it makes itself has no rows yet. */
export function indexesBuiltIn(m: Machine, uri: string): readonly Built[] {
  const folder = /^(.*)\/migrations\/[^/]+\.py$/.exec(uri)?.[1];
  if (folder === undefined) return [];
  return (m.project.files.get(uri)?.declares.classes ?? []).flatMap((declaration) => (declaration.name === "Migration" ? builtBy(m, uri, folder, declaration) : []));
}

function builtBy(m: Machine, uri: string, folder: string, declaration: ClassDeclaration): readonly Built[] {
  const attribute = (name: string): Expression | undefined => declaration.attributes.findLast((each) => each.name === name)?.value;
  const operations = attribute("operations");
  if (operations?.kind !== "sequence") return [];
  const calls = operations.items.flatMap((item): { readonly call: Call; readonly name: string }[] => {
    const symbol = item.kind === "call" ? m.project.resolveExpression(uri, item.callee) : undefined;
    return item.kind === "call" && symbol?.kind === "external" ? [{ call: item, name: symbol.name.slice(symbol.name.lastIndexOf(".") + 1) }] : [];
  });
  const made = new Set(calls.flatMap(({ call, name }) => (name === "CreateModel" ? [textOf(call, "name")?.toLowerCase()] : [])));
  const atomic = attribute("atomic");
  const isAtomic = !(atomic?.kind === "literal" && atomic.value === false);
  const isNothingElse = calls.length === operations.items.length && calls.every(({ name }) => name === "AddIndex");
  return calls.flatMap(({ call, name }): Built[] => {
    if (name !== "AddIndex" && name !== "AddIndexConcurrently") return [];
    const model = textOf(call, "model_name")?.toLowerCase();
    const entity = model === undefined || made.has(model) ? undefined : entityIn(m, folder, model);
    return entity ? [{
      kind: "indexBuilt", at: { uri, span: { start: call.start, end: call.end } }, entity, isConcurrent: name === "AddIndexConcurrently",
      migration: { uri, class: declaration, isAtomic }, ...(isNothingElse && { operations: calls.map((each) => each.call.callee) }),
    }] : [];
  });
}

/** A text argument: the first one, or by its name. */
function textOf(call: Call, name: string): string | undefined {
  const value = (call.arguments.find((argument) => argument.name === name) ?? call.arguments.find((argument) => argument.name === undefined))?.value;
  return value?.kind === "literal" && typeof value.value === "string" ? value.value : undefined;
}

/** The entity of that name whose class lies in the app's folder. */
function entityIn(m: Machine, folder: string, model: string): Entity | undefined {
  for (const entity of m.project.entities.values()) if (entity.name.toLowerCase() === model && entity.class?.uri.startsWith(`${folder}/`)) return m.project.entity(entity.key);
  return undefined;
}
