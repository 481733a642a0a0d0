import { blocksOf, forEachChild } from "../facts";
import type { Call, ClassDeclaration, Expression, FileFacts, FunctionDeclaration, ImportDeclaration, Statement } from "../facts";
import { forEachExpression, referenceKey, type FileReferences, type Reference } from "./references";

/** Functions that call what they are handed, at once or in the same request. */
const CALLS_ARGUMENT = /^(map|forEach|filter|flatMap|reduce|reduceRight|some|every|find|findIndex|findLast|sort|toSorted|from|then|catch|finally|call|apply|bind|\$?transaction|withTransaction|manager|cache|unstable_cache|memoize|memo|debounce|throttle|useCallback|useMemo|useEffect|retry|pRetry|pMap|mapLimit|mapSeries|eachLimit|setTimeout|setImmediate|nextTick|queueMicrotask|after|waitUntil|runInContext|run|startTransition)$/;

/** What the names around some code stand for. */
interface Around {
  /** The function or method that the code is in, by id; "" at module or class level. */
  readonly from: string;
  /** Names that functions around bind: they hide those of the module. */
  readonly bound: ReadonlySet<string>;
  readonly imports: ReadonlyMap<string, ImportDeclaration>;
  /** The paths that bound names stand for, where that is known: `["OrderService", "()"]`. */
  readonly paths: ReadonlyMap<string, readonly string[]>;
  /** `this` is the object of a method. */
  readonly hasThis: boolean;
}

const MODULE: Around = { from: "", bound: new Set(), imports: new Map(), paths: new Map(), hasThis: false };

/** Longer paths lead to nothing that is known. */
const LONGEST_PATH = 10;

/** All names of functions, methods and classes that the code of a script mentions, each from the innermost function around it, and the calls among them. */
export function collectScriptReferences(facts: FileFacts): Omit<FileReferences, "inTexts"> {
  const references: Reference[] = [];
  const calls = new Map<string, (Call | "handed on")[]>();
  const seen = new Set<string>();
  const aliases = new Map(facts.declares.imports.flatMap((each) => (each.name !== undefined && each.name !== each.local ? [[each.local, each.name] as const] : [])));

  const add = (reference: Reference, call: Call | undefined): void => {
    const key = referenceKey(reference);
    if (reference.use === "call") {
      const known = calls.get(key);
      if (known) known.push(call ?? "handed on");
      else calls.set(key, [call ?? "handed on"]);
    }
    if (seen.has(key)) return;
    seen.add(key);
    references.push(reference);
  };

  const mention = (node: Expression & { readonly name: string }, around: Around, use: Reference["use"], call: Call | undefined): void => {
    const path = pathOf(node, around);
    if (!path && node.kind === "name") return;
    const imported = path && around.imports.get(path[0]);
    const own = path?.at(-1) ?? node.name;
    // A function goes by its own name, whatever it is called here.
    const name = path?.length === 1 ? (imported?.name ?? aliases.get(own) ?? own) : node.name;
    add({ name, from: around.from, use, ...(path && { path }), ...(imported && { imported }) }, call);
  };

  const expression = (node: Expression, around: Around, use: Reference["use"] = "value", call?: Call): void => {
    if (node.kind === "function") return enterFunction(node.function, around);
    if (node.kind === "class") return classBody(node.class, around);
    if (node.kind === "name" || node.kind === "attribute") mention(node, around, use, call);
    const isCalling = node.kind === "call" && CALLS_ARGUMENT.test(nameOf(node.callee));
    forEachChild(node, (child) => {
      if (node.kind === "call" && (child === node.callee || isCalling)) expression(child, around, "call", child === node.callee ? node : undefined);
      else if (node.kind === "cast" && child === node.annotation) return;
      else expression(child, around, node.kind === "attribute" ? { read: node.name } : "value");
    });
  };

  const enterFunction = (fn: FunctionDeclaration, outer: Around, isMethod = false): void => {
    for (const each of fn.decorators) expression(each, outer);
    const statements = facts.bodies[fn.id] ?? [];
    const bound = new Set(outer.bound);
    const imports = new Map(outer.imports);
    const paths = new Map(outer.paths);
    const around: Around = { from: fn.id, bound, imports, paths, hasThis: isMethod || (fn.isArrow === true && outer.hasThis) };
    const own = new Set<string>();
    // What a name that is given several values stands for is known only where they are all the same.
    const bind = (name: string, path?: readonly string[]): void => {
      const isSame = !own.has(name) || paths.get(name)?.join(".") === path?.join(".");
      own.add(name);
      bound.add(name);
      imports.delete(name);
      paths.delete(name);
      if (path && isSame) paths.set(name, path);
    };
    for (const parameter of fn.parameters) {
      for (const decorator of parameter.decorators ?? []) expression(decorator, outer);
      if (parameter.default) expression(parameter.default, around);
      bind(parameter.name, typePath(parameter.annotation, outer));
      if (parameter.pattern) bindTarget(parameter.pattern, undefined, bind);
    }
    bindStatements(statements, around, bind, (each) => imports.set(each.local, each));
    block(statements, around);
  };

  const classBody = (declared: ClassDeclaration, around: Around): void => {
    for (const each of [...declared.decorators, ...declared.bases]) expression(each, around);
    for (const attribute of declared.attributes) {
      for (const each of attribute.decorators ?? []) expression(each, around);
      if (attribute.value?.kind === "function") enterFunction(attribute.value.function, around, true);
      else if (attribute.value) expression(attribute.value, around);
    }
    for (const method of declared.methods) enterFunction(method, around, true);
    for (const nested of declared.classes) classBody(nested, around);
  };

  const block = (statements: readonly Statement[], around: Around): void => {
    for (const statement of statements) {
      forEachExpression(statement, (each) => expression(each, around));
      if (statement.kind === "define-function") enterFunction(statement.function, around);
      else if (statement.kind === "define-class") classBody(statement.class, around);
      for (const inner of blocksOf(statement)) block(inner, around);
    }
  };

  block(facts.bodies[""] ?? [], MODULE);
  return { references, calls };
}

function nameOf(node: Expression): string {
  return node.kind === "name" || node.kind === "attribute" ? node.name : node.kind === "subscript" ? nameOf(node.object) : "";
}

function pathOf(node: Expression, around: Around): readonly string[] | undefined {
  switch (node.kind) {
    case "name":
      if (node.name === "this") return around.hasThis ? ["self"] : undefined;
      if (node.name === "super") return around.hasThis ? ["super()"] : undefined;
      return around.bound.has(node.name) ? around.paths.get(node.name) : [node.name];
    case "attribute": {
      const object = pathOf(node.object, around);
      return object && object.length < LONGEST_PATH ? [...object, node.name] : undefined;
    }
    case "call": {
      const callee = pathOf(node.callee, around);
      return callee && callee.length < LONGEST_PATH && callee[0] !== "super()" ? [...callee, "()"] : undefined;
    }
    case "cast": return typePath(node.annotation, around) ?? pathOf(node.operand, around);
    case "await": return pathOf(node.operand, around);
    // `Repository<User>` of a call with type arguments, `values[0]` is not known.
    default: return undefined;
  }
}

/** What holds an object of this type: the path of the type, called. */
function typePath(annotation: Expression | undefined, around: Around): readonly string[] | undefined {
  switch (annotation?.kind) {
    case "name":
    case "attribute": {
      const path = pathOf(annotation, around);
      return path && [...path, "()"];
    }
    case "subscript": return typePath(annotation.object, around);
    case "binary": return typePath(annotation.left, around) ?? typePath(annotation.right, around);
    default: return undefined;
  }
}

type Bind = (name: string, path?: readonly string[]) => void;

function bindTarget(node: Expression, path: readonly string[] | undefined, bind: Bind): void {
  if (node.kind === "name") bind(node.name, path);
  else if (node.kind === "sequence") for (const item of node.items) bindTarget(item, undefined, bind);
  else if (node.kind === "spread") bindTarget(node.value, undefined, bind);
  else if (node.kind === "logical") bindTarget(node.left, path, bind);
  else if (node.kind === "mapping") {
    for (const { key, value } of node.entries) bindTarget(value, path && key?.kind === "literal" && path.length < LONGEST_PATH ? [...path, String(key.value)] : undefined, bind);
  }
}

/** The names that statements bind, those of functions inside them left out. */
function bindStatements(statements: readonly Statement[], around: Around, bind: Bind, imported: (each: ImportDeclaration) => void): void {
  const inside = (node: Expression): void => {
    if (node.kind === "function" || node.kind === "class") return;
    if (node.kind === "named-assignment") bindAssigned(node.target, node.value, undefined);
    forEachChild(node, inside);
  };
  const bindAssigned = (target: Expression, value: Expression | undefined, annotation: Expression | undefined): void => {
    bindTarget(target, typePath(annotation, around) ?? (value && pathOf(value, around)), bind);
  };
  for (const statement of statements) {
    switch (statement.kind) {
      case "assign":
        for (const target of statement.targets) bindAssigned(target, statement.value, statement.annotation);
        if (statement.value) inside(statement.value);
        break;
      case "expression": inside(statement.expression); break;
      case "for": bindTarget(statement.target, undefined, bind); break;
      case "with": for (const { context, target } of statement.items) if (target) bindTarget(target, pathOf(context, around), bind); break;
      case "try": for (const handler of statement.handlers) if (handler.name !== undefined) bind(handler.name); break;
      case "define-function": bind(statement.function.name); break;
      case "define-class": bind(statement.class.name); break;
      case "import": for (const each of statement.imports) if (each.local) imported(each); break;
      default: break;
    }
    for (const inner of blocksOf(statement)) bindStatements(inner, around, bind, imported);
  }
}
