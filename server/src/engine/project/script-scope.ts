import type { AttributeDeclaration, ClassDeclaration, FileFacts, FunctionDeclaration, ImportDeclaration } from "../facts";
import { splitSpecifier } from "./manifests";

/** A type alias, told apart from values of its name. */
export interface TypeAlias {
  readonly kind: "type";
  readonly type: AttributeDeclaration;
}

export type ScriptDefinition = ImportDeclaration | ClassDeclaration | FunctionDeclaration | AttributeDeclaration | TypeAlias;

/** The names of one script. Depends on the file alone, so one may serve many links. */
export interface ScriptScope {
  /** What a name means inside the file. */
  readonly names: ReadonlyMap<string, ScriptDefinition>;
  /** What importers know under a name: a name of the file, or something that is passed on. */
  readonly exported: ReadonlyMap<string, { readonly local: string } | ImportDeclaration>;
  /** `export * from "x"`, in order. */
  readonly stars: readonly ImportDeclaration[];
  /** Packages that it imports. */
  readonly packages: ReadonlySet<string>;
}

/**
 * Of several definitions of a name the one that runs is meant: a class before the interface that is merged with it, a value before the type that is made from it
 * (`const Role = {…} as const; type Role = …`).
 */
function rankOf(definition: ScriptDefinition): number {
  if ("module" in definition) return 2;
  if (!("kind" in definition)) return definition.value ? (definition.value.kind === "call" ? 5 : 4) : 3;
  if (definition.kind === "type") return 0;
  if (definition.kind === "function") return definition.isSignature ? 4 : 6;
  return definition.form === "interface" ? 1 : 7;
}

/** `let client: Client` that gets its value later is one definition. */
function joined(known: ScriptDefinition, next: ScriptDefinition): ScriptDefinition {
  const isValue = (each: ScriptDefinition): each is AttributeDeclaration => !("module" in each) && !("kind" in each);
  if (isValue(known) && isValue(next) && known.annotation && !known.value && next.value && !next.annotation) return { ...next, annotation: known.annotation };
  if (isValue(known) && isValue(next) && known.annotation && known.value && !next.annotation) return known;
  // Of overloads the last one has the body, of several values the last one stays; declarations of an interface are merged, and the first one wins.
  const first = rankOf(known);
  const second = rankOf(next);
  if (first === second) return first === 1 || first === 0 ? known : next;
  return first > second ? known : next;
}

export function buildScriptScope({ declares }: FileFacts): ScriptScope {
  const names = new Map<string, ScriptDefinition>();
  const exported = new Map<string, { readonly local: string } | ImportDeclaration>();
  const stars: ImportDeclaration[] = [];
  const packages = new Set<string>();
  const add = (name: string, definition: ScriptDefinition): void => {
    const known = names.get(name);
    names.set(name, known ? joined(known, definition) : definition);
  };
  for (const each of declares.imports) {
    if (!/^[./]/.test(each.module)) packages.add(splitSpecifier(each.module).name);
    if (each.name === "*") stars.push(each);
    else if (each.isReexport) exported.set(each.local, each);
    else if (each.local) add(each.local, each);
  }
  const inOrder = [...declares.classes, ...declares.functions, ...declares.values].sort((a, b) => a.start - b.start);
  for (const each of inOrder) add(each.name, each);
  for (const type of declares.types ?? []) add(type.name, { kind: "type", type });
  // Imports are passed on only where the file says so.
  const own = declares.exports ?? [...inOrder, ...(declares.types ?? [])].map((each) => each.name);
  for (const name of own) if (!exported.has(name) && names.has(name)) exported.set(name, { local: name });
  for (const { exported: name, local } of declares.renames ?? []) exported.set(name, { local });
  return { names, exported, stars, packages };
}

export const emptyScriptScope: ScriptScope = { names: new Map(), exported: new Map(), stars: [], packages: new Set() };
