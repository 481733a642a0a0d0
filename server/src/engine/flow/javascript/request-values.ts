import type { Attribute, Expression } from "../../facts";
import { clientValue, isClientValue, markChecked } from "../client-values";
import type { CallFrame } from "../events";
import type { Machine } from "../machine";
import type { ObjectValue, Value } from "../values";

const TYPE = "script request";

/** One object for all that a function reads of its request: what is said of one value is said of all, which keeps rules silent. */
const known = new WeakMap<CallFrame, Value>();

/** Packages that look at what a request brings before the handler sees it. */
const VALIDATORS: readonly string[] = ["express-validator", "celebrate", "express-openapi-validator", "express-joi-validation", "fastify", "@hapi/hapi", "express-zod-api", "zod-express-middleware", "@ts-rest/core"];

const REQUEST = /^(req|request|ctx|context|c)$/;

/** `req.query`, `ctx.request.query`: whatever a client puts behind the question mark. Only where nothing else looks at it first. */
export function requestValues(m: Machine, name: string, node: Attribute): Value | undefined {
  if ((name !== "query" && name !== "searchParams") || (m.entry !== "request" && m.entry !== "middleware")) return undefined;
  if (name === "query" && !isRequest(node.object)) return undefined;
  if (VALIDATORS.some((each) => m.project.requires(each))) return undefined;
  return { kind: "object", type: TYPE, parts: { value: chosen(m) }, varies: 0 };
}

function isRequest(node: Expression): boolean {
  if (node.kind === "attribute") return (node.name === "request" || node.name === "req") && node.object.kind === "name" && REQUEST.test(node.object.name);
  return node.kind === "name" && REQUEST.test(node.name);
}

function chosen(m: Machine): Value {
  const root = m.frames[0];
  let value = known.get(root);
  if (!value) known.set(root, (value = clientValue(0)));
  return value;
}

function isRequestValues(value: Value): value is ObjectValue {
  return value.kind === "object" && value.type === TYPE;
}

/** `req.query.limit` */
export function requestValue(value: Value): Value | undefined {
  return isRequestValues(value) ? value.parts.value : undefined;
}

/** `searchParams.get("limit")` */
export function requestMethod(value: Value, name: string): Value | undefined {
  return isRequestValues(value) && name === "get" ? value.parts.value : undefined;
}

/** Somebody else looks at all of it: it may be limited there. */
export function markAllChecked(value: Value): void {
  if (isRequestValues(value)) markChecked(value.parts.value);
}

/** A client's number that a function passes on as it is: `Number(limit)`, `Math.max(1, limit)`. */
export function passedOn(values: readonly Value[]): Value | undefined {
  return values.find(isClientValue);
}
