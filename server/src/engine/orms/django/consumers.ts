import type { Call, Expression, FunctionDeclaration, Statement } from "../../facts";
import type { EventDraft } from "../../flow";
import { lastName } from "../../flow/attributes";
import type { Machine } from "../../flow/machine";
import type { ClassRef } from "../../project";

type Declared = Extract<EventDraft, { kind: "consumerDeclared" }>;

const CONSUMER = /^channels\.generic\.websocket\.\w*WebsocketConsumer$/;
/** What Channels puts around its routing without refusing anybody who comes from the right page (*Authentication*, *Security*). */
const LETS_IN = /^(ProtocolTypeRouter|URLRouter|AuthMiddlewareStack|AuthMiddleware|SessionMiddlewareStack|SessionMiddleware|CookieMiddleware|AllowedHostsOriginValidator|OriginValidator|get_asgi_application|path|re_path|url|as_asgi)$/;

/** The WebSocket consumers of a file that some address leads to, with whom they let in. */
export function consumersOf(m: Machine, uri: string): readonly Declared[] {
  const found: Declared[] = [];
  for (const declaration of m.project.files.get(uri)?.declares.classes ?? []) {
    const ref: ClassRef = { uri, declaration, key: `${uri}#${declaration.id}` };
    if (!m.project.ancestors(ref).some((each) => "external" in each && CONSUMER.test(each.external))) continue;
    if (m.project.routesOf(ref.key).length === 0) continue;
    const { accepts, accept } = acceptanceOf(m, ref);
    const isGuarded = accepts === "everyone" && routingMayRefuse(m);
    found.push({ kind: "consumerDeclared", at: m.at({ start: declaration.nameStart, end: declaration.nameEnd }, uri), name: declaration.name, accepts: isGuarded ? "unknown" : accepts, ...(accept && { accept }) });
  }
  return found;
}

/** Without a `connect()` of its own, a consumer accepts whoever comes (source of channels.generic.websocket). */
function acceptanceOf(m: Machine, ref: ClassRef): Pick<Declared, "accepts" | "accept"> {
  if (m.project.method(ref, "websocket_connect") || isFromElsewhere(m, ref)) return { accepts: "unknown" };
  const connect = m.project.method(ref, "connect");
  if (!connect) return { accepts: "everyone" };
  const statements = m.project.bodyOf(connect);
  // Anything but plain steps may refuse: a test, an error, a helper.
  if (!statements.every(isPlain)) return { accepts: "unknown" };
  const accept = statements.find((each) => acceptCall(each) !== undefined);
  if (!accept) return { accepts: "unknown" };
  return { accepts: "everyone", ...(connect.owner?.key === ref.key && { accept: { statement: m.at(accept, connect.uri), isAsync: isAsync(connect.declaration) } }) };
}

function isFromElsewhere(m: Machine, ref: ClassRef): boolean {
  return m.project.ancestors(ref).some((each) => "external" in each && !/^(channels|object\b)/.test(each.external));
}

function isAsync(declaration: FunctionDeclaration): boolean {
  return declaration.isAsync;
}

function acceptCall(statement: Statement): Call | undefined {
  if (statement.kind !== "expression") return undefined;
  const call = statement.expression.kind === "await" ? statement.expression.operand : statement.expression;
  return call.kind === "call" && (isCallOf(call, "self", "accept") || lastName(call) === "connect") ? call : undefined;
}

function isCallOf(call: Call, object: string, name: string): boolean {
  return call.callee.kind === "attribute" && call.callee.name === name && call.callee.object.kind === "name" && call.callee.object.name === object;
}

/** Accepting, joining groups, sending, and remembering things without calling anything. */
function isPlain(statement: Statement): boolean {
  if (statement.kind === "assign") return !statement.value || !hasCall(statement.value);
  if (statement.kind !== "expression") return statement.kind === "pass";
  const call = statement.expression.kind === "await" ? statement.expression.operand : statement.expression;
  if (call.kind === "literal") return true;
  if (call.kind !== "call") return false;
  if (acceptCall(statement)) return true;
  const name = call.callee.kind === "call" ? lastName(call.callee.arguments[0]?.value ?? call.callee) : lastName(call);
  return /^(group_add|group_send|send|send_json)$/.test(name);
}

function hasCall(expression: Expression): boolean {
  if (expression.kind === "call") return !/^(str|int|format|get|getlist)$/.test(lastName(expression));
  return expression.kind === "await" || expression.kind === "opaque";
}

/** Middleware of the project's own around the routing may refuse connections. */
function routingMayRefuse(m: Machine): boolean {
  for (const [uri, facts] of m.project.files) {
    if (!/\/(asgi|routing)\.py$/.test(uri)) continue;
    const application = m.project.resolveName(uri, "application");
    if (application?.kind === "value" && application.uri === uri && application.value.value && !letsIn(application.value.value)) return true;
    if (facts.declares.values.some((each) => each.name === "application" && each.value?.kind !== "call")) return true;
  }
  return false;
}

function letsIn(expression: Expression): boolean {
  switch (expression.kind) {
    case "call": return LETS_IN.test(lastName(expression)) && expression.arguments.every((each) => letsIn(each.value));
    case "mapping": return expression.entries.every((entry) => letsIn(entry.value));
    case "sequence": return expression.items.every(letsIn);
    case "binary": return letsIn(expression.left) && letsIn(expression.right);
    default: return true;
  }
}

