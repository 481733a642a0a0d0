import type { ClassDeclaration, Expression, FileFacts, FunctionDeclaration, Statement } from "../../../facts";
import type { ProjectModel } from "../../../project";
import { contains, type Location, type Span } from "../../../source";

/** A function of a file (or the file itself, without a declaration) with the class around it and its statements. */
export interface Scope {
  readonly declaration?: FunctionDeclaration;
  readonly owner?: ClassDeclaration;
  readonly body: readonly Statement[];
}

/** Anything with a place: expressions, statements and their parts. */
export interface Located {
  readonly kind?: string;
  readonly start: number;
  readonly end: number;
}

/** The parts directly below a node that have a place of their own; functions and classes defined in it are left closed. */
export function childrenOf(node: object): Located[] {
  const result: Located[] = [];
  const gather = (value: unknown): void => {
    if (Array.isArray(value)) for (const item of value) gather(item);
    else if (value !== null && typeof value === "object") {
      if (typeof (value as Located).start === "number") result.push(value as Located);
      else for (const part of Object.values(value)) gather(part);
    }
  };
  for (const [key, value] of Object.entries(node)) if (key !== "function" && key !== "class") gather(value);
  return result;
}

/** Every node of a tree, parents before their parts. */
export function* nodesOf(root: object): Generator<Located> {
  if (typeof (root as Located).start === "number") yield root as Located;
  for (const child of Array.isArray(root) ? root : childrenOf(root)) yield* nodesOf(child as object);
}

/** The nodes that cover `span`, outermost first. */
export function pathTo(body: readonly Statement[], span: Span): Located[] {
  const path: Located[] = [];
  let level: readonly Located[] = body;
  for (;;) {
    const next = level.find((node) => contains(node, span));
    if (!next) return path;
    path.push(next);
    level = childrenOf(next);
  }
}

/** The innermost function around a place, found by walking down to it and nowhere else: files are long and findings many. */
export function scopeAt(project: ProjectModel, at: Location): Scope | undefined {
  const facts = project.files.get(at.uri);
  if (!facts) return undefined;
  let scope: Scope = { body: facts.bodies[""] ?? [] };
  for (;;) {
    const inner = functionInside(facts, scope.body, at.span);
    if (!inner) return scope;
    scope = inner;
  }
}

function functionInside(facts: FileFacts, body: readonly Statement[], span: Span): Scope | undefined {
  const definition = pathTo(body, span).find((node) => node.kind === "define-function" || node.kind === "define-class") as Statement | undefined;
  if (definition?.kind === "define-function") return { declaration: definition.function, body: facts.bodies[definition.function.id] ?? [] };
  let owner = definition?.kind === "define-class" ? definition.class : undefined;
  while (owner) {
    const method = owner.methods.find((one) => contains(one, span));
    if (method) return { declaration: method, owner, body: facts.bodies[method.id] ?? [] };
    owner = owner.classes.find((one) => contains(one, span));
  }
  return undefined;
}

/** The innermost class of a file around a place. */
export function classAt(project: ProjectModel, at: Location): ClassDeclaration | undefined {
  let best: ClassDeclaration | undefined;
  let level: readonly ClassDeclaration[] = project.files.get(at.uri)?.declares.classes ?? [];
  for (;;) {
    const next = level.find((declaration) => contains(declaration, at.span));
    if (!next) return best;
    best = next;
    level = next.classes;
  }
}

/** Names that the nodes read, those of attributes' objects included. */
export function namesIn(root: object): Set<string> {
  const names = new Set<string>();
  for (const node of nodesOf(root)) if (node.kind === "name") names.add((node as unknown as { name: string }).name);
  return names;
}

/** Names that are bound anywhere in the nodes: targets, loop and comprehension variables, imports, definitions. */
export function boundIn(root: object): Set<string> {
  const names = new Set<string>();
  const target = (expression: object | undefined): void => {
    if (!expression) return;
    const node = expression as Expression;
    if (node.kind === "name") names.add(node.name);
    else if (node.kind === "sequence") node.items.forEach(target);
    else if (node.kind === "spread") target(node.value);
  };
  for (const node of nodesOf(root)) {
    const anyNode = node as unknown as Record<string, never>;
    switch (node.kind) {
      case "assign": case "delete": (anyNode.targets as readonly Expression[]).forEach(target); break;
      case "augment": case "for": case "named-assignment": target(anyNode.target); break;
      case "comprehension": (anyNode.clauses as readonly { target: Expression }[]).forEach((clause) => target(clause.target)); break;
      case "with": (anyNode.items as readonly { target?: Expression }[]).forEach((item) => target(item.target)); break;
      case "lambda": (anyNode.parameters as readonly { name: string }[]).forEach((parameter) => names.add(parameter.name)); break;
      case "try": (anyNode.handlers as readonly { name?: string }[]).forEach((handler) => handler.name && names.add(handler.name)); break;
      case "match": (anyNode.cases as readonly { captures: readonly { name: string }[] }[]).forEach((one) => one.captures.forEach((capture) => names.add(capture.name))); break;
      case "import": (anyNode.imports as readonly { local: string }[]).forEach((one) => names.add(one.local)); break;
      case "define-function": names.add((anyNode.function as { name: string }).name); break;
      case "define-class": names.add((anyNode.class as { name: string }).name); break;
      case "scope": (anyNode.names as readonly string[]).forEach((name) => names.add(name)); break;
    }
  }
  return names;
}

/** The name at the very start of a chain, if it starts with one. */
export function baseOf(expression: Expression): Expression {
  let base = expression;
  for (;;) {
    if (base.kind === "attribute" || base.kind === "subscript") base = base.object;
    else if (base.kind === "call") base = base.callee;
    else if (base.kind === "await") base = base.operand;
    else return base;
  }
}

/** `wanted`, or the first numbered variant that is neither used in the scope nor taken by the caller. */
export function freeName(scope: Scope, project: ProjectModel, uri: string, ...wanted: readonly string[]): string | undefined {
  const taken = new Set([...namesIn(scope.body), ...boundIn(scope.body), ...(scope.declaration?.parameters.map((parameter) => parameter.name) ?? [])]);
  const isFree = (name: string): boolean => !taken.has(name) && project.resolveName(uri, name) === undefined;
  return wanted.find(isFree) ?? wanted.flatMap((name) => [`${name}_2`, `${name}_3`]).find(isFree);
}

/** `OrderLine` → `order_line`. */
export function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2").toLowerCase();
}

/** The plural of a snake-case name, by the rules that cover most class names. */
export function plural(name: string): string {
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  if (/(?:s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  return `${name}s`;
}

/** The last part of an entity's key: `shop.OrderLine` → `OrderLine`. */
export function classNameOf(entityKey: string): string {
  return entityKey.slice(entityKey.lastIndexOf(".") + 1);
}
