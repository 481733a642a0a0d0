import type { Expression } from "../../facts";
import type { CallSite } from "../../flow/adapter";
import type { Machine } from "../../flow/machine";
import type { ObjectValue } from "../../flow/values";
import type { ClassRef, Entity } from "../../project";
import { entityKey, prismaSchemas, schemaOfClient, type PrismaSchema } from "./model";
import { clientOf, type Client } from "./values";

/** The operations of a delegate (Prisma: *Prisma Client API reference*, model queries). */
const OPERATIONS: ReadonlySet<string> = new Set([
  "findUnique", "findUniqueOrThrow", "findFirst", "findFirstOrThrow", "findMany", "create", "createMany", "createManyAndReturn", "update", "updateMany", "updateManyAndReturn",
  "upsert", "delete", "deleteMany", "count", "aggregate", "groupBy",
]);

/** Names of what is a client where nothing else is known: `prisma`, `ctx.prisma`, `this.db`, `tx`. */
const CLIENT_NAME = /^(_?prisma(Client|Service|Read|Write)?|_?db|database|tx|trx|orm|prisma[A-Z]\w*)$/;

/** `@prisma/client.PrismaClient`, and those that are generated elsewhere: `../generated/client.PrismaClient`. */
export function isClientClass(name: string): boolean {
  return /(^|[./])PrismaClient$/.test(name) && !/^(js|builtins)\./.test(name);
}

/** Types of clients: `PrismaClient`, `Prisma.TransactionClient`, and that of `@prisma/extension-*`. */
export function isClientType(name: string): boolean {
  return isClientClass(name) || /(^|[./])(Prisma\.TransactionClient|DynamicClientExtensionThis|PrismaTransactionalClient)$/.test(name);
}

/** All schemas; whoever asks depends on them. */
function schemasOf(m: Machine): readonly PrismaSchema[] {
  return m.project.schemaFiles.length === 0 ? [] : prismaSchemas(m.project.files);
}

/** The client of the schema that is nearest to where it is made or named. */
export function clientFrom(m: Machine, name: string, varies = 0): ObjectValue {
  return clientOf({ schema: schemaFor(m, name), basis: "resolved" }, varies);
}

function schemaFor(m: Machine, name: string): PrismaSchema | undefined {
  const schemas = schemasOf(m);
  return schemaOfClient(schemas, m.uri, name.replace(/\.(default\.)?(Prisma\.)?\w+$/, ""));
}

/** `class PrismaService extends PrismaClient`: its objects are clients. */
export function clientOfClass(m: Machine, ref: ClassRef): Client | undefined {
  for (const ancestor of m.project.ancestors(ref)) {
    if ("external" in ancestor && isClientClass(ancestor.external)) return { schema: schemaOfClient(schemasOf(m), ref.uri, ancestor.external.replace(/\.\w+$/, "")), basis: "resolved" };
  }
  return undefined;
}

/** The model behind a property of a client: its name with a small first letter (Prisma: *CRUD*). */
export function modelOf(m: Machine, client: Client, name: string): Entity | undefined {
  if (/^[$_]/.test(name)) return undefined;
  const model = (names: Iterable<string>): string | undefined => [...names].find((each) => each.charAt(0).toLowerCase() + each.slice(1) === name);
  if (client.schema) {
    const own = model(client.schema.blocks.keys());
    return own === undefined ? undefined : m.project.entity(entityKey(client.schema, own));
  }
  const found = schemasOf(m).flatMap((schema) => {
    const own = model(schema.blocks.keys());
    const entity = own === undefined ? undefined : m.project.entity(entityKey(schema, own));
    return entity ? [entity] : [];
  });
  return found.length === 1 ? found[0] : undefined;
}

/** `ctx.prisma.user.findMany(…)` of which nothing is known: the client's name, the model's and the operation's together leave no doubt. */
export function guessedDelegate(m: Machine, call: CallSite): { readonly client: Client; readonly entity: Entity } | undefined {
  const { callee } = call.node;
  if (callee.kind !== "attribute" || !OPERATIONS.has(callee.name) || callee.object.kind !== "attribute") return undefined;
  const delegate = callee.object;
  if (!CLIENT_NAME.test(lastName(delegate.object))) return undefined;
  const schemas = schemasOf(m);
  if (schemas.length === 0) return undefined;
  const client: Client = { schema: schemaOfClient(schemas, m.uri, ""), basis: "inferred" };
  const entity = modelOf(m, client, delegate.name);
  return entity && { client, entity };
}

/** `prisma.$transaction(…)` on what nothing is known of: no other library calls a method so. */
export function guessedClient(m: Machine, call: CallSite): Client | undefined {
  const { callee } = call.node;
  if (callee.kind !== "attribute" || callee.name !== "$transaction" || !CLIENT_NAME.test(lastName(callee.object))) return undefined;
  const schemas = schemasOf(m);
  return schemas.length === 0 ? undefined : { schema: schemaOfClient(schemas, m.uri, ""), basis: "inferred" };
}

function lastName(node: Expression): string {
  return node.kind === "name" || node.kind === "attribute" ? node.name : node.kind === "call" && node.callee.kind === "name" && /prisma/i.test(node.callee.name) ? "prisma" : "";
}
