import type { Expression, ImportDeclaration, Statement } from "../../facts";
import { childIn, firstNamedChild, hasErrorChild, intern, isPart, nameText, unparenthesized } from "../tree-sitter";
import { declareClass } from "./classes";
import { lowerExpression, Role, type Lowering, type Whole } from "./context";
import { declare } from "./declarations";
import { declareFunction, isFunctionNode } from "./functions";
import { stringText } from "./literals";
import { declaredName, type DeclaredName } from "./names";
import { asTarget, forEachTarget } from "./objects";

/** What `const name = require("module")` and its variants bind; undefined for anything else. */
export function requiredImports(c: Lowering, target: number, value: number, whole: Whole): readonly ImportDeclaration[] | undefined {
  let inner = unparenthesized(c, value);
  let member: string | undefined;
  // `require("module").name`
  if (c.roles[c.kind[inner]] === Role.member) {
    const object = childIn(c, inner, c.fields.object);
    const property = childIn(c, inner, c.fields.property);
    if (object < 0 || property < 0 || c.start[property] === c.end[property]) return undefined;
    member = nameText(c, property);
    inner = object;
  }
  const module = requiredModule(c, inner);
  if (module === undefined) return undefined;
  const base = { module, level: 0, typeOnly: false, start: whole.start, end: whole.end };
  const one = (name: string | undefined, local: string): ImportDeclaration => ({
    ...base, ...(name !== undefined && { name }), local, isAliased: name === undefined || name !== local,
  });
  const role = c.roles[c.kind[target]];
  if (role === Role.identifier) return [one(member, nameText(c, target))];
  if (role !== Role.objectPattern || member !== undefined) return undefined;
  const imports: ImportDeclaration[] = [];
  const stop = c.next[target];
  for (let child = target + 1; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    const at = { start: c.start[child], end: c.end[child] };
    switch (c.roles[c.kind[child]]) {
      case Role.shorthandPattern: {
        const name = nameText(c, child);
        imports.push({ ...one(name, name), ...at });
        break;
      }
      case Role.pairPattern: {
        const key = childIn(c, child, c.fields.key);
        const local = childIn(c, child, c.fields.value);
        if (key < 0 || local < 0 || c.roles[c.kind[local]] !== Role.identifier) return undefined;
        imports.push({ ...one(declaredName(c, key, child).text, nameText(c, local)), ...at });
        break;
      }
      case Role.restPattern: {
        const rest = firstNamedChild(c, child);
        if (rest < 0) return undefined;
        imports.push({ ...one(undefined, nameText(c, rest)), ...at });
        break;
      }
      default: return undefined;
    }
  }
  return imports.length > 0 ? imports : undefined;
}

/** The module of `require("module")`. */
function requiredModule(c: Lowering, node: number): string | undefined {
  if (c.roles[c.kind[node]] !== Role.call) return undefined;
  const callee = childIn(c, node, c.fields.function);
  const list = childIn(c, node, c.fields.arguments);
  if (callee < 0 || list < 0 || c.roles[c.kind[callee]] !== Role.identifier || nameText(c, callee) !== "require") return undefined;
  const only = firstNamedChild(c, list);
  return only >= 0 && c.roles[c.kind[only]] === Role.string ? intern(c, stringText(c, only)) : undefined;
}

/**
 * `exports.name = value`, `module.exports = value`, several of them in a row: adds what they export and their statement, and says whether it was such an
 * assignment. `module.exports = { a, b: c }` exports the properties; anything else is known as "export=", which is what `require` gives.
 */
export function exportFromCommonJs(c: Lowering, node: number, whole: Whole, out: Statement[]): boolean {
  if (c.scope.kind !== "module" || c.scope.loops > 0) return false;
  const names: DeclaredName[] = [];
  const locals: number[] = [];
  let value = node;
  while (c.roles[c.kind[value]] === Role.assignment) {
    const left = childIn(c, value, c.fields.left);
    const right = childIn(c, value, c.fields.right);
    if (left < 0 || right < 0 || hasErrorChild(c, value)) return false;
    const name = exportedName(c, left);
    if (name) names.push(name);
    else if (!isExportsObject(c, left)) locals.push(left);
    value = unparenthesized(c, right);
  }
  const own = names.pop();
  if (!own) return false;
  // Compiled modules start with `exports.a = exports.b = void 0`.
  if (c.roles[c.kind[value]] === Role.unary && c.text.startsWith("void", c.start[value])) return true;
  if (locals.length > 0) {
    // `exports.name = local = value`
    const targets = locals.map((each) => asTarget(lowerExpression(c, each)));
    const lowered = lowerExpression(c, value);
    out.push({ kind: "assign", start: whole.start, end: whole.end, targets, value: lowered });
    for (const target of targets) {
      forEachTarget(target, (name) => c.scope.assigned.add(name));
      declare(c, whole, target, undefined, lowered);
    }
    const local = targets.find((each) => each.kind === "name");
    for (const { text } of [...names, own]) exportUnder(c, text, local?.kind === "name" ? local.name : text);
    return true;
  }
  if (own.text === "export=" && c.kinds[c.kind[value]] === "object") {
    if (holdsPlainData(c, value)) exportData(c, value, own, whole, out);
    else exportProperties(c, value, whole, out);
  } else exportValue(c, own, value, whole, out);
  const known = c.roles[c.kind[value]] === Role.identifier ? nameText(c, value) : (c.renames.find((each) => each.exported === own.text)?.local ?? own.text);
  for (const { text } of names) exportUnder(c, text, known);
  return true;
}

function exportUnder(c: Lowering, exported: string, local: string): void {
  c.exports.add(exported);
  if (exported !== local) c.renames.push({ exported, local });
}

/** What an assignment to `left` exports: "export=" for `module.exports`. */
function exportedName(c: Lowering, left: number): DeclaredName | undefined {
  if (c.roles[c.kind[left]] !== Role.member) return undefined;
  const object = childIn(c, left, c.fields.object);
  const property = childIn(c, left, c.fields.property);
  if (object < 0 || property < 0 || c.start[property] === c.end[property]) return undefined;
  const path = c.text.slice(c.start[object], c.end[object]);
  const text = nameText(c, property);
  const at = { start: c.start[property], end: c.end[property] };
  if (path === "module" && text === "exports" && !c.scope.declared.has("module")) return { text: "export=", ...at };
  return (path === "exports" || path === "module.exports") && !c.scope.declared.has("exports") ? { text, ...at } : undefined;
}

/** `exports` by itself, in `exports = module.exports = value`. */
function isExportsObject(c: Lowering, node: number): boolean {
  return c.roles[c.kind[node]] === Role.identifier && nameText(c, node) === "exports";
}

/** Exports what `node` is under a name: a name of the module, a function or class written there, or any other value. */
function exportValue(c: Lowering, name: DeclaredName, node: number, whole: Whole, out: Statement[]): void {
  const { text: exported, start, end } = name;
  const at = { start, end };
  c.exports.add(exported);
  const role = c.roles[c.kind[node]];
  if (role === Role.identifier) {
    const local = nameText(c, node);
    if (local !== exported) c.renames.push({ exported, local });
    return;
  }
  if (isFunctionNode(c, node) && !c.scope.declared.has(exported)) return declareFunction(c, node, name, whole, out);
  if (role === Role.classExpression) {
    const own = childIn(c, node, c.fields.name);
    const local = own < 0 ? name : declaredName(c, own, node);
    if (own >= 0) c.renames.push({ exported, local: local.text });
    return declareClass(c, node, local, whole, out);
  }
  const module = requiredModule(c, node);
  if (module !== undefined) {
    const imported: ImportDeclaration = { module, level: 0, local: exported, isAliased: true, typeOnly: false, isReexport: true, start: whole.start, end: whole.end };
    c.scope.imports.push(imported);
    out.push({ kind: "import", start: whole.start, end: whole.end, imports: [imported] });
    return;
  }
  const value = lowerExpression(c, node);
  const target: Expression = { kind: "name", ...at, name: exported };
  out.push({ kind: "assign", start: whole.start, end: whole.end, targets: [target], value });
  declare(c, whole, target, undefined, value);
}

/** Whether an object holds neither functions nor classes nor other modules of its own: then it is known as a whole, too. */
function holdsPlainData(c: Lowering, node: number): boolean {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    const role = c.roles[c.kind[child]];
    if (role === Role.shorthand) continue;
    const value = role === Role.pair ? childIn(c, child, c.fields.value) : -1;
    if (value < 0 || isFunctionNode(c, value) || c.roles[c.kind[value]] === Role.classExpression || requiredModule(c, value) !== undefined) return false;
  }
  return true;
}

/** `module.exports = { development: { pool: { max: 5 } } }`. */
function exportData(c: Lowering, node: number, at: { readonly start: number; readonly end: number }, whole: Whole, out: Statement[]): void {
  const value = lowerExpression(c, node);
  const target: Expression = { kind: "name", ...at, name: "export=" };
  c.exports.add("export=");
  out.push({ kind: "assign", start: whole.start, end: whole.end, targets: [target], value });
  declare(c, whole, target, undefined, value);
  if (value.kind !== "mapping") return;
  for (const { key, value: inner } of value.entries) {
    if (key?.kind !== "literal" || typeof key.value !== "string") continue;
    c.exports.add(key.value);
    if (inner.kind !== "name") declare(c, { start: key.start, end: inner.end, decorators: [] }, { kind: "name", start: key.start, end: key.end, name: key.value }, undefined, inner);
    else if (inner.name !== key.value) c.renames.push({ exported: key.value, local: inner.name });
  }
}

/** `module.exports = { a, b: c, d() {}, ...require("./e") }`. */
function exportProperties(c: Lowering, node: number, whole: Whole, out: Statement[]): void {
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    const own: Whole = { start: c.start[child], end: c.end[child], decorators: [] };
    switch (c.roles[c.kind[child]]) {
      case Role.shorthand: c.exports.add(nameText(c, child)); break;
      case Role.pair: {
        const key = childIn(c, child, c.fields.key);
        const value = childIn(c, child, c.fields.value);
        if (key < 0 || value < 0) break;
        const name = declaredName(c, key, child);
        exportValue(c, name, unparenthesized(c, value), own, out);
        break;
      }
      case Role.method: {
        const name = declaredName(c, childIn(c, child, c.fields.name), child);
        c.exports.add(name.text);
        declareFunction(c, child, name, own, out);
        break;
      }
      case Role.spread: {
        const value = firstNamedChild(c, child);
        const module = value < 0 ? undefined : requiredModule(c, value);
        if (module !== undefined) {
          c.scope.imports.push({ module, level: 0, name: "*", local: "", isAliased: false, typeOnly: false, isReexport: true, start: own.start, end: own.end });
        } else if (value >= 0) out.push({ kind: "expression", start: own.start, end: own.end, expression: lowerExpression(c, value) });
        break;
      }
      default:
    }
  }
}
