import { blocksOf, type Expression, type FileFacts, type FunctionDeclaration, type Statement } from "../facts";

/** An expression whose value nobody reads. */
export interface Dropped {
  /** "statement": it stands alone; "unread": its name is never read; "overwritten": its name gets another value first. */
  readonly how: "statement" | "unread" | "overwritten";
  readonly statement: Statement;
  /** Nothing else is in the block: what takes its place must be a statement too. */
  readonly isAlone: boolean;
  /** Around it, innermost last. */
  readonly inside: readonly Statement["kind"][];
}

const known = new WeakMap<readonly Statement[], ReadonlyMap<Expression, Dropped>>();
const NOTHING: ReadonlyMap<Expression, Dropped> = new Map();

/** The expressions of a function whose values are dropped. What `locals()` may hand on is read. */
export function droppedIn(facts: FileFacts, fn: FunctionDeclaration): ReadonlyMap<Expression, Dropped> {
  const body = facts.bodies[fn.id];
  // What is being typed may be the place that reads it.
  if (!body || facts.errors.some((error) => error.start < fn.end && fn.start < error.end)) return NOTHING;
  let result = known.get(body);
  if (!result) known.set(body, (result = find(facts, fn, body)));
  return result;
}

function find(facts: FileFacts, fn: FunctionDeclaration, body: readonly Statement[]): ReadonlyMap<Expression, Dropped> {
  const dropped = new Map<Expression, Dropped>();
  const inner = bodiesInside(facts).get(fn.id) ?? [];
  const all = readsIn([body, inner]);
  const outer = outerNames([body, ...inner]);
  const closed = readsIn(inner);
  const speaksOfNames = ["locals", "vars", "eval", "exec"].some((name) => all.has(name));

  const visit = (block: readonly Statement[], inside: readonly Statement["kind"][]): void => {
    block.forEach((statement, at) => {
      const mark = (expression: Expression, how: Dropped["how"]): void => {
        for (const each of resultsOf(expression, how !== "statement")) dropped.set(each, { how, statement, isAlone: block.length === 1, inside });
      };
      if (statement.kind === "expression") mark(statement.expression, "statement");
      const name = statement.kind === "assign" && statement.targets.length === 1 && statement.targets[0].kind === "name" ? statement.targets[0].name : "_";
      if (statement.kind === "assign" && statement.value && !name.startsWith("_") && !outer.has(name) && !speaksOfNames) {
        if (!all.has(name)) mark(statement.value, "unread");
        // In a `try`, a handler may see the first value.
        else if (!closed.has(name) && !inside.includes("try") && isOverwritten(name, block.slice(at + 1))) mark(statement.value, "overwritten");
      }
      for (const each of blocksOf(statement)) visit(each, [...inside, statement.kind]);
    });
  };
  visit(body, []);
  return dropped;
}

const insides = new WeakMap<FileFacts["bodies"], ReadonlyMap<string, (readonly Statement[])[]>>();

/** The bodies of the functions defined inside each function, by its id. */
function bodiesInside({ bodies }: FileFacts): ReadonlyMap<string, (readonly Statement[])[]> {
  const known = insides.get(bodies);
  if (known) return known;
  const found = new Map<string, (readonly Statement[])[]>();
  for (const [id, statements] of Object.entries(bodies)) {
    for (let dot = id.indexOf("."); dot > 0; dot = id.indexOf(".", dot + 1)) {
      const outer = id.slice(0, dot);
      const inside = found.get(outer);
      if (inside) inside.push(statements);
      else found.set(outer, [statements]);
    }
  }
  insides.set(bodies, found);
  return found;
}

/** Whether the next thing that happens to a name is another value. */
function isOverwritten(name: string, rest: readonly Statement[]): boolean {
  for (const statement of rest) {
    if (readsIn([statement]).has(name)) return false;
    if (statement.kind === "assign" && statement.value && statement.targets.some((target) => target.kind === "name" && target.name === name)) return true;
  }
  return false;
}

/** The expressions inside one whose value is all that it gives: `list(rows)`, `await rows`, `[row.id for row in rows]`. */
function resultsOf(expression: Expression, ofComprehensions: boolean): Expression[] {
  const results: Expression[] = [expression];
  if (expression.kind === "await") results.push(...resultsOf(expression.operand, ofComprehensions));
  if (expression.kind === "call" && expression.callee.kind === "name" && expression.arguments.length === 1 && /^(list|tuple|set|sorted|len|bool)$/.test(expression.callee.name)) results.push(...resultsOf(expression.arguments[0].value, ofComprehensions));
  if (ofComprehensions && expression.kind === "comprehension" && expression.of !== "generator" && expression.clauses.length === 1 && [expression.element, ...(expression.value ? [expression.value] : []), ...expression.clauses[0].conditions].every(doesNothing)) results.push(expression.clauses[0].iterable);
  return results;
}

function doesNothing(expression: Expression): boolean {
  switch (expression.kind) {
    case "name":
    case "literal": return true;
    case "attribute": return doesNothing(expression.object);
    case "sequence": return expression.items.every(doesNothing);
    case "comparison": return doesNothing(expression.left) && doesNothing(expression.right);
    default: return false;
  }
}

/** Every name that is read anywhere in a tree; `x += 1` and `del x` read `x`. */
function readsIn(root: unknown): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (typeof value !== "object" || value === null) return;
    const node = value as { readonly kind?: string; readonly name?: string };
    if (node.kind === "name" && node.name !== undefined) names.add(node.name);
    if (node.kind === "assign") {
      const { targets, ...rest } = node as Statement & { readonly kind: "assign" };
      visit(targets.filter((target) => target.kind !== "name"));
      return Object.values(rest).forEach(visit);
    }
    Object.values(value).forEach(visit);
  };
  visit(root);
  return names;
}

/** Names that are declared `global` or `nonlocal`. */
function outerNames(bodies: readonly (readonly Statement[])[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (block: readonly Statement[]): void => {
    for (const statement of block) {
      if (statement.kind === "scope") for (const name of statement.names) names.add(name);
      blocksOf(statement).forEach(visit);
    }
  };
  bodies.forEach(visit);
  return names;
}
