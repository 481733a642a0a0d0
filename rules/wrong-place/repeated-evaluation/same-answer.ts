import { blocksOf, isTemplateName } from "#engine";
import type { Call, Expression, ProjectModel, Span, Statement } from "#engine";
import { nodesIn } from "../../shared/loops-syntax";
import type { Node } from "../../shared/loops-syntax";

/** The query in `len(query)`, `list(query)`: what is asked, whatever is done with the answer. */
export function askedIn(expression: Expression): Expression {
  if (expression.kind !== "call" || expression.callee.kind !== "name" || expression.arguments.length !== 1 || !TAKES_ROWS.has(expression.callee.name)) return expression;
  return askedIn(expression.arguments[0].value);
}

const TAKES_ROWS: ReadonlySet<string> = new Set(["len", "bool", "list", "tuple", "set", "sorted", "|length", "|count", "|list"]);

/** Functions of builders that describe a part of the query: `eq(orders.status, status)`, `desc(orders.id)`. */
const DESCRIBES: ReadonlySet<string> = new Set([
  "eq", "ne", "gt", "gte", "lt", "lte", "and", "or", "not", "inArray", "notInArray", "isNull", "isNotNull", "between", "notBetween", "like", "notLike", "ilike", "notIlike", "exists", "notExists",
  "asc", "desc", "count", "countDistinct", "sum", "avg", "min", "max",
]);

/** Whether an expression's value rests on its names alone: no clock, no counter, nothing called but the chain that makes the query and what describes its parts. */
export function restsOnNames(expression: Expression, uri: string, project: ProjectModel): boolean {
  const chain = new Set<Node>();
  for (let link: Expression | undefined = expression; link !== undefined; link = objectOf(link)) chain.add(link);
  return nodesIn(expression).every((node) => {
    if (node.kind === "await" || node.kind === "yield" || node.kind === "lambda" || node.kind === "named-assignment") return chain.has(node) && node.kind === "await";
    // `Q(…)`, `F(…)`, `Count(…)` describe a part of the query.
    return node.kind !== "call" || chain.has(node) || /^[A-Z]/.test(lastName(node.callee)) || describes(node.callee, uri, project);
  });
}

function describes(callee: Expression, uri: string, project: ProjectModel): boolean {
  return callee.kind === "name" && DESCRIBES.has(callee.name) && project.resolveExpression(uri, callee)?.kind === "external";
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
  return !nodesIn(statement).some((node) => partsRunAtWill(node).some((part) => part.start <= first.start && first.end <= part.end));
}

/** The parts of an expression that run not at all or more than once; a comprehension asks for its first iterable once. */
function partsRunAtWill(node: Node): readonly Span[] {
  switch (node.kind) {
    case "conditional":
      return [node.then, node.otherwise];
    case "logical":
      return [node.right];
    case "lambda":
      return [node];
    case "comprehension": {
      const first = node.clauses[0].iterable;
      return [{ start: node.start, end: first.start }, { start: first.end, end: node.end }];
    }
    default:
      return [];
  }
}

/** The blocks of statements around an offset, outermost first. */
function blocksAround(body: readonly Statement[], offset: number): (readonly Statement[])[] {
  const statement = body.find((each) => each.start <= offset && offset < each.end);
  if (statement === undefined) return [];
  const inner = blocksOf(statement).find((block) => block.some((each) => each.start <= offset && offset < each.end));
  return inner === undefined ? [body] : [body, ...blocksAround(inner, offset)];
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

/** A function of the workspace is looked into; a call that leads nowhere known may write anything. */
function mayWrite(call: Call, uri: string, project: ProjectModel, depth = 0): boolean {
  const { callee } = call;
  const name = lastName(callee);
  // What templates call shows things.
  if (isTemplateName(name)) return false;
  if (name === "sleep" || name === "call_command") return true;
  if (callee.kind === "name" && BUILTINS.has(name)) return false;
  // A class's own `update()` or `add()` is no dictionary's and no set's.
  if (callee.kind === "attribute" && CHANGES_ITS_OBJECT.has(name) && isOwn(callee.object)) return true;
  if (callee.kind === "attribute" && (HARMLESS.has(name) || name.startsWith("get_"))) return false;
  const symbol = callee.kind === "name" ? project.resolveName(uri, name) : project.resolveExpression(uri, callee);
  if (symbol?.kind !== "function") return symbol === undefined;
  const { uri: home, declaration } = symbol.function;
  if (depth === MOST_CALLS) return true;
  return nodesIn(project.files.get(home)?.bodies[declaration.id] ?? []).some(
    (node) => node.kind === "call" && (WRITES.has(lastName(node.callee)) || mayWrite(node, home, project, depth + 1)),
  );
}

/** `self`, `super()` */
function isOwn(object: Expression): boolean {
  return object.kind === "name" ? object.name === "self" : object.kind === "call" && object.callee.kind === "name" && object.callee.name === "super";
}

/** How deep calls are followed to see whether they write. */
const MOST_CALLS = 3;

/** Words that write when a query or a row is asked, whatever else they mean: what receives them is not known here. */
const WRITES: ReadonlySet<string> = new Set(["save", "create", "update", "delete", "add", "set", "remove", "clear", "bulk_create", "bulk_update", "get_or_create", "update_or_create"]);

function lastName(callee: Expression): string {
  return callee.kind === "name" || callee.kind === "attribute" ? callee.name : "";
}

function rootName(expression: Expression): string | undefined {
  let root: Expression | undefined = expression;
  for (let object = objectOf(root); object !== undefined; object = objectOf(object)) root = object;
  return root.kind === "name" ? root.name : undefined;
}
