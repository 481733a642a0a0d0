import type { Attribute, Expression } from "../facts";
import type { CallSite, Use } from "./adapter";
import { attributeOf } from "./attributes";
import { callBuiltin, callContainer } from "./builtins";
import { callCallback, callFunction } from "./calls";
import { escape, subscriptOf, textOf, truth } from "./expressions";
import { callForEach, single, walk } from "./iteration";
import type { Machine } from "./machine";
import type { Scope } from "./scope";
import { foundInTemplate, renderTemplate, templateFunctionOf, templatesNamed, writeSuper } from "./templates";
import { constant, joinValues, optionsOf, sequenceOf, unknown, varying, type MappingValue, type SequenceValue, type Value } from "./values";

/** A dot in a template: Django tries key, attribute and index and calls what it finds; Jinja tries attribute, then key. */
export function lookupOf(m: Machine, object: Value, node: Attribute, language: "django" | "jinja", use: Use): Value {
  const found = optionsOf(object).map((option) => lookUp(m, varying(option, object.varies), node, use)).reduce(joinValues);
  return language === "django" ? foundInTemplate(m, found, node) : found;
}

function lookUp(m: Machine, object: Value, node: Attribute, use: Use): Value {
  const { name } = node;
  // What is not there has nothing either.
  if (object.kind === "constant" && object.value === null) return object;
  if (object.kind === "mapping") {
    const entry = object.entries.get(name);
    if (entry) return varying(entry, object.varies);
    return /^(items|keys|values|get|update|pop|setdefault)$/.test(name) ? attributeOf(m, object, name, node, use) : varying(single(object.value), object.varies);
  }
  if (/^\d+$/.test(name)) return object.kind === "sequence" || object.kind === "query" ? subscriptOf(m, object, constant(Number(name)), node) : unknown(object.varies);
  return attributeOf(m, object, name, node, use);
}

/** A filter (`|length`), tag (`%url`) or test (`?defined`). */
export function callTemplateName(m: Machine, written: string, call: CallSite, scope: Scope): Value {
  const name = written.slice(1);
  if (written.startsWith("?")) return test(m, name, call);
  if (written.startsWith("|")) {
    const own = templateFunctionOf(m, scope.uri, "filter", name);
    if (own) return callFunction(m, own.function, undefined, own.takesContext ? withContext(call, scope) : call);
    return filter(m, name, call);
  }
  const own = templateFunctionOf(m, scope.uri, "tag", name);
  if (!own) return tag(m, name, call, scope);
  if (own.as === "compiler") {
    // Code of the project that cannot be followed may set any name of the context.
    if (m.rendering) m.rendering.isClosed = false;
    return leave(m, call, name);
  }
  const result = callFunction(m, own.function, undefined, own.takesContext ? withContext(call, scope) : call);
  if (own.as !== "inclusion-tag" || own.template === undefined) return result;
  for (const option of optionsOf(result)) {
    if (option.kind === "mapping") for (const uri of templatesNamed(m, constant(own.template))) renderTemplate(m, uri, option.entries, call.node.callee);
  }
  return unknown(call.varies);
}

/** The names around, as the first argument of a function that takes them. */
function withContext(call: CallSite, scope: Scope): CallSite {
  const context: MappingValue = { kind: "mapping", entries: scope.visible(), key: unknown(), value: unknown(), size: "few", names: scope, varies: 0 };
  const node = { value: call.node, start: call.node.start, end: call.node.start };
  return { ...call, positional: [{ value: context, node }, ...call.positional] };
}

/** What Django's and Jinja's own tags do. */
function tag(m: Machine, name: string, call: CallSite, scope: Scope): Value {
  const first = call.positional[0];
  switch (name) {
    case "print":
      if (first) {
        textOf(m, first.value, first.node.value);
        print(m, first.value, first.node.value);
      }
      return constant("");
    case "super":
      writeSuper(m, call.node, scope);
      return constant("");
    case "regroup": {
      const rows = first ? walk(m, first.value, first.node.value, "iterate") : sequenceOf("list", unknown());
      const by = call.positional[1]?.value;
      const key = by ? callForEach(m, rows, call.node, (element) => callCallback(m, by, [element], call)) : unknown();
      const group: MappingValue = { kind: "mapping", entries: new Map([["grouper", key], ["list", { ...rows, items: undefined }]]), key: unknown(), value: unknown(), size: "few", varies: 0 };
      return { ...rows, of: "list", items: undefined, query: undefined, size: rows.size === "few" ? "few" : "unknown", element: group };
    }
    case "firstof":
      for (const { value, node } of call.positional) truth(m, value, node.value);
      return call.positional.length ? call.positional.map(({ value }) => value).reduce(joinValues) : unknown();
    case "cycle": return call.positional.length ? varying(call.positional.map(({ value }) => value).reduce(joinValues), m.innermost) : unknown(m.innermost);
    case "url":
    case "static":
    case "now":
    case "widthratio":
    case "trans":
    case "translate":
    case "csrf_token":
    case "ifchanged":
    case "autoescape":
    case "spaceless":
      return unknown(call.varies);
    default:
      if (/form|crispy/.test(name)) for (const { value, node } of call.positional) print(m, value, node.value);
      // A library does not know the names of the project's own views, but may set those that it is told and some of its own.
      if (m.rendering) m.rendering.setByLibraries = LIBRARY_NAMES;
      return leave(m, call, name);
  }
}

/** What tags of libraries put into the context by themselves: pages (django-el-pagination, dj-pagination), nodes of trees (mptt), comments. */
const LIBRARY_NAMES = /^(node|nodes|children|parent|ancestors|pages?|page_obj|page_range|paginator|is_paginated|endless|objects?|object_list|items?|entries|results|messages|menu|comments?|next|tags?|thumbnail)$/;

/** Something that cannot be followed gets the arguments. */
function leave(m: Machine, call: CallSite, name: string): Value {
  for (const argument of [...call.positional, ...call.keywords.values()]) escape(m, argument.value, "argument", argument.node.value, name);
  return unknown(Math.max(call.varies, m.innermost));
}

/** Jinja's tests. */
function test(m: Machine, name: string, call: CallSite): Value {
  const first = call.positional[0];
  if (!first) return unknown();
  if (name === "in") for (const { value, node } of call.positional.slice(1)) if (value.kind === "query") m.adapter(value.query.orm)?.evaluate(value, "contains", node.value, m);
  return unknown(call.varies);
}

const LISTING: ReadonlySet<string> = new Set(["list", "unordered_list", "safeseq", "make_list", "reverse", "json_script", "tojson", "batch", "columns"]);

/** What the filters of Django and Jinja do with rows; those for text only write their value out. */
function filter(m: Machine, name: string, call: CallSite): Value {
  const first = call.positional[0];
  if (!first) return unknown();
  const { value } = first;
  const node = first.node.value;
  const argument = call.positional[1]?.value;
  const attribute = call.keywords.get("attribute");
  const rows = (): SequenceValue => walk(m, value, node, "iterate");
  switch (name) {
    case "length":
    case "count": return callBuiltin(m, "builtins.len", call) ?? unknown(call.varies);
    case "length_is":
    case "pluralize":
      for (const option of optionsOf(value)) if (option.kind === "query") m.adapter(option.query.orm)?.evaluate(option, "len", call.node, m, node);
      return unknown(call.varies);
    case "first": return pick(m, value, 0, node);
    case "last": return value.kind === "query" || value.kind === "manager" ? unknown(call.varies) : pick(m, value, -1, node);
    case "random": return single(rows().element);
    case "slice": return sliced(m, value, argument, call);
    case "reversed": return callBuiltin(m, "builtins.reversed", call) ?? unknown(call.varies);
    case "dictsort":
    case "dictsortreversed":
    case "sort":
    case "sort_by": {
      const walked = walk(m, value, node, "sort");
      readEach(m, walked, attribute ?? (name === "sort" ? undefined : call.positional[1]), call);
      return { ...walked, of: "list", items: undefined };
    }
    case "groupby": {
      const walked = rows();
      const key = readEach(m, walked, attribute ?? call.positional[1], call);
      const group = sequenceOf("tuple", walked, { items: [key ?? unknown(), { ...walked, items: undefined }], size: "few" });
      return { ...walked, of: "list", items: undefined, query: undefined, size: walked.size === "few" ? "few" : "unknown", element: group };
    }
    case "map": {
      const walked = rows();
      const read = attribute ? readEach(m, walked, attribute, call) : unknown(call.varies);
      return { ...walked, of: "iterator", items: undefined, query: undefined, element: read ?? unknown(call.varies) };
    }
    case "selectattr":
    case "rejectattr": {
      const walked = rows();
      readEach(m, walked, call.positional[1], call);
      return { ...walked, of: "iterator", items: undefined };
    }
    case "select":
    case "reject":
    case "unique": {
      const walked = rows();
      readEach(m, walked, attribute, call);
      return { ...walked, of: "iterator", items: undefined };
    }
    case "sum":
    case "min":
    case "max": {
      const walked = rows();
      readEach(m, walked, attribute ?? call.positional[1], call);
      return name === "sum" ? unknown(call.varies) : single(walked.element);
    }
    case "join": {
      const walked = walk(m, value, node, "join");
      if (attribute) readEach(m, walked, attribute, call);
      else callForEach(m, walked, call.node, (element) => (textOf(m, element, call.node), element));
      return unknown(call.varies);
    }
    case "default":
    case "d":
    case "default_if_none":
      if (name === "default") truth(m, value, node);
      return argument ? joinValues(value, argument) : value;
    case "yesno":
      truth(m, value, node);
      return unknown(call.varies);
    case "items": return value.kind === "mapping" ? callContainer(m, value, "items", call) ?? unknown(call.varies) : unknown(call.varies);
    case "safe":
    case "e":
    case "escape":
    case "force_escape":
      textOf(m, value, node);
      return value.kind === "constant" ? value : unknown(call.varies);
    default:
      if (LISTING.has(name)) {
        const walked = walk(m, value, node, "list");
        return { ...walked, of: "list", materialised: walked.materialised };
      }
      // A filter that is not known may do anything with rows; with anything else it makes text.
      if (optionsOf(value).some((option) => option.kind === "query" || option.kind === "sequence")) return leave(m, call, name);
      textOf(m, value, node);
      print(m, value, node);
      return unknown(call.varies);
  }
}

/** A value is written into the page, as it is or dressed up by a filter or tag of a library (`{{ form|crispy }}`). */
function print(m: Machine, value: Value, node: Expression): void {
  for (const option of optionsOf(value)) for (const adapter of m.adapters) adapter.printed?.(option, node, m);
}

function pick(m: Machine, value: Value, index: number, node: Expression): Value {
  return optionsOf(value).map((option) => (option.kind === "query" || option.kind === "sequence" || option.kind === "object" ? subscriptOf(m, option, constant(index), node) : unknown(option.varies))).reduce(joinValues);
}

/** `rows|slice:":5"`. */
function sliced(m: Machine, value: Value, argument: Value | undefined, call: CallSite): Value {
  const text = argument?.kind === "constant" ? String(argument.value) : undefined;
  const [lower, upper] = text === undefined ? [unknown(), unknown()] : boundsOf(text);
  const parts: Record<string, Value> = { ...(lower && { lower }), ...(upper && { upper }) };
  const index: Value = { kind: "object", type: "slice", parts, varies: argument?.varies ?? 0 };
  return optionsOf(value).map((option) => (option.kind === "query" || option.kind === "sequence" || option.kind === "object" ? subscriptOf(m, option, index, call.node) : unknown(option.varies))).reduce(joinValues);
}

/** ":5" is up to five; "5" is the same (Django: `slice(*bits)`). */
function boundsOf(text: string): readonly (Value | undefined)[] {
  const numbers = text.split(":").map((part) => (part.trim() === "" ? undefined : constant(Number(part))));
  return numbers.length === 1 ? [undefined, numbers[0]] : numbers;
}

/** Reads an attribute path that is written as text from each element: `dictsort:"author.name"`, `map(attribute="author.name")`. */
function readEach(m: Machine, walked: SequenceValue, argument: { readonly value: Value; readonly node: { readonly value: Expression } } | undefined, call: CallSite): Value | undefined {
  if (argument?.value.kind !== "constant" || typeof argument.value.value !== "string") return undefined;
  const text = argument.node.value;
  const path = argument.value.value.split(".");
  return callForEach(m, walked, call.node, (element) => {
    let object = element;
    let node: Expression = { kind: "name", name: "item", start: text.start, end: text.start };
    for (const [i, name] of path.entries()) {
      const read: Attribute = { kind: "attribute", object: node, name, nameStart: text.start, lookup: "django", start: text.start, end: text.end };
      object = lookupOf(m, object, read, "django", { next: path[i + 1] });
      node = read;
    }
    return object;
  });
}
