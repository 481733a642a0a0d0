import { slotId, type Expression } from "../../../facts";
import type { Machine } from "../../../flow/machine";
import { codeNodes, tagName, type CodeNode } from "./nodes";

/** Tags of Django that write the same for everybody (`django/template/defaulttags.py`, `loader_tags.py`, `templatetags/{i18n,l10n,static,tz}.py`), and of packages that write addresses of assets. */
const SHARED_TAGS = new Set([
  "print", "super", "autoescape", "comment", "cycle", "filter", "firstof", "for", "if", "ifchanged", "load", "lorem", "now", "querystring", "regroup", "resetcycle", "spaceless", "templatetag", "url", "verbatim", "widthratio", "with",
  "trans", "translate", "blocktrans", "blocktranslate", "plural", "language", "get_current_language", "get_current_language_bidi", "get_available_languages", "get_language_info", "get_language_info_list",
  "localize", "localtime", "timezone", "get_current_timezone", "static", "get_static_prefix", "get_media_prefix", "render_bundle", "stylesheet", "javascript", "compress", "thumbnail",
]);
/** Names that Django's context processors give, whose values are the visitor's. */
const PERSONAL_NAMES = /^(user|request|perms|messages|session|csrf_token|csrf_input|form|formset|profile|account|\w*_form)$/;
const SHARED_REQUEST = /^(path|path_info|scheme|get_full_path|get_host|build_absolute_uri|resolver_match|LANGUAGE_CODE|GET)$/;

/** Whether a template, or one that it extends or includes, writes something that is the visitor's own, keeps what it writes, or cannot be followed. */
export function isPersonalTemplate(m: Machine, uri: string, seen = new Set<string>()): boolean {
  if (seen.has(uri)) return false;
  seen.add(uri);
  const template = m.project.templateOf(uri);
  if (!template || m.project.files.get(uri)?.language !== "django-template") return true;
  const bodies = ["", ...template.slots.map(slotId)].map((id) => m.project.templateBody(uri, id));
  const named = template.extends ? [template.extends] : [];
  const nodes = [...codeNodes(bodies)];
  const shared = new Set<CodeNode>(nodes.flatMap((node) => (node.kind === "attribute" && SHARED_REQUEST.test(node.name) ? [node.object] : [])));
  for (const node of nodes) {
    if (node.kind === "name" && PERSONAL_NAMES.test(node.name) && !shared.has(node)) return true;
    if (node.kind === "block" && node.cached) return true;
    if (node.kind === "include") named.push(node.template);
    const tag = node.kind === "call" ? tagName(node) : undefined;
    if (tag !== undefined && !SHARED_TAGS.has(tag) && isPersonalTag(m, uri, tag, template.loads, seen)) return true;
  }
  return named.some((each) => isPersonalName(m, each, uri, seen));
}

function isPersonalTag(m: Machine, uri: string, name: string, loads: readonly string[], seen: Set<string>): boolean {
  const found = m.project.templateFunction("tag", name, loads, uri);
  if (!found || found.takesContext || found.as === "compiler") return true;
  if ([...codeNodes(m.project.bodyOf(found.function))].some((node) => (node.kind === "name" || node.kind === "attribute") && /cache/i.test(node.name))) return true;
  if (found.as !== "inclusion-tag") return false;
  const template = found.template === undefined ? undefined : m.project.template(found.template, uri);
  return template === undefined || isPersonalTemplate(m, template, seen);
}

function isPersonalName(m: Machine, name: Expression, from: string, seen: Set<string>): boolean {
  const template = name.kind === "literal" && typeof name.value === "string" ? m.project.template(name.value, from) : undefined;
  return template === undefined || isPersonalTemplate(m, template, seen);
}
