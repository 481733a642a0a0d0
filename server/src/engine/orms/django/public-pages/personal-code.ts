import type { Argument, Call, Expression, FunctionDeclaration, Statement } from "../../../facts";
import { lastName } from "../../../flow/attributes";
import type { Machine } from "../../../flow/machine";
import { codeNodes, type CodeNode } from "./nodes";

/** What of a request is the same for everybody who asks for the address (`cache_page` keeps pages by their whole URL and language). */
const SHARED = /^(method|path|path_info|scheme|resolver_match|LANGUAGE_CODE|build_absolute_uri|get_full_path|get_host|is_secure|encoding)$/;
/** Functions of Django that take the request and look at nothing that is the visitor's own, templates apart. */
const HANDS_ON = /^(render|render_to_response|TemplateResponse|get_current_site|get_object_or_404|get_list_or_404|get_language_from_path)$/;
/** Words of code that keeps answers, asks who somebody is, writes forms, or has an answer of its own for each caller. */
const SIGNS = new RegExp([
  "cache|etag|last_?modified|if_none_match|memoi[sz]e|never_",
  "permission|forbidden|denied|login|logged|logout|sign_?in|anonymous|authent|authori[sz]|staff|superuser",
  "token|secret|signature|signed|signing|password|api_?key|captcha",
  "csrf|cookie|session|current_?user|thread_?local|messages$|forms?$|formset",
  "streaming|file_?response|random|shuffle",
].join("|"), "i");

const MOST_CALLS = 5;

/** A function or method of the project whose answer may go to everybody, as far as its code shows. */
export class PersonalCode {
  private readonly seen = new Set<string>();

  constructor(private readonly m: Machine) {}

  /** Whether a function answers for one visitor only, or may. `requests`: its parameters that hold the request. */
  isPersonal(uri: string, declaration: FunctionDeclaration, requests: readonly string[], depth = 0): boolean {
    const key = `${uri}#${declaration.id}(${requests.join()})`;
    if (this.seen.has(key)) return false;
    if (depth > MOST_CALLS) return true;
    this.seen.add(key);
    const fn = this.m.project.functionByKey(`${uri}#${declaration.id}`);
    if (!fn) return true;
    const body = this.m.project.bodyOf(fn);
    return declaration.parameters.some(({ name }) => SIGNS.test(name)) || this.isPersonalBody(uri, body, new Set(["request", ...requests]), depth);
  }

  private isPersonalBody(uri: string, body: readonly Statement[], names: ReadonlySet<string>, depth: number): boolean {
    const nodes = [...codeNodes(body)];
    if (nodes.some((node) => node.kind === "define-function" || node.kind === "define-class" || hasSign(node))) return true;
    const fine = new Set<CodeNode>();
    const isRequest = (node: Expression): boolean => (node.kind === "name" && names.has(node.name)) || (node.kind === "attribute" && node.name === "request" && node.object.kind === "name" && node.object.name === "self");
    for (const node of nodes) {
      if (node.kind === "attribute" && SHARED.test(node.name)) fine.add(node.object);
      const page = pageAsked(node);
      if (page) fine.add(page);
      if (node.kind !== "call") continue;
      const given = node.arguments.filter(({ value }) => isRequest(value));
      if (given.length > 0 && this.mayTake(uri, node, given, depth)) for (const { value } of given) fine.add(value);
    }
    return nodes.some((node) => isRequest(node as Expression) && !fine.has(node));
  }

  /** Whoever is handed the request does not look at the visitor. */
  private mayTake(uri: string, { callee, arguments: all }: Call, given: readonly Argument[], depth: number): boolean {
    // All methods of the class are looked at; those above it are Django's.
    if (callee.kind === "attribute" && (isSelf(callee.object) || isSuper(callee.object))) return given.every(({ name, value }) => name === "request" || (value.kind === "name" && value.name === "request") || value.kind === "attribute");
    const symbol = this.m.project.resolveExpression(uri, callee);
    if (symbol?.kind === "external") return HANDS_ON.test(lastName(callee)) && symbol.name.startsWith("django.");
    if (symbol?.kind !== "function" || all.some(({ spread }) => spread !== undefined)) return false;
    const { declaration } = symbol.function;
    const names = given.map((each) => each.name ?? declaration.parameters[all.indexOf(each)]?.name);
    return names.every((name) => name !== undefined) && !this.isPersonal(symbol.function.uri, declaration, names as string[], depth + 1);
  }
}

/** Whether a name or a word in the code says that the answer is somebody's, or kept already. */
export function hasSign(node: CodeNode): boolean {
  switch (node.kind) {
    case "name": return SIGNS.test(node.name);
    case "attribute": return SIGNS.test(node.name);
    case "literal": return typeof node.value === "string" && /^\S{1,40}$/.test(node.value) && SIGNS.test(node.value);
    case "call": return node.arguments.some(({ name }) => name !== undefined && SIGNS.test(name));
    default: return false;
  }
}

/** `request.GET` in `request.GET.get("page")`, `request.GET["page"]`: a page of the list, which is kept by its address. Other values make addresses without number. */
function pageAsked(node: CodeNode): Expression | undefined {
  const isPage = (key: Expression | undefined): boolean => key?.kind === "literal" && (key.value === "page" || key.value === "p");
  const object = node.kind === "call" && node.callee.kind === "attribute" && node.callee.name === "get" && isPage(node.arguments[0]?.value) ? node.callee.object : node.kind === "subscript" && isPage(node.index) ? node.object : undefined;
  return object?.kind === "attribute" && object.name === "GET" ? object.object : undefined;
}

function isSelf(node: Expression): boolean {
  return node.kind === "name" && node.name === "self";
}

function isSuper(node: Expression): boolean {
  return node.kind === "call" && node.callee.kind === "name" && node.callee.name === "super";
}
