import type { Call, Expression, ProjectModel, Span, Statement } from "#engine";

type Node = Expression | Statement;

/** Whether two expressions read the same, wherever they stand. */
export function readsTheSame(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  const keysOfA = Object.keys(a).filter((key) => !POSITIONS.has(key));
  const keysOfB = Object.keys(b).filter((key) => !POSITIONS.has(key));
  return keysOfA.length === keysOfB.length && keysOfA.every((key) => readsTheSame(a[key as never], b[key as never]));
}

const POSITIONS: ReadonlySet<string> = new Set(["start", "end", "nameStart", "nameEnd", "open", "close"]);

/** Whether an expression's value rests on its names alone: no clock, no counter, nothing called but the chain that makes the query. */
export function restsOnNames(expression: Expression): boolean {
  const chain = new Set<Node>();
  for (let link: Expression | undefined = expression; link !== undefined; link = objectOf(link)) chain.add(link);
  return nodesIn(expression).every((node) => {
    if (node.kind === "await" || node.kind === "yield" || node.kind === "lambda" || node.kind === "named-assignment") return chain.has(node) && node.kind === "await";
    // `Q(…)`, `F(…)`, `Count(…)` describe a part of the query.
    return node.kind !== "call" || chain.has(node) || /^[A-Z]/.test(lastName(node.callee));
  });
}

function objectOf(link: Expression): Expression | undefined {
  switch (link.kind) {
    case "call":
      return link.callee;
    case "attribute":
    case "subscript":
      return link.object;
    case "await":
      return link.operand;
    default:
      return undefined;
  }
}

/** Whether `first` has certainly run when `second` does: its block holds the other one, and no condition stands between them in one statement. */
export function alwaysRunsBefore(first: Span, second: Span, body: readonly Statement[]): boolean {
  const blocks = blocksAround(body, first.start);
  const others = blocksAround(body, second.start);
  if (!blocks.every((block, depth) => others[depth] === block)) return false;
  const block = blocks[blocks.length - 1];
  const statement = block?.find((each) => each.start <= first.start && first.start < each.end);
  if (statement === undefined) return false;
  return !nodesIn(statement).some(
    (node) => (node.kind === "conditional" || node.kind === "logical" || node.kind === "comprehension" || node.kind === "lambda") && node.start <= first.start && first.end <= node.end,
  );
}

/** The blocks of statements around an offset, outermost first. */
function blocksAround(body: readonly Statement[], offset: number): (readonly Statement[])[] {
  const statement = body.find((each) => each.start <= offset && offset < each.end);
  if (statement === undefined) return [];
  const inner = blocksOf(statement).find((block) => block.some((each) => each.start <= offset && offset < each.end));
  return inner === undefined ? [body] : [body, ...blocksAround(inner, offset)];
}

function blocksOf(statement: Statement): (readonly Statement[])[] {
  switch (statement.kind) {
    case "for":
    case "while":
      return [statement.body, statement.otherwise];
    case "if":
      return [statement.then, statement.otherwise];
    case "try":
      return [statement.body, ...statement.handlers.map((handler) => handler.body), statement.otherwise, statement.finally];
    case "with":
      return [statement.body];
    case "match":
      return statement.cases.map((each) => each.body);
    default:
      return [];
  }
}

/** Whether something between two offsets may change the answer: a name of the expression bound anew, or a call that may do anything. */
export function mayChangeBetween(expression: Expression, from: number, to: number, body: readonly Statement[], uri: string, project: ProjectModel): boolean {
  const names = new Set(nodesIn(expression).flatMap((node) => (node.kind === "name" ? [node.name] : [])));
  return nodesIn(body).some((node) => {
    if (node.end <= from || to <= node.start) return false;
    if (targetsOf(node).some((target) => target.start >= from && nodesIn(target).some((part) => part.kind === "name" && names.has(part.name)))) return true;
    if (node.kind !== "call" || node.start < from || node.end > to) return false;
    const root = rootName(node.callee);
    return mayWrite(node, uri, project) || (root !== undefined && names.has(root) && CHANGES_ITS_OBJECT.has(lastName(node.callee)));
  });
}

function targetsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case "assign":
    case "delete":
      return node.targets;
    case "augment":
    case "for":
    case "named-assignment":
      return [node.target];
    case "with":
      return node.items.flatMap((item) => (item.target === undefined ? [] : [item.target]));
    default:
      return [];
  }
}

const CHANGES_ITS_OBJECT: ReadonlySet<string> = new Set(["append", "extend", "insert", "add", "update", "pop", "remove", "clear", "setdefault"]);

/** Methods of strings, lists, dictionaries, loggers and lazy queries: they write to no table. */
const HARMLESS: ReadonlySet<string> = new Set([
  ...CHANGES_ITS_OBJECT, "join", "format", "split", "strip", "lower", "upper", "title", "replace", "startswith", "endswith", "isdigit", "strftime", "isoformat",
  "items", "keys", "values", "get", "index", "sort", "copy", "encode", "decode", "debug", "info", "warning", "error", "exception",
  "filter", "exclude", "order_by", "all", "select_related", "prefetch_related", "only", "defer", "annotate", "distinct", "values_list", "count", "exists",
  "first", "last", "aggregate", "in_bulk", "none", "using", "reverse", "is_valid", "has_perm",
]);
const BUILTINS: ReadonlySet<string> = new Set([
  "len", "str", "int", "float", "bool", "list", "dict", "set", "tuple", "sorted", "reversed", "enumerate", "zip", "range", "sum", "min", "max", "any", "all",
  "print", "isinstance", "getattr", "hasattr", "abs", "round", "map", "filter", "iter", "type", "repr", "super",
]);

/** The writes of functions in the workspace are events of their own; a call that leads nowhere known may write anything. */
function mayWrite(call: Call, uri: string, project: ProjectModel): boolean {
  const { callee } = call;
  const name = lastName(callee);
  if (name === "sleep" || name === "call_command") return true;
  if (callee.kind === "name") return !BUILTINS.has(name) && project.resolveName(uri, name) === undefined;
  return !HARMLESS.has(name) && !name.startsWith("get_") && project.resolveExpression(uri, callee) === undefined;
}

function lastName(callee: Expression): string {
  return callee.kind === "name" || callee.kind === "attribute" ? callee.name : "";
}

function rootName(expression: Expression): string | undefined {
  let root: Expression | undefined = expression;
  for (let object = objectOf(root); object !== undefined; object = objectOf(object)) root = object;
  return root.kind === "name" ? root.name : undefined;
}

/** Every expression and statement in a lowered value, itself included. */
function nodesIn(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  if (typeof value !== "object" || value === null) return [];
  const parts = Object.values(value).flatMap(nodesIn);
  return "kind" in value && "start" in value ? [value as Node, ...parts] : parts;
}
