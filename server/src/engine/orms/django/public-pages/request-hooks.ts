import type { Expression } from "../../../facts";
import type { Machine } from "../../../flow/machine";
import type { FunctionRef } from "../../../project";
import { codeNodes } from "./nodes";

/** Middleware that keeps whole pages or lets nobody in who is not known, by name: Django's own and that of packages. */
const KEEPS_OR_REFUSES = /cache(?!d_?(property|db|session))|login|auth(entication)?_?required|basic_?auth|restrict|whitelist|allowlist|password|otp|maintenance/i;
/** Names with which the project's own hooks ask who somebody is. */
const ASKS_WHO = /^(is_authenticated|is_anonymous|is_staff|user|session|COOKIES)$/;

/** Whether some middleware may keep pages or turn visitors away; also where the settings do not say which there is. */
export function isGuarded(m: Machine): boolean {
  const setting = m.project.setting("MIDDLEWARE") ?? m.project.setting("MIDDLEWARE_CLASSES");
  const names = setting && stringsIn(m, setting.uri, setting.expression);
  return !names || names.some((name) => KEEPS_OR_REFUSES.test(name) || turnsAway(m, name));
}

/** A middleware of the project asks who the visitor is and answers by itself or redirects. */
function turnsAway(m: Machine, dotted: string): boolean {
  return functionsOf(m, dotted).some((fn) => {
    const nodes = [...codeNodes(m.project.bodyOf(fn))];
    return nodes.some((node) => node.kind === "attribute" && ASKS_WHO.test(node.name)) && nodes.some((node) => (node.kind === "name" || node.kind === "attribute") && /redirect|forbidden|denied|login/i.test(node.name));
  });
}

/** Whether a context processor of the project gives templates something of the visitor's. */
export function hasPersonalContext(m: Machine): boolean {
  const setting = m.project.setting("TEMPLATES");
  const names = setting && stringsIn(m, setting.uri, setting.expression);
  if (!names) return true;
  return names.filter((name) => /^(?!django\.)\w+(\.\w+)+$/.test(name)).some((name) =>
    functionsOf(m, name).some((fn) => [...codeNodes(m.project.bodyOf(fn))].some((node) => node.kind === "attribute" && ASKS_WHO.test(node.name))));
}

function functionsOf(m: Machine, dotted: string): readonly FunctionRef[] {
  const dot = dotted.lastIndexOf(".");
  const module = dot > 0 ? m.project.module(dotted.slice(0, dot)) : undefined;
  const symbol = module && m.project.resolveMember({ kind: "module", uri: module.uri, name: dotted.slice(0, dot) }, dotted.slice(dot + 1));
  const nested = (fn: FunctionRef): readonly FunctionRef[] =>
    [...codeNodes(m.project.bodyOf(fn))].flatMap((node) => (node.kind === "define-function" ? (m.project.functionByKey(`${fn.uri}#${node.function.id}`) ?? []) : []));
  if (symbol?.kind === "function") return [symbol.function, ...nested(symbol.function)];
  return symbol?.kind === "class" ? symbol.class.declaration.methods.flatMap(({ id }) => m.project.functionByKey(`${symbol.class.uri}#${id}`) ?? []) : [];
}

/** All texts in a setting, those of lists that it is made of included; undefined where some part cannot be read. */
function stringsIn(m: Machine, uri: string, expression: Expression, depth = 0): readonly string[] | undefined {
  if (depth > 8) return undefined;
  const found: string[] = [];
  for (const node of codeNodes(expression)) {
    if (node.kind === "literal" && typeof node.value === "string") found.push(node.value);
    if (node.kind !== "name") continue;
    const symbol = m.project.resolveName(uri, node.name);
    if (symbol?.kind !== "value" || !symbol.value.value) continue;
    if (symbol.value.value.start === expression.start && symbol.uri === uri) continue;
    const inner = stringsIn(m, symbol.uri, symbol.value.value, depth + 1);
    if (!inner) return undefined;
    found.push(...inner);
  }
  return found;
}
