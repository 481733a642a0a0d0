import type { Call, ClassDeclaration, Expression, ImportDeclaration, Statement } from "../../../facts";
import { forEachStatement, type ProjectCore, type Setting, type SettingEntry, type SettingsCall, type SettingValue } from "../../../project";
import type { Location, Span } from "../../../source";
import { positional } from "../model/expressions";
import type { Environment } from "./environment";
import { dotted, SettingsExpressions } from "./settings-expressions";
import { joinValues, mergeMappings, truthOf, unknownAt, withEntry } from "./settings-values";

/** What a settings module comes to: its names, and what of it could not be read. */
export interface Evaluated {
  readonly names: ReadonlyMap<string, Setting>;
  readonly calls: readonly SettingsCall[];
  /** Every module it takes names from was read: what is not among `names` is not set. */
  readonly complete: boolean;
  /** A module that may not be there has the last word, as in `try: from .local import *`. */
  readonly overridable: boolean;
  /** The modules that were read for it. */
  readonly modules: ReadonlySet<string>;
}

interface State {
  names: Map<string, Setting>;
  calls: SettingsCall[];
  complete: boolean;
  overridable: boolean;
  modules: Set<string>;
}

/** Modules that are a developer's own: not there, or not used, where the application is deployed. */
const DEVELOPERS = /(^|[._])(dev|devel|develop|development|tests?|testing|ci|debug|docker_dev)([._]|$)/i;

/** Runs settings modules over what can be known of their values. Branches are joined; what depends on the environment says so. */
export class SettingsEvaluator {
  private readonly modules = new Map<string, Evaluated>();

  constructor(private readonly core: ProjectCore, private readonly environment: Environment) {}

  evaluate(uri: string): Evaluated {
    const known = this.modules.get(uri);
    if (known) return known;
    // A module that imports itself finds nothing in itself.
    this.modules.set(uri, { names: new Map(), calls: [], complete: true, overridable: false, modules: new Set() });
    const run = new Run(this, this.core, this.environment, uri);
    const state: State = { names: new Map(), calls: [], complete: true, overridable: false, modules: new Set([uri]) };
    run.block(this.core.body(uri, ""), state);
    this.modules.set(uri, state);
    return state;
  }

  /** The settings of a class of django-configurations: its attributes and those of its bases over what its module imports. */
  evaluateClass(uri: string, declaration: ClassDeclaration): Evaluated {
    const module = this.evaluate(uri);
    const state: State = { names: new Map(), calls: [...module.calls], complete: true, overridable: module.overridable, modules: new Set(module.modules) };
    const ancestors = this.core.ancestors(this.core.classRef(uri, declaration));
    for (const ancestor of [...ancestors].reverse()) {
      if (!("class" in ancestor)) {
        if (!/^configurations\.|^object$/.test(ancestor.external)) state.complete = false;
        continue;
      }
      const { uri: owner, declaration: each } = ancestor.class;
      state.modules.add(owner);
      const run = new Run(this, this.core, this.environment, owner, this.evaluate(owner).names);
      for (const attribute of each.attributes) {
        if (!attribute.value) continue;
        const at = { uri: owner, span: { start: attribute.nameStart, end: attribute.nameEnd } };
        state.names.set(attribute.name, { name: attribute.name, at, statement: { uri: owner, span: attribute }, value: run.value(attribute.value, state, attribute.name) });
      }
      for (const method of each.methods) {
        if (!/^[A-Z][A-Z0-9_]*$/.test(method.name)) continue;
        const at = { uri: owner, span: { start: method.nameStart, end: method.nameEnd } };
        state.names.set(method.name, { name: method.name, at, statement: at, value: unknownAt(at) });
      }
    }
    return state;
  }
}

/** The evaluation of one module. */
class Run {
  private readonly expressions: SettingsExpressions;
  /** How many branches are around that may not be taken. */
  private branching = 0;

  constructor(
    private readonly evaluator: SettingsEvaluator,
    private readonly core: ProjectCore,
    private readonly environment: Environment,
    private readonly uri: string,
    private readonly outer: ReadonlyMap<string, Setting> = new Map(),
  ) {
    this.expressions = new SettingsExpressions(core, environment, uri, outer);
  }

  private at(span: Span): Location {
    return this.expressions.at(span);
  }

  value(expression: Expression, state: State, settingName?: string): SettingValue {
    return this.expressions.value(expression, state.names, settingName);
  }

  block(statements: readonly Statement[], state: State): void {
    for (const statement of statements) this.statement(statement, state);
  }

  private statement(statement: Statement, state: State): void {
    switch (statement.kind) {
      case "assign":
        if (statement.value) for (const target of statement.targets) this.assign(target, statement.value, statement, state);
        break;
      case "augment":
        this.augment(statement, state);
        break;
      case "expression":
        if (statement.expression.kind === "call") this.call(statement.expression, statement, state);
        break;
      case "import":
        for (const each of statement.imports) this.import(each, this.branching > 0, state);
        break;
      case "if": {
        const truth = truthOf(this.value(statement.test, state));
        if (truth === true) this.block(statement.then, state);
        else if (truth === false) this.block(statement.otherwise, state);
        else this.branches([statement.then, statement.otherwise], state);
        break;
      }
      case "try":
        this.attempt(statement, state);
        break;
      case "with":
        this.block(statement.body, state);
        break;
      case "for":
      case "while":
      case "match":
        this.forget([statement], state);
        break;
      case "define-function": {
        const { name, nameStart, nameEnd } = statement.function;
        const at = this.at({ start: nameStart, end: nameEnd });
        state.names.set(name, { name, at, statement: at, value: unknownAt(at) });
        break;
      }
      case "delete":
        for (const target of statement.targets) if (target.kind === "name") state.names.delete(target.name);
        break;
      default:
        break;
    }
  }

  private attempt(statement: Extract<Statement, { kind: "try" }>, state: State): void {
    const imports = statement.body.filter((each) => each.kind === "import");
    const isImport = imports.length > 0 && statement.body.every((each) => each.kind === "import" || each.kind === "pass" || each.kind === "expression");
    if (isImport) {
      for (const each of imports) for (const one of each.imports) this.import(one, true, state);
      this.block(statement.otherwise, state);
      // What a handler assigns holds only where the import failed.
      this.branches([[], ...statement.handlers.map((each) => each.body)], state);
    } else {
      this.branches([[...statement.body, ...statement.otherwise], ...statement.handlers.map((each) => each.body)], state);
    }
    this.block(statement.finally, state);
  }

  /** Runs each block from the same start; one that raises or ends the program takes no part. */
  private branches(blocks: readonly (readonly Statement[])[], state: State): void {
    const ends: State[] = [];
    for (const block of blocks) {
      const copy: State = { ...state, names: new Map(state.names), calls: [...state.calls], modules: state.modules };
      this.branching++;
      this.block(block, copy);
      this.branching--;
      const last = block.at(-1);
      const leaves = last?.kind === "raise" || (last?.kind === "expression" && last.expression.kind === "call" && /(^|\.)exit$/.test(dotted(last.expression.callee)));
      if (!leaves) ends.push(copy);
    }
    if (ends.length === 0) return;
    let [joined] = ends;
    for (const each of ends.slice(1)) joined = joinStates(joined, each);
    Object.assign(state, joined);
  }

  /** Whatever is assigned in there, once or often, is not known afterwards. */
  private forget(statements: readonly Statement[], state: State): void {
    forEachStatement(statements, (each) => {
      const targets = each.kind === "assign" ? each.targets : each.kind === "augment" ? [each.target] : each.kind === "expression" && each.expression.kind === "call" && each.expression.callee.kind === "attribute" ? [each.expression.callee.object] : [];
      for (const target of targets) {
        const root = rootOf(target);
        if (isEverything(root)) this.forgetAll(state, each);
        if (root.kind !== "name") continue;
        this.bind(root.name, unknownAt(this.at(each), state.names.get(root.name)?.value), root, each, state);
      }
    });
  }

  private bind(name: string, value: SettingValue, target: Span, statement: Span, state: State): void {
    state.names.set(name, { name, value, at: this.at(target), statement: this.at(statement) });
  }

  private assign(target: Expression, value: Expression, statement: Span, state: State): void {
    if (target.kind === "name") {
      this.bind(target.name, this.value(value, state, target.name), target, statement, state);
    } else if (target.kind === "subscript" && isEverything(target.object)) {
      // `globals()[name] = value`
      const key = this.value(target.index, state);
      if (key.kind === "constant" && typeof key.value === "string") this.bind(key.value, this.value(value, state, key.value), target, statement, state);
      else this.forgetAll(state, statement);
    } else if (target.kind === "subscript") {
      const path = this.pathOf(target, state);
      if (path) this.setEntry(path.name, path.keys, this.value(value, state), { start: target.start, end: value.end }, state);
    } else if (target.kind === "sequence") {
      const right = this.value(value, state);
      target.items.forEach((item, i) => {
        if (item.kind === "name") this.bind(item.name, right.kind === "list" && right.complete && right.items.length === target.items.length ? right.items[i] : unknownAt(this.at(value)), item, statement, state);
      });
    }
  }

  /** `DATABASES["default"]["OPTIONS"]`: the name and the keys; no keys when one of them is not known. */
  private pathOf(target: Expression, state: State): { readonly name: string; readonly keys: readonly string[] | undefined } | undefined {
    if (target.kind === "name") return { name: target.name, keys: [] };
    if (target.kind !== "subscript") return undefined;
    const outer = this.pathOf(target.object, state);
    if (!outer) return undefined;
    const key = this.value(target.index, state);
    const isKnown = key.kind === "constant" && typeof key.value === "string";
    return { name: outer.name, keys: outer.keys && isKnown ? [...outer.keys, key.value as string] : undefined };
  }

  private setEntry(name: string, keys: readonly string[] | undefined, value: SettingValue, span: Span, state: State): void {
    const before = state.names.get(name) ?? this.outer.get(name);
    const at = this.at(span);
    const next = keys ? withEntry(before?.value, keys, value, at) : unknownAt(at, before?.value);
    // The name stays where it was first given its value: that is where a reader looks for it.
    state.names.set(name, { name, value: next, at: before?.at ?? at, statement: at });
  }

  private augment(statement: Extract<Statement, { kind: "augment" }>, state: State): void {
    const path = this.pathOf(statement.target, state);
    if (!path) return;
    const before = this.value(statement.target, state);
    const value = this.expressions.combine(statement.operator, before, this.value(statement.value, state), statement);
    if (path.keys?.length === 0) {
      const known = state.names.get(path.name);
      state.names.set(path.name, { name: path.name, value, at: known?.at ?? this.at(statement.target), statement: this.at(statement) });
    } else this.setEntry(path.name, path.keys, value, statement, state);
  }

  /** A call for its effect: on a list or mapping, on all names at once, or on something that is configured. */
  private call(call: Call, statement: Span, state: State): void {
    const { callee } = call;
    if (callee.kind === "attribute" && callee.name === "update" && isEverything(callee.object)) {
      const given = this.expressions.updateOf(call, state.names);
      for (const [name, entry] of given.entries) state.names.set(name, { name, value: entry.value, at: entry.at, statement: this.at(statement) });
      if (!given.complete) this.forgetAll(state, statement);
      return;
    }
    const name = dotted(callee);
    if (/(^|\.)include$/.test(name)) return this.include(call, state);
    // `django_heroku.settings(locals())` may change anything.
    if (/^(exec|execfile|setattr)$/.test(name)) return this.forgetAll(state, statement);
    if (call.arguments.some((each) => isEverything(each.value))) return this.forgetAll(state, statement);
    const path = callee.kind === "attribute" ? this.pathOf(callee.object, state) : undefined;
    if (path && callee.kind === "attribute" && (state.names.has(path.name) || this.outer.has(path.name))) {
      const before = this.value(callee.object, state);
      const after = this.mutated(before, callee.name, call, state);
      if (after !== before) {
        if (path.keys?.length === 0) {
          const known = state.names.get(path.name)!;
          state.names.set(path.name, { ...known, value: after, statement: this.at(statement) });
        } else this.setEntry(path.name, path.keys, after, statement, state);
        return;
      }
    }
    const keywords = new Map<string, SettingEntry>();
    for (const each of call.arguments) if (each.name !== undefined) keywords.set(each.name, { value: this.value(each.value, state), at: this.at(each), form: "keyword", maybe: false });
    state.calls.push({ callee: name, at: this.at(call), keywords });
  }

  /** `include("base.py", optional("local.py"))` of django-split-settings: the files are run one behind the other, in the same names. */
  private include(call: Call, state: State): void {
    for (const { value } of call.arguments) {
      const isOptional = value.kind === "call" && /(^|\.)optional$/.test(dotted(value.callee));
      const file = isOptional ? positional(value, 0) : value;
      const path = file && this.value(file, state);
      if (path?.kind !== "constant" || typeof path.value !== "string" || !path.value.endsWith(".py")) {
        this.forgetAll(state, call);
        continue;
      }
      const folder = this.core.path(this.uri).split("/").slice(0, -1).join("/");
      const uri = path.value.includes("*") ? undefined : this.core.fileAt(`${folder}/${path.value.replace(/\.py$/, "")}`);
      const isDevelopers = DEVELOPERS.test(path.value.replace(/\.py$/, ""));
      if (uri && !(isOptional && isDevelopers)) {
        state.modules.add(uri);
        new Run(this.evaluator, this.core, this.environment, uri, this.outer).block(this.core.body(uri, ""), state);
      } else if (!uri && isOptional) state.overridable ||= !isDevelopers;
      else if (!uri) this.forgetAll(state, call);
    }
  }

  private mutated(before: SettingValue, method: string, call: Call, state: State): SettingValue {
    const at = this.at(call);
    switch (method) {
      case "append":
      case "insert": {
        const item = positional(call, method === "insert" ? 1 : 0);
        if (before.kind !== "list" || !item) return unknownAt(at, before);
        return { ...before, items: [...before.items, this.value(item, state)] };
      }
      case "extend": {
        const more = positional(call, 0);
        return more ? this.expressions.combine("+", before, this.value(more, state), call) : unknownAt(at, before);
      }
      case "remove":
      case "clear":
      case "pop":
      case "sort":
      case "reverse":
        return before.kind === "unknown" ? before : unknownAt(at, before);
      case "update":
        return mergeMappings(before.kind === "mapping" ? before : { kind: "mapping", entries: new Map(), complete: false, at }, this.expressions.updateOf(call, state.names), at);
      case "setdefault": {
        const key = positional(call, 0);
        const value = positional(call, 1);
        const name = key && this.value(key, state);
        if (before.kind !== "mapping" || name?.kind !== "constant" || typeof name.value !== "string" || !value) return unknownAt(at, before);
        return before.entries.has(name.value) ? before : withEntry(before, [name.value], this.value(value, state), at);
      }
      default:
        return before;
    }
  }

  private forgetAll(state: State, statement: Span): void {
    for (const [name, setting] of state.names) if (/^[A-Z]/.test(name)) state.names.set(name, { ...setting, value: unknownAt(this.at(statement), setting.value) });
    state.complete = false;
  }

  private import(each: ImportDeclaration, isTried: boolean, state: State): void {
    const found = this.moduleOf(each);
    if (each.name === "*") {
      const name = each.module.split(".").at(-1) ?? "";
      // A developer's own settings that happen to be in the repository are not where it is deployed.
      if (isTried && found && DEVELOPERS.test(name)) return;
      if (!found) {
        if (isTried) {
          if (!DEVELOPERS.test(name)) state.overridable = true;
        } else this.unknownModule(each, state);
        return;
      }
      const module = this.evaluator.evaluate(found);
      for (const [key, setting] of module.names) if (!key.startsWith("_")) state.names.set(key, setting);
      state.calls.push(...module.calls);
      state.complete &&= module.complete;
      state.overridable ||= module.overridable;
      for (const uri of module.modules) state.modules.add(uri);
      return;
    }
    if (each.name === undefined || !found) {
      // `from x import BACKENDS as CACHES`: a setting, of which nothing is known.
      if (each.name !== undefined && /^[A-Z][A-Z0-9_]+$/.test(each.local)) {
        const at = this.at(each);
        state.names.set(each.local, { name: each.local, at, statement: at, value: unknownAt(at, each.module) });
      } else state.names.delete(each.local);
      return;
    }
    const setting = this.evaluator.evaluate(found).names.get(each.name);
    if (setting) state.names.set(each.local, setting);
    else state.names.delete(each.local);
  }

  /** Names of a module outside of the workspace: they may have replaced any that were there. */
  private unknownModule(each: ImportDeclaration, state: State): void {
    if (/^(django\.conf\.global_settings|configurations|typing|os|environ)$/.test(each.module)) return;
    this.forgetAll(state, each);
  }

  private moduleOf({ module, level }: ImportDeclaration): string | undefined {
    if (level === 0) {
      const found = this.core.module(module, this.uri)?.uri;
      return found && !found.endsWith("/") ? found : undefined;
    }
    let folder = this.core.path(this.uri).split("/").slice(0, -level).join("/");
    if (module) folder += `/${module.replaceAll(".", "/")}`;
    return this.core.fileAt(folder);
  }
}

function joinStates(a: State, b: State): State {
  const names = new Map<string, Setting>();
  for (const name of new Set([...a.names.keys(), ...b.names.keys()])) {
    const left = a.names.get(name);
    const right = b.names.get(name);
    if (left === right) names.set(name, left!);
    else if (left && right) names.set(name, { ...right, value: joinValues(left.value, right.value) });
    else {
      // Set on one of the ways only: the framework's default on the other is another value.
      const only = (left ?? right)!;
      names.set(name, { ...only, value: unknownAt(only.statement, only.value) });
    }
  }
  return { names, calls: [...a.calls, ...b.calls.filter((each) => !a.calls.includes(each))], complete: a.complete && b.complete, overridable: a.overridable || b.overridable, modules: new Set([...a.modules, ...b.modules]) };
}

/** `globals()`, `locals()`, `vars()`: all names at once. */
function isEverything(expression: Expression): boolean {
  return expression.kind === "call" && expression.callee.kind === "name" && /^(globals|locals|vars)$/.test(expression.callee.name);
}

function rootOf(expression: Expression): Expression {
  return expression.kind === "subscript" ? rootOf(expression.object) : expression;
}
