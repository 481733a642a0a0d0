import type { Call } from "../../../facts";
import type { Query } from "../../../flow";
import type { ProjectModel } from "../../../project";

/** A find as it is written: where its conditions and its options stand among the arguments. */
export interface WrittenFind {
  readonly uri: string;
  readonly call: Call;
  readonly name: string;
  /** The place of the conditions; absent for `findAll`, whose options have them. */
  readonly where?: number;
  readonly options: number;
}

/** The find that a query comes from; undefined where it is no plain call. */
export function findOf(query: Query, project: ProjectModel | undefined): WrittenFind | undefined {
  const [step] = query.origin.steps;
  if (!project || !step || query.origin.steps.length !== 1 || query.joined) return undefined;
  const { call, uri, name } = step;
  const first = call.arguments[0]?.value;
  const symbol = first && (first.kind === "name" || first.kind === "attribute") ? project.resolveExpression(uri, first) : undefined;
  // `em.find(Book, where, options)`, `books.find(where, options)`
  const entity = project.entity(query.entity);
  // An entity is a class, or what `defineEntity` and `EntitySchema` make.
  const isEntity = symbol?.kind === "class" ? project.entityOfClass(symbol.class)?.key === query.entity
    : symbol?.kind === "value" && symbol.uri === entity?.declaredAt?.uri && symbol.value.nameStart === entity.declaredAt.span.start;
  const from = isEntity ? 1 : 0;
  if (name === "findAll") return { uri, call, name, options: from };
  return /^(find|findOne|findOneOrFail|findAndCount|findByCursor)$/.test(name) ? { uri, call, name, where: from, options: from + 1 } : undefined;
}
