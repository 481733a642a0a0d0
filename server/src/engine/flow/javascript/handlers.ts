import type { CallSite } from "../adapter";
import { callFunction } from "../calls";
import type { Machine } from "../machine";
import type { Value } from "../values";

/** `this.commandBus.execute(new OrderCommand(id))`: what the class that handles such commands does (NestJS: *CQRS*). The bus is a package's. */
export function handled(m: Machine, call: CallSite): Value | undefined {
  const { callee } = call.node;
  const message = call.positional[0]?.value;
  if (callee.kind !== "attribute" || callee.name !== "execute" || call.positional.length !== 1 || message?.kind !== "instance") return undefined;
  const handler = m.project.handler(message.class);
  const method = handler && m.project.method(handler, "execute");
  return method && callFunction(m, method, { kind: "instance", class: handler, attributes: new Map(), varies: 0 }, call);
}
