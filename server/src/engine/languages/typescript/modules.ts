import type { Expression, ImportDeclaration, Statement } from "../../facts";
import { addStrayErrors, childIn, childWithRole, firstNamedChild, intern, lastNamedChild, lowerStatement, nameText, unparenthesized } from "../tree-sitter";
import { declareClass } from "./classes";
import { lowerExpression, Role, takeWhole, type Lowering, type Whole } from "./context";
import { declare } from "./declarations";
import { declareFunction, isFunctionNode, lowerDecorators } from "./functions";
import { stringText } from "./literals";
import { declaredName } from "./names";

/** `import a, { b as c } from "m"`, `import * as d from "m"`, `import "m"`, `import e = require("m")`. */
export function lowerImport(c: Lowering, node: number, out: Statement[]): void {
  addStrayErrors(c, node, out);
  const required = childWithRole(c, node, Role.importRequire);
  const source = childIn(c, required >= 0 ? required : node, c.fields.source);
  if (source < 0 || c.start[source] === c.end[source]) return;
  const module = intern(c, stringText(c, source));
  const isTypeOnly = childWithRole(c, node, Role.typeToken) >= 0;
  const base = { module, level: 0, typeOnly: isTypeOnly, start: c.start[node], end: c.end[node] };
  const imports: ImportDeclaration[] = [];
  if (required >= 0) {
    const local = firstNamedChild(c, required);
    if (local >= 0) imports.push({ ...base, local: nameText(c, local), isAliased: true });
  }
  const clause = childWithRole(c, node, Role.importClause);
  // `import "module"` binds nothing and runs it.
  if (clause < 0 && required < 0) imports.push({ ...base, local: "", isAliased: false });
  const stop = clause < 0 ? 0 : c.next[clause];
  for (let child = clause + 1; child < stop; child = c.next[child]) {
    const at = { start: c.start[child], end: c.end[child] };
    switch (c.roles[c.kind[child]]) {
      case Role.identifier: imports.push({ ...base, ...at, name: "default", local: nameText(c, child), isAliased: true }); break;
      case Role.namespaceImport: {
        const local = lastNamedChild(c, child);
        if (local >= 0) imports.push({ ...base, ...at, local: nameText(c, local), isAliased: true });
        break;
      }
      case Role.namedImports: addSpecifiers(c, child, Role.importSpecifier, base, imports); break;
      default:
    }
  }
  if (imports.length === 0) return;
  c.scope.imports.push(...imports);
  for (const each of imports) c.scope.declared.add(each.local);
  out.push({ kind: "import", start: c.start[node], end: c.end[node], imports });
}

/** The names in the braces of an import, or of an export from another module. */
function addSpecifiers(c: Lowering, braces: number, role: number, base: Omit<ImportDeclaration, "local" | "isAliased">, imports: ImportDeclaration[]): void {
  const stop = c.next[braces];
  for (let child = braces + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] !== role) continue;
    const name = specifierName(c, child, c.fields.name);
    if (name === undefined) continue;
    const alias = specifierName(c, child, c.fields.alias);
    const typeOnly = base.typeOnly || childWithRole(c, child, Role.typeToken) >= 0;
    imports.push({ ...base, name, local: alias ?? name, isAliased: alias !== undefined && alias !== name, typeOnly, start: c.start[child], end: c.end[child] });
  }
}

function specifierName(c: Lowering, node: number, field: number): string | undefined {
  const name = childIn(c, node, field);
  if (name < 0 || c.start[name] === c.end[name]) return undefined;
  return c.roles[c.kind[name]] === Role.string ? intern(c, stringText(c, name)) : nameText(c, name);
}

/** `import a = b.c`. */
export function lowerImportAlias(c: Lowering, node: number, out: Statement[]): void {
  const { start, end } = takeWhole(c, node);
  const name = firstNamedChild(c, node);
  const value = lastNamedChild(c, node);
  if (name < 0 || value === name) return;
  const target = lowerExpression(c, name);
  const lowered = lowerExpression(c, value);
  c.scope.declared.add(nameText(c, name));
  out.push({ kind: "assign", start, end, targets: [target], value: lowered });
  declare(c, { start, end, decorators: [] }, target, undefined, lowered);
}

/** Every form of `export`. */
export function lowerExport(c: Lowering, node: number, out: Statement[]): void {
  addStrayErrors(c, node, out);
  const whole: Whole = { start: c.start[node], end: c.end[node], decorators: lowerDecorators(c, node) };
  const isDefault = childWithRole(c, node, Role.default) >= 0;
  const source = childIn(c, node, c.fields.source);
  const clause = childWithRole(c, node, Role.exportClause);
  if (source >= 0) return exportFrom(c, node, source, clause, out);
  if (clause >= 0) return exportNames(c, clause);
  const declaration = childIn(c, node, c.fields.declaration);
  if (declaration >= 0) return exportDeclaration(c, declaration, whole, isDefault, out);
  const value = childIn(c, node, c.fields.value);
  if (value >= 0) return exportValue(c, "default", value, whole, out);
  if (childWithRole(c, node, Role.equals) < 0) return;
  const assigned = firstNamedChild(c, node);
  if (assigned >= 0) exportValue(c, "export=", assigned, whole, out);
}

/** `export { a as b } from "m"`, `export * from "m"`, `export * as c from "m"`. */
function exportFrom(c: Lowering, node: number, source: number, clause: number, out: Statement[]): void {
  const module = intern(c, stringText(c, source));
  // A mended text has no `type` before a `*`.
  const isTypeOnly = /^export\s+type\b/.test(c.text.slice(c.start[node], c.start[node] + 40));
  const base = { module, level: 0, typeOnly: isTypeOnly, isReexport: true, start: c.start[node], end: c.end[node] } as const;
  const imports: ImportDeclaration[] = [];
  const namespace = childWithRole(c, node, Role.namespaceExport);
  if (clause >= 0) addSpecifiers(c, clause, Role.exportSpecifier, base, imports);
  else if (namespace >= 0) {
    const name = lastNamedChild(c, namespace);
    if (name >= 0) imports.push({ ...base, local: declaredName(c, name, namespace).text, isAliased: true });
  } else imports.push({ ...base, name: "*", local: "", isAliased: false });
  if (imports.length === 0) return;
  c.scope.imports.push(...imports);
  for (const each of imports) if (each.name !== "*") c.exports.add(each.local);
  out.push({ kind: "import", start: c.start[node], end: c.end[node], imports });
}

function exportNames(c: Lowering, clause: number): void {
  const stop = c.next[clause];
  for (let child = clause + 1; child < stop; child = c.next[child]) {
    if (c.roles[c.kind[child]] !== Role.exportSpecifier) continue;
    const local = specifierName(c, child, c.fields.name);
    if (local === undefined) continue;
    const exported = specifierName(c, child, c.fields.alias) ?? local;
    c.exports.add(exported);
    if (exported !== local) c.renames.push({ exported, local });
  }
}

function exportDeclaration(c: Lowering, declaration: number, whole: Whole, isDefault: boolean, out: Statement[]): void {
  const { functions, classes, values, types, imports, signatures } = c.scope;
  const counts = [functions.length, classes.length, values.length, types.length, imports.length, signatures.length];
  c.whole = whole;
  lowerStatement(c, declaration, out);
  c.whole = undefined;
  if (c.scope.kind !== "module") return;
  const names = [
    ...functions.slice(counts[0]), ...classes.slice(counts[1]), ...values.slice(counts[2]), ...types.slice(counts[3]), ...signatures.slice(counts[5]),
  ].map((each) => each.name);
  names.push(...imports.slice(counts[4]).map((each) => each.local));
  if (!isDefault) for (const name of names) c.exports.add(name);
  else if (names.length > 0) {
    c.exports.add("default");
    c.renames.push({ exported: "default", local: names[0] });
  }
}

/** `export default value`, `export = value`; what has no name of its own goes by that one. */
function exportValue(c: Lowering, exported: string, node: number, whole: Whole, out: Statement[]): void {
  c.exports.add(exported);
  const value = unparenthesized(c, node);
  const role = c.roles[c.kind[value]];
  const at = { start: c.start[value], end: c.start[value] };
  if (role === Role.identifier) {
    c.renames.push({ exported, local: nameText(c, value) });
    return;
  }
  if (isFunctionNode(c, value) || role === Role.classExpression) {
    const own = role === Role.arrowFunction ? -1 : childIn(c, value, c.fields.name);
    const name = own < 0 ? { text: exported, ...at } : declaredName(c, own, value);
    if (own >= 0) c.renames.push({ exported, local: name.text });
    if (role === Role.classExpression) return declareClass(c, value, name, whole, out);
    return declareFunction(c, value, name, whole, out);
  }
  const lowered = lowerExpression(c, value);
  const target: Expression = { kind: "name", ...at, name: exported };
  out.push({ kind: "assign", start: whole.start, end: whole.end, targets: [target], value: lowered });
  declare(c, whole, target, undefined, lowered);
}
