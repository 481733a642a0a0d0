import type { Call, Expression } from "../../../facts";
import { calleeName, type ExpressionReader, type Scope } from "./expressions";

/** A path of which only the end is known begins with this segment. */
export const UNKNOWN_BASE = "?";

const SAME: ReadonlySet<string> = new Set(["Path", "PurePath", "PosixPath", "str", "abspath", "realpath", "normpath", "fspath", "expanduser"]);
const SAME_METHODS: ReadonlySet<string> = new Set(["resolve", "absolute", "as_posix", "expanduser", "__str__"]);
const maxSteps = 40;

/**
 * What settings make out of `__file__`: `BASE_DIR / "templates"`, `os.path.join(os.path.dirname(__file__), "..")`,
 * `environ.Path(__file__) - 3`. Undefined when nothing is known, not even the end.
 */
export function readPath(reader: ExpressionReader, scope: Scope, expression: Expression, steps = 0): string | undefined {
  if (steps > maxSteps) return undefined;
  const found = reader.follow(scope, expression, steps);
  const value = found.expression;
  const read = (part: Expression): string | undefined => readPath(reader, found.scope, part, steps + 1);
  switch (value.kind) {
    case "literal":
      return typeof value.value === "string" ? value.value : undefined;
    case "name":
      return value.name === "__file__" ? reader.core.path(found.scope.uri) : undefined;
    case "attribute":
      return value.name === "parent" ? above(read(value.object), 1) : undefined;
    case "subscript": {
      const { object, index } = value;
      if (object.kind !== "attribute" || object.name !== "parents" || index.kind !== "literal" || typeof index.value !== "number") return undefined;
      return above(read(object.object), index.value + 1);
    }
    case "binary": {
      if (value.operator === "/") return join(read(value.left), [read(value.right)]);
      if (value.operator === "-" && value.right.kind === "literal" && typeof value.right.value === "number") return above(read(value.left), value.right.value);
      if (value.operator !== "+") return undefined;
      const end = read(value.right);
      return end === undefined ? undefined : normalize(`${read(value.left) ?? UNKNOWN_BASE}${end}`);
    }
    case "call":
      return readCall(value, read);
    default:
      return undefined;
  }
}

function readCall(call: Call, read: (part: Expression) => string | undefined): string | undefined {
  const name = calleeName(call);
  const given = call.arguments.filter((each) => each.name === undefined && !each.spread).map((each) => each.value);
  const object = call.callee.kind === "attribute" ? call.callee.object : undefined;
  if (name === "dirname") return given[0] && above(read(given[0]), 1);
  if (name === "join") return given[0] && join(read(given[0]), given.slice(1).map(read));
  if (name === "joinpath" || name === "path") {
    // `ROOT_DIR.path("templates")` of environ, `BASE_DIR.joinpath("templates")`
    if (object) return join(read(object), given.map(read));
  }
  if (SAME_METHODS.has(name) && object && given.length === 0) return read(object);
  if (SAME.has(name)) return given[0] && join(read(given[0]), given.slice(1).map(read));
  // `ROOT_DIR("templates")`: a path of environ, or a function of the project's that joins to a folder of its own.
  return given.length > 0 ? join(read(call.callee), given.map(read)) : undefined;
}

/** Joined as the operating system would; parts that are not known leave what stands behind them. */
function join(base: string | undefined, parts: readonly (string | undefined)[]): string | undefined {
  let result = base ?? UNKNOWN_BASE;
  for (const part of parts) result = part === undefined ? UNKNOWN_BASE : part.startsWith("/") ? part : `${result}/${part}`;
  return result === UNKNOWN_BASE ? undefined : normalize(result);
}

function above(path: string | undefined, levels: number): string | undefined {
  if (path === undefined) return undefined;
  return normalize(`${path}${"/..".repeat(levels)}`);
}

function normalize(path: string): string {
  const result: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") result.pop();
    else if (segment !== "." && (segment !== "" || result.length === 0)) result.push(segment);
  }
  return result.join("/");
}
