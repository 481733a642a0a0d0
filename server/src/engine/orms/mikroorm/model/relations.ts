import type { AttributeDeclaration, Expression } from "../../../facts";
import type { ClassRef, ProjectCore } from "../../../project";
import { propertyNamed, targetOf, type RelationKind } from "../../script/decorated-entities";
import type { OrmDecorator } from "../../script/decorators";
import { argument, isFalseAt, isTrueAt, mappingOf, property, textOf, type Scoped } from "../../script/literals";
import { isOn, optionsOf } from "./columns";
import type { RelationDraft } from "./drafts";
import { strategyIn, type Strategy } from "./loading";

const KINDS: Readonly<Record<string, RelationKind>> = { ManyToOne: "many-to-one", OneToMany: "one-to-many", OneToOne: "one-to-one", ManyToMany: "many-to-many" };

export function isRelationDecorator({ name }: OrmDecorator): boolean {
  return name in KINDS;
}

/** The relation that a decorator makes of a property (MikroORM: *Modeling Entity Relationships*). */
export function relationOf(core: ProjectCore, decorator: OrmDecorator, attribute: AttributeDeclaration, uri: string): RelationDraft {
  const { call } = decorator;
  const kind = KINDS[decorator.name];
  const first = argument(call, 0, decorator.uri);
  const options = optionsOf(core, decorator);
  const target = first && !mappingOf(core, first) ? targetOf(core, first) : targetAt(core, options) ?? (attribute.annotation && annotated(core, uri, attribute.annotation));
  const second = argument(call, 1, decorator.uri);
  const mapped = property(core, options, "mappedBy") ?? (kind === "one-to-many" && second && second !== options ? second : undefined);
  const inversed = property(core, options, "inversedBy") ?? (kind !== "one-to-many" && second && second !== options ? second : undefined);
  const isMapped = mapped !== undefined;
  // `@ManyToMany(() => Tag, "books", { owner: true })`: the second argument is the other side's name either way.
  const isOwner = kind === "many-to-one" || (kind !== "one-to-many" && !isMapped && (isTrueAt(core, options, "owner") || property(core, options, "inversedBy") !== undefined || (kind === "many-to-many" ? second === undefined || second === options : second === undefined || second === options)));
  return {
    name: attribute.name, kind, target,
    inverse: propertyNamed(core, mapped ?? inversed),
    isOwner,
    columnName: textOf(core, property(core, options, "fieldName") ?? property(core, options, "joinColumn")),
    nullable: isTrueAt(core, options, "nullable") || attribute.isOptional === true,
    primary: isTrueAt(core, options, "primary"),
    eager: isTrueAt(core, options, "eager"),
    unique: isOn(core, options, "unique"),
    ...strategyOf(core, options),
    ...(isOn(core, options, "index") ? { index: true } : isFalseAt(core, options, "index") ? { index: false } : {}),
    onDelete: textOf(core, property(core, options, "deleteRule") ?? property(core, options, "onDelete"))?.toLowerCase(),
    declaredAt: { uri, span: { start: attribute.nameStart, end: attribute.nameEnd } },
    ...(call && !decorator.isWrapped && { call: { uri: decorator.uri, expression: call } }),
  };
}

/** `strategy: LoadStrategy.JOINED` of one relation. */
export function strategyOf(core: ProjectCore, options: Scoped | undefined): { readonly strategy?: Strategy | "unknown" } {
  const given = property(core, options, "strategy");
  return given ? { strategy: strategyIn(given.expression) } : {};
}

function targetAt(core: ProjectCore, options: Scoped | undefined): ClassRef | string | undefined {
  const entity = property(core, options, "entity");
  return entity && targetOf(core, entity);
}

/** `author!: Ref<Author>`, `books = new Collection<Book>(this)`: reflection finds the class. */
function annotated(core: ProjectCore, uri: string, annotation: Expression): ClassRef | undefined {
  if (annotation.kind === "subscript") {
    const inner = annotation.index.kind === "sequence" ? annotation.index.items[0] : annotation.index;
    return annotated(core, uri, inner);
  }
  if (annotation.kind === "binary") return annotated(core, uri, annotation.left) ?? annotated(core, uri, annotation.right);
  if (annotation.kind !== "name") return undefined;
  const symbol = core.resolveExpression(uri, annotation);
  return symbol?.kind === "class" ? symbol.class : undefined;
}
