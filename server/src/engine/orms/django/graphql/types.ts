import type { Expression } from "../../../facts";
import { lastName } from "../../../flow/attributes";
import type { Machine } from "../../../flow/machine";
import type { ClassRef, FunctionRef } from "../../../project";

/** A field of a GraphQL type that code of the user's resolves. */
export interface ResolvedField {
  readonly resolver: FunctionRef;
  /** The type of its rows, where it gives many; otherwise what it gives is not followed. */
  readonly rows?: ClassRef;
  /** It gives a page (a relay connection). */
  readonly isPaged: boolean;
}

export type Schema = "graphene" | "strawberry";

const GRAPHENE = /^graphene(_django)?\.(\w+\.)*(ObjectType|DjangoObjectType|Interface|AbstractType)$/;
const STRAWBERRY = /^strawberry(_django|\.django)?\.(\w+\.)*(type|interface)$/;

/** Which library makes a GraphQL type of a class. */
export function schemaOf(m: Machine, ref: ClassRef): Schema | undefined {
  if (m.project.ancestors(ref).some((ancestor) => "external" in ancestor && GRAPHENE.test(ancestor.external))) return "graphene";
  const isStrawberry = ref.declaration.decorators.some((decorator) => {
    const symbol = m.project.resolveExpression(ref.uri, decorator.kind === "call" ? decorator.callee : decorator);
    return symbol?.kind === "external" && STRAWBERRY.test(symbol.name);
  });
  return isStrawberry ? "strawberry" : undefined;
}

/** The types of graphene-django and strawberry-django whose objects are rows of a model: they are resolved from what a list gives. */
export function isRowType(m: Machine, ref: ClassRef): boolean {
  if (m.project.ancestors(ref).some((ancestor) => "external" in ancestor && ancestor.external.endsWith("DjangoObjectType"))) return true;
  return ref.declaration.decorators.some((decorator) => {
    const symbol = decorator.kind === "call" ? m.project.resolveExpression(ref.uri, decorator.callee) : undefined;
    return symbol?.kind === "external" && /^strawberry(_django|\.django)/.test(symbol.name);
  });
}

/** The fields of a type that have a resolver of the user's. */
export function resolvedFields(m: Machine, ref: ClassRef, schema: Schema): readonly ResolvedField[] {
  return schema === "graphene" ? grapheneFields(m, ref) : strawberryFields(m, ref);
}

/** `books = graphene.List(BookType)` with `resolve_books` (*ObjectType: Resolvers*). */
function grapheneFields(m: Machine, ref: ClassRef): readonly ResolvedField[] {
  const found = new Map<string, ResolvedField>();
  for (const ancestor of m.project.ancestors(ref)) {
    if (!("class" in ancestor)) continue;
    for (const { name } of ancestor.class.declaration.methods) {
      if (!name.startsWith("resolve_") || found.has(name)) continue;
      const resolver = m.project.method(ref, name);
      if (!resolver) continue;
      const attribute = m.project.attribute(ref, name.slice("resolve_".length));
      const type = attribute?.attribute.value && manyOf(m, attribute.uri, attribute.attribute.value);
      found.set(name, { resolver, rows: type?.ref, isPaged: type?.isPaged ?? false });
    }
  }
  return [...found.values()];
}

/** The type in `graphene.List(graphene.NonNull(BookType))`, `DjangoFilterConnectionField(BookType)`; lambdas put off the look-up of a name. */
function manyOf(m: Machine, uri: string, field: Expression): { readonly ref: ClassRef; readonly isPaged: boolean } | undefined {
  if (field.kind !== "call") return undefined;
  const name = lastName(field.callee);
  const first = field.arguments.find((argument) => argument.name === undefined && !argument.spread)?.value;
  if (!first) return undefined;
  if (name === "NonNull" || name === "Field") return manyOf(m, uri, first);
  if (!/^(List|DjangoListField|DjangoConnectionField|DjangoFilterConnectionField|ConnectionField)$/.test(name)) return undefined;
  const ref = typeIn(m, uri, first);
  return ref && { ref, isPaged: name.endsWith("ConnectionField") };
}

function typeIn(m: Machine, uri: string, expression: Expression): ClassRef | undefined {
  if (expression.kind === "call" && lastName(expression.callee) === "NonNull" && expression.arguments[0]) return typeIn(m, uri, expression.arguments[0].value);
  if (expression.kind === "lambda") return "kind" in expression.body ? typeIn(m, uri, expression.body as Expression) : undefined;
  if (expression.kind === "subscript") return undefined;
  const symbol = expression.kind === "name" || expression.kind === "attribute" ? m.project.resolveExpression(uri, expression) : undefined;
  return symbol?.kind === "class" ? symbol.class : undefined;
}

/** Methods with `@strawberry.field`; one that says what it needs (`prefetch_related=`) is served by the optimizer of strawberry-django. */
function strawberryFields(m: Machine, ref: ClassRef): readonly ResolvedField[] {
  return ref.declaration.methods.flatMap((declaration): ResolvedField[] => {
    const field = declaration.decorators.find((decorator) => lastName(decorator) === "field");
    if (!field || (field.kind === "call" && field.arguments.some(({ name }) => name !== undefined && /^(only|select_related|prefetch_related|annotate)$/.test(name)))) return [];
    const symbol = m.project.resolveExpression(ref.uri, field.kind === "call" ? field.callee : field);
    const resolver = m.project.method(ref, declaration.name);
    if (symbol?.kind !== "external" || !symbol.name.startsWith("strawberry") || !resolver) return [];
    const { returns } = declaration;
    const rows = returns?.kind === "subscript" && /^(list|List|Iterable|Sequence)$/.test(lastName(returns.object)) ? typeIn(m, ref.uri, returns.index) : undefined;
    return [{ resolver, rows, isPaged: false }];
  });
}
