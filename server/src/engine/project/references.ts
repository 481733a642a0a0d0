import { blocksOf, forEachChild } from "../facts";
import type { Call, ClassDeclaration, Expression, FileFacts, FunctionDeclaration, ImportDeclaration, Statement } from "../facts";
import { collectScriptReferences } from "./script-references";

/** Where a file names something that may be a function of the project. */
export interface Reference {
  /** The last name of the path, or its own name where an import gives it another. */
  readonly name: string;
  /** The module-level function or method around it, by id; "" at module or class level. In scripts the innermost function. */
  readonly from: string;
  /**
   * The dotted names that lead to it, from a name of the module: `["services", "total"]`. `()` stands for a call of what comes before it, `self` and
   * `super()` for the object of a method. Absent when the object is not known: `order.total`.
   */
  readonly path?: readonly string[];
  /** An import inside the function that binds the first name. */
  readonly imported?: ImportDeclaration;
  /** What is done with it: called, or an attribute of it read (`total.delay(…)`); else it is handed on as a value. */
  readonly use: "call" | "value" | { readonly read: string };
}

/** Functions that call at once, or in the same request, what they are handed. */
const CALLS_ARGUMENT = /^(sync_to_async|database_sync_to_async|async_to_sync|map|filter|sorted|partial|on_commit|atomic)$/;

export interface FileReferences {
  readonly references: readonly Reference[];
  /** The last names of texts that look like dotted paths: what settings and registries name in a string. */
  readonly inTexts: ReadonlySet<string>;
  /** Of scripts: the calls behind each reference that calls, by `referenceKey`; "handed on" where a function is given to what calls it. */
  readonly calls: ReadonlyMap<string, readonly (Call | "handed on")[]>;
}

/** Tells the mentions of a script apart: what code says alike is mentioned once. */
export function referenceKey({ from, name, path, imported, use }: Reference): string {
  return `${from}|${typeof use === "string" ? use : `.${use.read}`}|${path ? path.join(".") : `?${name}`}|${imported ? `${imported.module}:${imported.name ?? ""}` : ""}`;
}

/** `shop.services.total` in a string. */
const DOTTED = /^[A-Za-z_]\w*(?:[.:][A-Za-z_]\w*)+$/;

const known = new WeakMap<FileFacts, FileReferences>();

/** All names of functions, methods and classes that the code of a file mentions. Depends on the file alone. */
export function referencesOf(facts: FileFacts): FileReferences {
  let references = known.get(facts);
  if (!references) known.set(facts, (references = collect(facts)));
  return references;
}

/** The names that a body binds, and what its imports stand for. */
interface Bound {
  readonly names: ReadonlySet<string>;
  readonly imports: ReadonlyMap<string, ImportDeclaration>;
  /** The first parameter of the method. */
  readonly self?: string;
}

const NOTHING_BOUND: Bound = { names: new Set(), imports: new Map() };

const NO_TEXTS: ReadonlySet<string> = new Set();
const NO_CALLS: FileReferences["calls"] = new Map();

function collect(facts: FileFacts): FileReferences {
  if (facts.language === "typescript") {
    return { ...collectScriptReferences(facts), inTexts: NO_TEXTS };
  }
  const references: Reference[] = [];
  const inTexts = new Set<string>();
  const seen = new Set<string>();
  const aliases = new Map(facts.declares.imports.flatMap((each) => (each.name !== undefined && each.name !== each.local ? [[each.local, each.name] as const] : [])));

  const add = (from: string, name: string, path: readonly string[] | undefined, imported: ImportDeclaration | undefined, use: Reference["use"]): void => {
    const key = `${from}|${typeof use === "string" ? use : `.${use.read}`}|${path ? path.join(".") : `?${name}`}|${imported ? `${imported.level}${imported.module}:${imported.name ?? ""}` : ""}`;
    if (seen.has(key)) return;
    seen.add(key);
    references.push({ name, from, use, ...(path && { path }), ...(imported && { imported }) });
  };

  const expression = (node: Expression, from: string, bound: Bound, use: Reference["use"] = "value"): void => {
    if (node.kind === "literal" && typeof node.value === "string" && node.value.length < 200 && DOTTED.test(node.value)) inTexts.add(node.value.split(/[.:]/).at(-1)!);
    if (node.kind === "name" || node.kind === "attribute") {
      const path = pathOf(node, bound);
      const imported = path && bound.imports.get(path[0]);
      if (path || node.kind === "attribute") {
        // A function goes by its own name, whatever it is called here.
        const name = path?.length === 1 ? (imported?.name ?? (imported ? node.name : aliases.get(node.name)) ?? node.name) : node.name;
        add(from, name, path, imported, use);
      }
    }
    const isCalling = node.kind === "call" && CALLS_ARGUMENT.test(nameOf(node.callee));
    forEachChild(node, (child) => {
      if (node.kind === "call" && (child === node.callee || isCalling)) expression(child, from, bound, "call");
      else expression(child, from, bound, node.kind === "attribute" ? { read: node.name } : "value");
    });
  };

  const declaration = (fn: FunctionDeclaration, from: string, bound: Bound): void => {
    for (const decorator of fn.decorators) expression(decorator, from, bound);
    for (const parameter of fn.parameters) if (parameter.default) expression(parameter.default, from, bound);
  };

  const functionBody = (fn: FunctionDeclaration, from: string, outer: Bound, self: string | undefined): void => {
    const statements = facts.bodies[fn.id] ?? [];
    const names = new Set(outer.names);
    const imports = new Map(outer.imports);
    for (const parameter of fn.parameters) names.add(parameter.name);
    bind(statements, names, imports);
    block(statements, from, { names, imports, self });
  };

  const classBody = (declared: ClassDeclaration, from: string | undefined, bound: Bound): void => {
    const around = from ?? "";
    for (const each of [...declared.decorators, ...declared.bases, ...declared.keywords.map((keyword) => keyword.value)]) expression(each, around, bound);
    for (const attribute of declared.attributes) if (attribute.value) expression(attribute.value, around, bound);
    for (const method of declared.methods) {
      declaration(method, around, bound);
      functionBody(method, from ?? method.id, bound, method.parameters[0]?.name);
    }
    for (const nested of declared.classes) classBody(nested, from, bound);
  };

  const block = (statements: readonly Statement[], from: string, bound: Bound): void => {
    for (const statement of statements) {
      forEachExpression(statement, (each) => expression(each, from, bound));
      if (statement.kind === "define-function") {
        declaration(statement.function, from, bound);
        functionBody(statement.function, from || statement.function.id, bound, bound.self);
      } else if (statement.kind === "define-class") classBody(statement.class, from || undefined, bound);
      for (const inner of blocksOf(statement)) block(inner, from, bound);
    }
  };

  // What a template reads, whoever renders it may have handed in.
  const outermost = facts.declares.template ? Object.values(facts.bodies) : [facts.bodies[""] ?? []];
  for (const statements of outermost) block(statements, "", NOTHING_BOUND);
  return { references, inTexts, calls: NO_CALLS };
}

function nameOf(node: Expression): string {
  return node.kind === "name" || node.kind === "attribute" ? node.name : "";
}

function pathOf(node: Expression, bound: Bound): readonly string[] | undefined {
  switch (node.kind) {
    case "name":
      if (node.name === bound.self) return ["self"];
      return bound.names.has(node.name) ? undefined : [node.name];
    case "attribute": {
      const object = pathOf(node.object, bound);
      return object && object.length < 8 ? [...object, node.name] : undefined;
    }
    case "call": {
      if (node.callee.kind === "name" && node.callee.name === "super") return ["super()"];
      const callee = pathOf(node.callee, bound);
      return callee && callee[0] !== "self" ? [...callee, "()"] : undefined;
    }
    case "await":
      return pathOf(node.operand, bound);
    default:
      return undefined;
  }
}

/** The names that statements bind, those of comprehensions and lambdas in them included. */
function bind(statements: readonly Statement[], names: Set<string>, imports: Map<string, ImportDeclaration>): void {
  const target = (node: Expression): void => {
    if (node.kind === "name") names.add(node.name);
    else if (node.kind === "sequence") node.items.forEach(target);
    else if (node.kind === "spread") target(node.value);
    else if (node.kind === "mapping") for (const entry of node.entries) target(entry.value);
    else if (node.kind === "logical") target(node.left);
  };
  const inside = (node: Expression): void => {
    if (node.kind === "comprehension") for (const clause of node.clauses) target(clause.target);
    else if (node.kind === "lambda") for (const parameter of node.parameters) names.add(parameter.name);
    else if (node.kind === "named-assignment") target(node.target);
    forEachChild(node, inside);
  };
  for (const statement of statements) {
    forEachExpression(statement, inside);
    switch (statement.kind) {
      case "assign": statement.targets.forEach(target); break;
      case "augment":
      case "for": target(statement.target); break;
      case "with": for (const item of statement.items) if (item.target) target(item.target); break;
      case "try": for (const handler of statement.handlers) if (handler.name !== undefined) names.add(handler.name); break;
      case "match": for (const option of statement.cases) for (const capture of option.captures) names.add(capture.name); break;
      case "define-function": names.add(statement.function.name); break;
      case "define-class": names.add(statement.class.name); break;
      case "import": for (const each of statement.imports) if (each.local) imports.set(each.local, each); break;
      default: break;
    }
    for (const inner of blocksOf(statement)) bind(inner, names, imports);
  }
}

/** The expressions of a statement itself, those of the blocks inside it left out. */
export function forEachExpression(statement: Statement, visit: (node: Expression) => void): void {
  const optional = (node: Expression | undefined): void => {
    if (node) visit(node);
  };
  switch (statement.kind) {
    case "expression": return visit(statement.expression);
    case "assign":
      statement.targets.forEach(visit);
      return optional(statement.value);
    case "augment":
      visit(statement.target);
      return visit(statement.value);
    case "return":
    case "raise": return optional(statement.value);
    case "for":
      visit(statement.target);
      return visit(statement.iterable);
    case "while":
    case "if":
    case "assert": return visit(statement.test);
    case "try": return statement.handlers.forEach((handler) => optional(handler.types));
    case "with":
      for (const { context, target } of statement.items) {
        visit(context);
        optional(target);
      }
      return;
    case "match":
      visit(statement.subject);
      return statement.cases.forEach((option) => optional(option.guard));
    case "delete": return statement.targets.forEach(visit);
    case "include":
      visit(statement.template);
      return statement.arguments.forEach((each) => visit(each.value));
    default: return;
  }
}
