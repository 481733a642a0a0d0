import { slotId, type Expression, type Include, type Slot } from "../facts";
import { callIfCallable } from "./calls";
import { evaluate } from "./expressions";
import type { Machine } from "./machine";
import { TrackedScope, unlessIdle } from "./idle-templates";
import { symbolValue } from "./names";
import { Scope } from "./scope";
import type { TemplateFunction } from "../project";
import { executeBody } from "./statements";
import { constant, optionsOf, unknown, type Value } from "./values";

/** Templates inside templates that are entered; a template that is being rendered already is not entered again. */
const MOST_TEMPLATES = 14;
/** Expressions that one more template may cost the code that renders it. */
const STEPS_PER_TEMPLATE = 1_500;

/** One template being rendered, with those that it extends: which of them fill its blocks. */
export interface Rendering {
  /** Files that define a block, the most derived first. */
  readonly blocks: ReadonlyMap<string, readonly string[]>;
  /** The context holds all names there are: one that it lacks is not there. Ends with the first tag of the project's own that may set more. */
  isClosed: boolean;
  /** How many blocks were written so far. */
  written: number;
  /** Names that tags of libraries may have set since. */
  setByLibraries?: RegExp;
  /** The blocks being written, outermost first. */
  readonly open: { readonly name: string; readonly depth: number }[];
}

/** Renders a template of the workspace with these names, as part of what `at` does. `isClosed`: there are no others. */
export function renderTemplate(m: Machine, uri: string, names: ReadonlyMap<string, Value>, at: Expression, isClosed = false): void {
  renderIn(m, uri, new Scope(uri, undefined, new Map(names)), at, isClosed);
}

function renderIn(m: Machine, uri: string, scope: Scope, at: Expression, isClosed: boolean): void {
  if (m.templateFrames >= MOST_TEMPLATES || m.frames.some((frame) => frame.uri === uri && frame.isTemplate)) return;
  m.budget += STEPS_PER_TEMPLATE;
  const chain = chainOf(m, uri, scope);
  const blocks = new Map<string, string[]>();
  for (const each of chain) {
    for (const name of m.project.templateOf(each)?.slots ?? []) {
      const known = blocks.get(name);
      if (!known) blocks.set(name, [each]);
      else if (!known.includes(each)) known.push(each);
    }
  }
  const outer = m.rendering;
  m.rendering = { blocks, isClosed, ...(outer?.setByLibraries && { setByLibraries: outer.setByLibraries }), open: [], written: 0 };
  const base = chain[chain.length - 1];
  // What stands outside the blocks of an extending template sets names and writes nothing.
  for (const each of chain.slice(0, -1)) inTemplate(m, each, at, () => executeBody(m, m.project.templateBody(each, "").filter((statement) => statement.kind === "assign"), new Scope(each, scope), []));
  inTemplate(m, base, at, () => executeBody(m, m.project.templateBody(base, ""), base === uri ? scope : new Scope(base, scope), []));
  // What an included template or an inclusion tag sets, Django takes back (`IncludeNode.render`: `with context.push()`).
  m.rendering = outer;
}

/** The template and what it extends, as far as the workspace has it. */
function chainOf(m: Machine, uri: string, scope: Scope): readonly string[] {
  const chain = [uri];
  for (let current: string | undefined = uri; current !== undefined && chain.length < MOST_TEMPLATES; ) {
    const parent: Expression | undefined = m.project.templateOf(current)?.extends;
    if (!parent) break;
    current = templatesNamed(m, evaluate(m, parent, new Scope(current, scope)))[0];
    if (current === undefined || chain.includes(current)) break;
    chain.push(current);
  }
  return chain;
}

/** Runs `work` in a frame of a template. */
function inTemplate(m: Machine, uri: string, at: Expression, work: () => void): void {
  if (m.uri === uri && m.frames[m.frames.length - 1].isTemplate) return work();
  const leave = m.enterFrame({ uri, callSite: m.at(at), isTemplate: true });
  work();
  leave();
}

/** The files of the workspace that a template name may lead to: one per alternative, the first that exists of a list. */
export function templatesNamed(m: Machine, value: Value): readonly string[] {
  const found: string[] = [];
  for (const option of optionsOf(value)) {
    if (option.kind === "constant" && typeof option.value === "string") {
      const uri = m.project.template(option.value, m.uri);
      if (uri !== undefined) found.push(uri);
    } else if (option.kind === "sequence" && option.items) {
      const first = option.items.flatMap((item) => templatesNamed(m, item))[0];
      if (first !== undefined) found.push(first);
    }
  }
  return found;
}

/** `{% include %}`. */
export function executeInclude(m: Machine, node: Include, scope: Scope): void {
  const template = evaluate(m, node.template, scope);
  const names = new Map<string, Value>();
  for (const { name, value } of node.arguments) if (name !== undefined) names.set(name, evaluate(m, value, scope));
  const isClosed = m.rendering?.isClosed ?? false;
  for (const uri of templatesNamed(m, template)) {
    const inner = new TrackedScope(uri, node.isolated ? undefined : scope, new Map(names));
    unlessIdle(m, `${uri} ${knownAbsence(m)}`, inner, () => renderIn(m, uri, inner, node.template, isClosed));
  }
}

/** `{% block %}`: what the most derived template puts there. */
export function executeSlot(m: Machine, node: Slot, scope: Scope): void {
  writeSlot(m, node.name, 0, { kind: "name", name: node.name, start: node.start, end: node.start }, scope);
}

/** `{{ block.super }}`: what the next template up puts there. */
export function writeSuper(m: Machine, at: Expression, scope: Scope): void {
  const open = m.rendering?.open;
  const current = open?.[open.length - 1];
  if (current) writeSlot(m, current.name, current.depth + 1, at, scope);
}

function writeSlot(m: Machine, name: string, depth: number, at: Expression, scope: Scope): void {
  const uri = m.rendering?.blocks.get(name)?.[depth];
  if (uri === undefined || m.rendering!.open.some((open) => open.name === name && open.depth === depth)) return;
  const inner = new TrackedScope(uri, scope);
  unlessIdle(m, `${uri} ${slotId(name)} ${knownAbsence(m)}`, inner, () => {
    m.rendering!.open.push({ name, depth });
    inTemplate(m, uri, at, () => executeBody(m, m.project.templateBody(uri, slotId(name)), inner, []));
    m.rendering!.open.pop();
  });
  m.rendering!.written++;
}

/** The language of the template that a file is; undefined for code. */
export function templateLanguage(m: Machine, uri: string): "django-template" | "jinja" | undefined {
  // Asked for every name: mostly of the file that it was asked of before.
  if (m.lastLanguage?.uri !== uri) {
    const file = m.project.files.get(uri);
    m.lastLanguage = { uri, language: file?.declares.template && (file.language as "django-template" | "jinja") };
  }
  return m.lastLanguage.language;
}

/** Something about a name in a template that stays the same as long as no file changes. */
function knownOf<T>(m: Machine, uri: string, name: string, find: () => T): T {
  let names = m.templateNames.get(uri);
  if (!names) m.templateNames.set(uri, (names = new Map()));
  if (!names.has(name)) names.set(name, find());
  return names.get(name) as T;
}

/** The function of the project behind a filter or tag that a template calls. */
export function templateFunctionOf(m: Machine, uri: string, kind: "filter" | "tag", name: string): TemplateFunction | undefined {
  return knownOf(m, uri, `${kind} ${name}`, () => m.project.templateFunction(kind, name, m.project.templateOf(uri)?.loads ?? [], uri));
}

/** A name of a template that its context does not have: a macro, an import, a global function. */
export function templateNameValue(m: Machine, name: string, uri: string): Value {
  const known = knownOf(m, uri, name, () => declaredName(m, name, uri));
  if (known) return known;
  return m.rendering?.isClosed && !GIVEN.test(name) && !m.rendering.setByLibraries?.test(name) && templateLanguage(m, uri) === "django-template" ? constant(null) : unknown();
}

function declaredName(m: Machine, name: string, uri: string): Value | undefined {
  const symbol = m.project.resolveName(uri, name);
  if (symbol) return symbolValue(m, symbol);
  const declared = m.project.templateOf(uri);
  const imported = declared?.imports.find((each) => each.local === name);
  if (imported) {
    const found = templatesNamed(m, evaluate(m, imported.template, new Scope(uri)))[0];
    if (found === undefined) return unknown();
    if (imported.name === undefined) return { kind: "module", uri: found, name: found, varies: 0 };
    const macro = m.project.resolveName(found, imported.name);
    return macro ? symbolValue(m, macro) : unknown();
  }
  if (templateLanguage(m, uri) === "jinja") {
    const global = templateFunctionOf(m, uri, "tag", name);
    if (global) return { kind: "function", function: global.function, varies: 0 };
  }
  return undefined;
}

/** How much a name says that the context lacks. */
function knownAbsence(m: Machine): string {
  return `${m.rendering?.isClosed ?? false} ${m.rendering?.setByLibraries !== undefined}`;
}

/** Names that Django gives every template, whatever the context: by the loop or block around, by its own context processors. */
const GIVEN = /^(forloop|block|True|False|None|csrf_token|perms|messages|debug|sql_queries|DEFAULT_MESSAGE_LEVELS|LANGUAGE\w*|STATIC_URL|MEDIA_URL|TIME_ZONE|form|formset)$/;

/**
 * A value as a Django template finds it: functions and methods are called, unless they change data (*Variables and lookups*; Django marks
 * `delete`, `save` and the writing methods of managers `alters_data`).
 */
export function foundInTemplate(m: Machine, value: Value, node: Expression): Value {
  return value.kind === "function" || value.kind === "method" || value.kind === "lambda" || value.kind === "union" ? callIfCallable(m, value, node) : value;
}

