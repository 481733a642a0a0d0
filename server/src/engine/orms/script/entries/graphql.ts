import type { Call, Expression, FileFacts } from "../../../facts";
import { forEachChild } from "../../../facts";
import { forEachPlainExpression } from "../../../project";
import type { FoundEntries } from "./found";
import { argument, calleeName, entryOf, nameOf, type Place, type ScriptReader } from "./reader";

const ROOTS = /^(Query|Mutation|Subscription)$/;
/** What a type map has that no field is. */
const NO_FIELD = /^__(?!resolveReference$)/;
/** Types that code generators name after what they resolve: `QueryResolvers`, `UserResolvers`. */
const RESOLVERS = /^(\w+?)Resolvers$/;
/** Calls that declare a type with its fields: Pothos, Nexus, graphql-js. */
const TYPE_CALLS = /^(objectType|GraphQLObjectType|prismaObject|prismaNode|drizzleObject|drizzleNode|node|loadableObject|interfaceType|extendType|objectFields|prismaObjectFields|simpleObject|objectRef|implement|queryType|mutationType|subscriptionType|queryFields|mutationFields|queryField|mutationField|objectField|prismaObjectField|subscriptionField|relayMutationField)$/;
/** Packages that make servers and schemas, often in a function that has the resolvers written in it. */
const SERVERS = /graphql-yoga|^@apollo\/server|^apollo-server|^mercurius|^@graphql-tools\/schema|^graphql-http/;
/** Fields whose resolver gets the query to spread into the ORM's call first, the row second (Pothos, `@pothos/plugin-prisma` and `-drizzle`). */
const QUERY_FIRST = /^(prismaField|prismaFieldWithInput|prismaConnection|drizzleField|drizzleConnection|drizzleFieldWithInput)$/;

/** Resolvers of GraphQL: those of queries and mutations serve requests, those of other types' fields run for every row. */
export function findResolvers(found: FoundEntries, reader: ScriptReader): void {
  const { core } = found;
  if (![...core.packages.manifests.all].some((each) => [...each.dependencies.keys()].some((name) => /graphql|apollo|pothos|nexus|mercurius/.test(name)))) return;
  const walk = new ResolverWalk(found, reader);
  for (const uri of core.uris) {
    const facts = core.files.get(uri)!;
    if (facts.language === "typescript") walk.file(facts);
  }
}

class ResolverWalk {
  constructor(private readonly found: FoundEntries, private readonly reader: ScriptReader) {}

  file({ uri, declares }: FileFacts): void {
    const place: Place = { uri };
    for (const { name, value, annotation } of declares.values) {
      const type = resolversOf(annotation) ?? (value?.kind === "cast" ? resolversOf(value.annotation) : undefined);
      if (type !== undefined && value) this.type(place, type, value);
      else if (value) this.map(place, value);
      if (value) this.calls(place, value);
      // `export const Query = { orders }` in a folder of resolvers.
      if (type === undefined && value && ROOTS.test(name) && /resolver|graphql|schema/i.test(uri)) this.type(place, name, value);
    }
    // A file for each field: `export const orders: QueryResolvers["orders"] = async () => …`.
    for (const each of declares.functions) {
      const type = resolversOf(each.annotation);
      if (type !== undefined) this.resolver(`${uri}#${each.id}`, type, each.name, 0);
    }
    for (const call of declares.calls ?? []) this.calls(place, call);
    if (!declares.imports.some(({ module }) => SERVERS.test(module))) return;
    for (const [id, statements] of Object.entries(this.found.core.bodies(uri))) if (id !== "") forEachPlainExpression(statements, (node) => this.written(place, node));
  }

  /** `createSchema({ typeDefs, resolvers: { … } })` in a function. */
  private written(place: Place, node: Expression): void {
    if (node.kind === "function" || node.kind === "class") return;
    const resolvers = node.kind === "mapping" ? entryOf(node, "resolvers") : undefined;
    if (resolvers) return this.map(place, resolvers);
    forEachChild(node, (child) => this.written(place, child));
  }

  /** `{ Query: { orders }, Order: { lines } }`. */
  private map(place: Place, node: Expression): void {
    const mapping = node.kind === "cast" ? node.operand : node;
    if (mapping.kind !== "mapping" || !mapping.entries.some(({ key, value }) => key?.kind === "literal" && ROOTS.test(String(key.value)) && this.isTypeMap(place, value))) return;
    for (const { name, value, place: at } of this.reader.entries(place, mapping)) if (/^[A-Z]/.test(name)) this.type(at, name, value);
  }

  private isTypeMap(place: Place, node: Expression): boolean {
    const entries = this.reader.entries(place, node);
    return entries.length > 0 && entries.some((each) => each.value.kind !== "literal");
  }

  private type(place: Place, type: string, node: Expression): void {
    if (type === "" || /^(Resolvers|I)$/.test(type)) return this.map(place, node);
    for (const { name, value, place: at } of this.reader.entries(place, node)) {
      if (NO_FIELD.test(name)) continue;
      // `{ resolve, subscribe }`, as subscriptions and fields with more to say have it.
      const resolve = value.kind === "mapping" ? [entryOf(value, "resolve"), entryOf(value, "subscribe")] : [value];
      for (const each of resolve) for (const key of this.reader.handlers(at, each)) this.resolver(key, type, name, 0);
    }
  }

  private resolver(key: string, type: string, field: string, parent: number): void {
    if (!ROOTS.test(type)) return this.found.field(key, type, parent);
    const fn = this.found.core.functionByKey(key);
    if (fn) this.found.request(key, { methods: [], path: `${type}.${field}`, at: { uri: fn.uri, span: { start: fn.declaration.nameStart, end: fn.declaration.nameEnd } } });
  }

  /** Builders of schemas: their options hold resolvers, or functions that give fields with resolvers. */
  private calls(place: Place, node: Expression): void {
    if (node.kind === "function" || node.kind === "class") return;
    if (node.kind === "call" && TYPE_CALLS.test(calleeName(node))) return this.typeCall(place, node);
    if (node.kind === "call") for (const { value } of node.arguments) if (value.kind === "mapping") this.map(place, entryOf(value, "resolvers") ?? value);
    forEachChild(node, (child) => this.calls(place, child));
  }

  private typeCall(place: Place, call: Call): void {
    const name = calleeName(call);
    const type = this.typeOf(place, call, name);
    // `queryField("orders", …)`, `objectField("Order", "lines", …)`.
    const field = /^(query|mutation|subscription)Field$/.test(name) ? argument(call, 0) : /objectField$/i.test(name) ? argument(call, 1) : undefined;
    for (const { value } of call.arguments) this.fields(place, value, type, this.reader.text(place, field) ?? "", 0);
  }

  private typeOf(place: Place, call: Call, name: string): string {
    const root = /^(query|mutation|subscription|relayMutation)/.exec(name)?.[1];
    if (root !== undefined) return root === "query" ? "Query" : root === "subscription" ? "Subscription" : "Mutation";
    const options = call.arguments.map((each) => each.value).find((each) => each.kind === "mapping");
    const given = this.reader.text(place, entryOf(options, "name")) ?? this.reader.text(place, entryOf(options, "type")) ?? this.reader.text(place, argument(call, 0));
    return given ?? "object";
  }

  /** All `resolve` functions below, each with the field that it is of. */
  private fields(place: Place, node: Expression, type: string, field: string, depth: number): void {
    if (depth > 12) return;
    const inner = (child: Expression, name = field): void => this.fields(place, child, type, name, depth + 1);
    switch (node.kind) {
      case "function": {
        const fn = this.reader.closure(place.uri, node.function);
        if (!fn) return;
        const inside = this.reader.inside(fn, place);
        for (const statement of this.reader.statements(fn)) {
          if (statement.kind === "return" && statement.value) this.fields(inside, statement.value, type, field, depth + 1);
          if (statement.kind === "expression") this.fields(inside, statement.expression, type, field, depth + 1);
        }
        return;
      }
      case "mapping": {
        const resolve = entryOf(node, "resolve");
        if (resolve) for (const key of this.reader.handlers(place, resolve)) this.resolver(key, type, field || "field", 0);
        for (const { key, value } of node.entries) {
          const name = key?.kind === "literal" ? String(key.value) : "";
          if (/^(resolve|authScopes|args|input|description|type|nullable|errors|validate|isTypeOf|extensions|authorize|include|select|findUnique)$/.test(name)) continue;
          inner(value, name === "fields" || name === "definition" ? field : (key ? name : field));
        }
        return;
      }
      case "call": {
        const name = calleeName(node);
        const options = node.arguments.map((each) => each.value).find((each) => each.kind === "mapping");
        const resolve = options && entryOf(options, "resolve");
        const label = this.reader.text(place, argument(node, 0)) ?? field;
        if (resolve) {
          for (const key of this.reader.handlers(place, resolve)) this.resolver(key, type, label || name, QUERY_FIRST.test(name) ? 1 : 0);
          return;
        }
        for (const { value } of node.arguments) inner(value, label);
        return;
      }
      case "cast": return inner(node.operand);
      case "sequence": return node.items.forEach((each) => inner(each));
      default: return;
    }
  }
}

/** `Query` of `QueryResolvers`, `NonNullable<QueryResolvers["orders"]>`, `Resolvers["Query"]`; "" of a whole map. */
function resolversOf(annotation: Expression | undefined): string | undefined {
  switch (annotation?.kind) {
    case "name":
    case "attribute": {
      const name = annotation.name;
      if (/^I?Resolvers$/.test(name)) return "";
      return RESOLVERS.exec(name)?.[1];
    }
    case "subscript": {
      const name = nameOf(annotation.object);
      if (/^I?Resolvers$/.test(name)) return "";
      if (/^(NonNullable|Required|Partial|Exclude|Extract|Pick|Omit)$/.test(name)) return resolversOf(annotation.index.kind === "sequence" ? annotation.index.items[0] : annotation.index);
      return RESOLVERS.exec(name)?.[1];
    }
    // `QueryResolvers["orders"]`
    case "opaque": {
      const [object, index] = annotation.parts;
      if (!object) return undefined;
      return resolversOf(object) === "" ? (index?.kind === "literal" ? String(index.value) : "") : resolversOf(object);
    }
    default: return undefined;
  }
}
