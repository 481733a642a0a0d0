import type { AttributeDeclaration } from "../../../facts";
import type { ClassRef, ProjectCore } from "../../../project";
import { propertyNamed, targetOf, type RelationKind } from "../../script/decorated-entities";
import type { OrmDecorator } from "../../script/decorators";
import type { RelationDraft } from "./drafts";
import { argument, isFalseAt, isTrueAt, mappingOf, property, settled, textOf } from "../../script/literals";

const KINDS: Readonly<Record<string, RelationKind>> = {
  ManyToOne: "many-to-one", OneToMany: "one-to-many", OneToOne: "one-to-one", ManyToMany: "many-to-many", TreeParent: "many-to-one", TreeChildren: "one-to-many",
};

export function isRelationDecorator({ name }: OrmDecorator): boolean {
  return name in KINDS;
}

/** The relation that the decorators of a property make. */
export function relationOf(core: ProjectCore, decorator: OrmDecorator, all: readonly OrmDecorator[], attribute: AttributeDeclaration, uri: string, owner: ClassRef): RelationDraft {
  const { call, name } = decorator;
  const isTree = name === "TreeParent" || name === "TreeChildren";
  const first = argument(call, 0, decorator.uri);
  const second = argument(call, 1, decorator.uri);
  const third = argument(call, 2, decorator.uri);
  const options = [third, second, first].find((each) => each && mappingOf(core, each));
  const kind = KINDS[name];
  const join = all.find((each) => each.name === "JoinColumn" || each.name === "JoinTable");
  return {
    name: attribute.name,
    kind,
    target: isTree ? owner : first && targetOf(core, first),
    inverse: second && second !== options ? propertyNamed(core, second) : undefined,
    isOwner: kind === "many-to-one" || (kind !== "one-to-many" && join !== undefined),
    joinColumns: join?.name === "JoinColumn" ? joinColumnsOf(core, join) : [],
    // `nullable` is true by default (TypeORM: *Relation options*).
    nullable: !isFalseAt(core, options, "nullable") && !all.some((each) => each.name === "PrimaryColumn"),
    primary: isTrueAt(core, options, "primary") || all.some((each) => each.name === "PrimaryColumn"),
    eager: isTrueAt(core, options, "eager"),
    lazy: isTrueAt(core, options, "lazy") || isPromise(attribute),
    onDelete: textOf(core, property(core, options, "onDelete"))?.toUpperCase(),
    hasConstraint: !isFalseAt(core, options, "createForeignKeyConstraints"),
    declaredAt: { uri, span: { start: attribute.nameStart, end: attribute.nameEnd } },
    ...(call && !decorator.isWrapped && { call: { uri: decorator.uri, expression: call } }),
  };
}

/** A relation is lazy when its property is a `Promise` (TypeORM: *Lazy relations*; `RelationMetadata.isLazy`). */
function isPromise({ annotation }: AttributeDeclaration): boolean {
  return annotation?.kind === "subscript" && annotation.object.kind === "name" && annotation.object.name === "Promise";
}

/** `@JoinColumn({ name: "author_id" })`, `@JoinColumn([{ name: "a" }, { name: "b" }])`. */
function joinColumnsOf(core: ProjectCore, { call, uri }: OrmDecorator): readonly string[] {
  const first = argument(call, 0, uri);
  if (!first) return [];
  const { uri: at, expression } = settled(core, first);
  const each = expression.kind === "sequence" ? expression.items.map((item) => ({ uri: at, expression: item })) : [first];
  return each.flatMap((options) => textOf(core, property(core, options, "name")) ?? []);
}

