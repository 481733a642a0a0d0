import type { ImportDeclaration, Statement } from "../../facts";
import { childIn, childWithRole, intern, isPart, nameText } from "../tree-sitter";
import { Role, type Lowering } from "./context";

/** `import a.b, c as d`. */
export function lowerImport(c: Lowering, node: number, out: Statement[]): void {
  const imports: ImportDeclaration[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const name = importedName(c, child);
    if (name === undefined) continue;
    const module = dottedText(c, name.node);
    const first = module.indexOf(".");
    imports.push({
      module,
      level: 0,
      local: name.alias ?? (first < 0 ? module : intern(c, module.slice(0, first))),
      isAliased: name.alias !== undefined,
      typeOnly: c.typeOnly,
      start: c.start[child],
      end: c.end[child],
    });
  }
  addImports(c, node, imports, out);
}

/** `from a.b import c as d`, `from . import x`, `from a import *`. */
export function lowerImportFrom(c: Lowering, node: number, out: Statement[]): void {
  const source = childIn(c, node, c.fields.module_name);
  if (source < 0) return;
  let module = "";
  let level = 0;
  if (c.roles[c.kind[source]] === Role.relativeImport) {
    const prefix = childWithRole(c, source, Role.importPrefix);
    if (prefix >= 0) for (let at = c.start[prefix]; at < c.end[prefix]; at++) if (c.text.charCodeAt(at) === 46 /* . */) level++;
    const name = childWithRole(c, source, Role.dottedName);
    if (name >= 0) module = dottedText(c, name);
  } else module = dottedText(c, source);
  if (module === "" && level === 0) return;
  addImports(c, node, namesFrom(c, c.next[source], c.next[node], module, level), out);
}

/** `from __future__ import annotations`. */
export function lowerFutureImport(c: Lowering, node: number, out: Statement[]): void {
  addImports(c, node, namesFrom(c, node + 1, c.next[node], "__future__", 0), out);
}

function namesFrom(c: Lowering, from: number, stop: number, module: string, level: number): ImportDeclaration[] {
  const imports: ImportDeclaration[] = [];
  for (let child = from; child < stop; child = c.next[child]) {
    const base = { module, level, typeOnly: c.typeOnly, start: c.start[child], end: c.end[child] };
    if (c.roles[c.kind[child]] === Role.wildcardImport) {
      imports.push({ ...base, name: "*", local: "", isAliased: false });
      continue;
    }
    const imported = importedName(c, child);
    if (imported === undefined) continue;
    const name = dottedText(c, imported.node);
    imports.push({ ...base, name, local: imported.alias ?? name, isAliased: imported.alias !== undefined });
  }
  return imports;
}

/** The dotted name of `a.b` or `a.b as c` and its alias; undefined for anything else, and for names yet to be typed. */
function importedName(c: Lowering, node: number): { readonly node: number; readonly alias?: string } | undefined {
  if (!isPart(c, node) || c.start[node] === c.end[node]) return undefined;
  const role = c.roles[c.kind[node]];
  if (role === Role.dottedName) return { node };
  if (role !== Role.aliasedImport) return undefined;
  const name = childIn(c, node, c.fields.name);
  const alias = childIn(c, node, c.fields.alias);
  if (name < 0 || alias < 0 || c.start[alias] === c.end[alias]) return undefined;
  return { node: name, alias: nameText(c, alias) };
}

/** A dotted name without the spaces Python allows around its dots. */
function dottedText(c: Lowering, node: number): string {
  const stop = c.next[node];
  if (c.next[node + 1] === stop) return nameText(c, node);
  let text = "";
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] === Role.identifier) text += text === "" ? nameText(c, child) : `.${nameText(c, child)}`;
  }
  return intern(c, text);
}

function addImports(c: Lowering, node: number, imports: readonly ImportDeclaration[], out: Statement[]): void {
  if (imports.length === 0) return;
  c.scope.imports.push(...imports);
  out.push({ kind: "import", start: c.start[node], end: c.end[node], imports });
}
