import type { ClassRef, ProjectCore } from "../../../project";

/** Decorators that say whose commands and queries a class handles (NestJS: *CQRS*). */
const HANDLES = /^(command|query)handler$/i;

/** The classes that handle commands and queries, by the class of the message: `@CommandHandler(OrderCommand)`. Of several for one there is none. */
export function handlersIn(core: ProjectCore): ReadonlyMap<string, ClassRef> {
  const found = new Map<string, ClassRef | undefined>();
  for (const each of core.classes) {
    for (const decorator of each.declaration.decorators) {
      if (decorator.kind !== "call" || decorator.callee.kind !== "name" || !HANDLES.test(decorator.callee.name) || decorator.arguments.length === 0) continue;
      const symbol = core.resolveExpression(each.uri, decorator.arguments[0].value);
      const message = symbol && core.followAliases(symbol);
      if (message?.kind === "class") found.set(message.class.key, found.has(message.class.key) ? undefined : each);
    }
  }
  return new Map([...found].flatMap(([key, handler]) => (handler ? [[key, handler] as const] : [])));
}
