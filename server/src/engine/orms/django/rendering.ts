import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import { lastName } from "../../flow/attributes";
import { callFunction } from "../../flow/calls";
import { emptyCall, escape } from "../../flow/expressions";
import type { Machine } from "../../flow/machine";
import { symbolValue } from "../../flow/names";
import { renderTemplate, templatesNamed } from "../../flow/templates";
import { constant, joinValues, optionsOf, unknown, type Value } from "../../flow/values";
import type { FunctionRef } from "../../project";
import { userEntity } from "./externals";
import { looseRow } from "./queries";
import { requestValue } from "./requests";

/** Where a function takes the template's name and its context, by position and keyword. */
interface Places {
  readonly template: readonly [number, string];
  readonly context: readonly [number, string];
}

const RENDERERS: ReadonlyMap<string, Places> = new Map([
  ["render", { template: [1, "template_name"], context: [2, "context"] }],
  ["render_to_string", { template: [0, "template_name"], context: [1, "context"] }],
  ["render_to_response", { template: [0, "template_name"], context: [1, "context"] }],
  ["TemplateResponse", { template: [1, "template"], context: [2, "context"] }],
  ["SimpleTemplateResponse", { template: [0, "template"], context: [1, "context"] }],
]);

/** `render(request, "orders/list.html", {"orders": orders})` and its kin. Undefined: the call renders nothing. */
export function renderCall(m: Machine, name: string, call: CallSite): Value | undefined {
  const places = RENDERERS.get(name);
  if (!places) return undefined;
  const template = argumentAt(call, places.template);
  const context = argumentAt(call, places.context) ?? argumentAt(call, [-1, "dictionary"]);
  renderNamed(m, template?.value, context?.value, template?.node ?? call.node);
  return unknown(call.varies);
}

function argumentAt(call: CallSite, [position, keyword]: readonly [number, string]): { readonly value: Value; readonly node: Expression } | undefined {
  const given = call.keywords.get(keyword) ?? call.positional[position];
  return given && { value: given.value, node: given.node.value };
}

/** Decorators that render what a view returns: django-annoying, and the many like it. */
const RENDERING_DECORATORS = /^(render_to|renders?|rendered_with|render_with|template)$/;

/** A decorator renders the value that a function returns: `@render_to("orders/list.html")`, `@register.inclusion_tag("orders/row.html")`. */
export function renderReturned(m: Machine, fn: FunctionRef, value: Value, node: Expression): void {
  for (const decorator of fn.declaration.decorators) {
    if (decorator.kind !== "call") continue;
    const name = lastName(decorator);
    if (name !== "inclusion_tag" && !RENDERING_DECORATORS.test(name)) continue;
    const template = decorator.arguments.find((argument) => argument.name === undefined || argument.name === "filename" || argument.name === "template_name")?.value;
    if (template?.kind !== "literal" || typeof template.value !== "string" || !template.value.includes(".")) continue;
    renderNamed(m, constant(template.value), value, node);
  }
}

/** Renders whatever templates a value names with a context; the context's queries leave sight where the template is not known. */
export function renderNamed(m: Machine, template: Value | undefined, context: Value | undefined, node: Expression): void {
  const files = template ? templatesNamed(m, template) : [];
  const name = template?.kind === "constant" && typeof template.value === "string" ? template.value : undefined;
  const names = contextNames(m, context, node);
  const isClosed = context === undefined || optionsOf(context).every((option) => option.kind === "mapping" && option.complete === true);
  if (context) for (const value of names.values()) escapeToTemplate(m, value, node, files.length > 0);
  m.emit({ kind: "templateRendered", at: m.at(node), ...(name !== undefined && { name }), ...(files.length && { template: files[0] }) });
  if (files.length === 0) return;
  const given = requestNames(m, node);
  for (const uri of files) renderTemplate(m, uri, new Map([...given.names, ...names]), node, isClosed && given.isAll);
}

function escapeToTemplate(m: Machine, value: Value, node: Expression, rendered: boolean): void {
  const before = m.events.length;
  escape(m, value, "response", node, "render");
  if (!rendered) return;
  for (const event of m.events.slice(before)) if (event.kind === "queryEscapes") Object.assign(event, { rendered: true });
}

/** The names that a context holds. */
function contextNames(m: Machine, context: Value | undefined, node: Expression): ReadonlyMap<string, Value> {
  const names = new Map<string, Value>();
  for (const option of context ? optionsOf(context) : []) {
    const entries = option.kind === "mapping" ? option.entries : option.kind === "object" && option.type === "context" && option.parts.names?.kind === "mapping" ? option.parts.names.entries : undefined;
    for (const [name, value] of entries ?? []) names.set(name, names.has(name) ? joinValues(names.get(name)!, value) : value);
    if (option.kind === "query" || option.kind === "manager") escape(m, option, "response", node, "render");
  }
  return names;
}

/** What Django's own context processors and the project's give every template. */
function requestNames(m: Machine, node: Expression): { readonly names: ReadonlyMap<string, Value>; readonly isAll: boolean } {
  const names = new Map<string, Value>([["request", requestValue()]]);
  const user = userEntity(m);
  if (user) names.set("user", looseRow(m, user, "user"));
  const processors = contextProcessors(m);
  let { isAll } = processors;
  for (const processor of processors.own) {
    const { events } = m;
    m.events = [];
    const value = callFunction(m, processor, undefined, { ...emptyCall(m, node), positional: [{ value: requestValue(), node: { value: node, start: node.start, end: node.end } }] });
    // What it does for itself is reported where it stands.
    m.events = events;
    for (const option of optionsOf(value)) {
      if (option.kind !== "mapping" || !option.complete) isAll = false;
      if (option.kind === "mapping") for (const [name, entry] of option.entries) names.set(name, entry);
    }
  }
  return { names, isAll };
}

/** The functions of the workspace among `OPTIONS["context_processors"]` of the deployed `TEMPLATES`; `isAll`: the others are Django's. */
function contextProcessors(m: Machine): { readonly own: readonly FunctionRef[]; readonly isAll: boolean } {
  const setting = m.project.setting("TEMPLATES");
  if (!setting) return { own: [], isAll: false };
  const found: FunctionRef[] = [];
  let isAll = false;
  const visit = (expression: Expression): void => {
    if (expression.kind === "literal" && typeof expression.value === "string" && expression.value.includes(".")) {
      const dot = expression.value.lastIndexOf(".");
      const module = expression.value.startsWith("django.") ? undefined : m.project.module(expression.value.slice(0, dot));
      const symbol = module && m.project.resolveMember({ kind: "module", uri: module.uri, name: expression.value.slice(0, dot) }, expression.value.slice(dot + 1));
      const value = symbol && symbolValue(m, symbol);
      if (value?.kind === "function") found.push(value.function);
      else if (!expression.value.startsWith("django.")) isAll = false;
    } else if (expression.kind === "sequence") expression.items.forEach(visit);
    else if (expression.kind === "binary") {
      visit(expression.left);
      visit(expression.right);
    }
  };
  const options = (expression: Expression): void => {
    if (expression.kind === "sequence") expression.items.forEach(options);
    else if (expression.kind === "mapping") {
      for (const { key, value } of expression.entries) {
        if (key?.kind !== "literal") continue;
        if (key.value === "OPTIONS") options(value);
        else if (key.value === "context_processors") {
          isAll = value.kind === "sequence" && value.items.every((item) => item.kind === "literal");
          visit(value);
        }
      }
    }
  };
  options(setting.expression);
  return { own: found, isAll };
}
