import type { AttributeDeclaration } from "../../../facts";
import type { ClassRef, ProjectCore } from "../../../project";
import { targetOf } from "../../script/decorated-entities";
import { columnOf, isColumnDecorator, isEmbedding, unknownColumn } from "./columns";
import { ormDecorators, type OrmDecorator } from "../../script/decorators";
import type { EntityDraft } from "./drafts";
import { indexOf } from "./indexes";
import { snake } from "../../script/names";
import { argument, mappingOf, property, textOf } from "../../script/literals";
import { isRelationDecorator, relationOf } from "./relations";
import { typeormExport, typeormName } from "./names";

/** What a class declares as an entity; undefined for every other class. */
export function draftOfClass(core: ProjectCore, ref: ClassRef): EntityDraft | undefined {
  if (ref.declaration.form !== undefined) return undefined;
  const { known } = ormDecorators(core, typeormExport, ref.uri, ref.declaration.decorators);
  const decorator = known.find(({ name }) => name === "Entity" || name === "ChildEntity" || name === "ViewEntity");
  if (!decorator) return undefined;
  const table = decorator.name === "ChildEntity" ? tableOfBase(core, ref) : tableNamed(core, decorator);
  const draft: EntityDraft = {
    key: ref.key,
    name: ref.declaration.name,
    ...(table !== undefined && { table }),
    ref,
    declaredAt: { uri: ref.uri, span: { start: ref.declaration.nameStart, end: ref.declaration.nameEnd } },
    form: decorator.name === "ViewEntity" ? "view" : "table",
    sharesTable: decorator.name === "ChildEntity",
    columns: new Map(), relations: new Map(), indexes: [], ordering: orderOf(core, decorator), incomplete: false, unread: new Set(),
  };
  for (const ancestor of [...core.ancestors(ref)].reverse()) {
    if ("class" in ancestor) readClass(core, ancestor.class, draft, "", ref);
    // What another package's class declares is not seen.
    else if (typeormName(ancestor.external) !== "BaseEntity") draft.incomplete = true;
  }
  return draft;
}

/** `@Entity("orders")`, `@Entity({ name: TableNames.Orders })`. A child's own name says which rows are its. */
function tableNamed(core: ProjectCore, { name, call, uri }: OrmDecorator): string | undefined {
  if (name !== "Entity") return undefined;
  return textOf(core, argument(call, 0, uri)) ?? [0, 1].map((at) => textOf(core, property(core, argument(call, at, uri), "name"))).find((each) => each !== undefined);
}

/** The table of the class that a child's rows share it with (documentation: *Entity Inheritance*, single table inheritance). */
function tableOfBase(core: ProjectCore, ref: ClassRef): string | undefined {
  const bases = core.ancestors(ref).flatMap((each) => ("class" in each && each.class.key !== ref.key ? [each.class] : []));
  for (const base of bases.reverse()) {
    const entity = ormDecorators(core, typeormExport, base.uri, base.declaration.decorators).known.find(({ name }) => name === "Entity");
    if (entity) return tableNamed(core, entity) ?? snake(base.declaration.name);
  }
  return undefined;
}

/** The columns, relations and indexes that one class declares itself. */
function readClass(core: ProjectCore, ref: ClassRef, draft: EntityDraft, prefix: string, owner: ClassRef): void {
  const { uri, declaration } = ref;
  for (const attribute of declaration.attributes) {
    if (!attribute.isStatic && attribute.decorators?.length) readProperty(core, attribute, uri, draft, prefix, owner);
  }
  if (prefix !== "") return;
  for (const decorator of ormDecorators(core, typeormExport, uri, declaration.decorators).known) {
    const index = indexOf(core, decorator, undefined);
    if (index) draft.indexes.push(index);
  }
}

function readProperty(core: ProjectCore, attribute: AttributeDeclaration, uri: string, draft: EntityDraft, prefix: string, owner: ClassRef): void {
  const { known, hasUnread } = ormDecorators(core, typeormExport, uri, attribute.decorators);
  const name = prefix + attribute.name;
  const column = known.find(isColumnDecorator);
  const relation = known.find(isRelationDecorator);
  if (hasUnread) draft.unread.add(name);
  const embedding = column && isEmbedding(core, column);
  if (embedding) {
    const target = targetOf(core, embedding);
    if (target === undefined || typeof target === "string") return;
    // A class embedded in itself would have no end.
    if (prefix.split(".").length > 4) return;
    for (const ancestor of [...core.ancestors(target)].reverse()) if ("class" in ancestor) readClass(core, ancestor.class, draft, `${name}.`, owner);
    return;
  }
  if (relation) {
    if (prefix === "") draft.relations.set(name, relationOf(core, relation, known, attribute, uri, owner));
  } else if (column) draft.columns.set(name, columnOf(core, column, attribute, uri, prefix));
  else if (hasUnread && known.length === 0) draft.columns.set(name, unknownColumn(attribute, uri, prefix));
  for (const decorator of known) {
    const index = indexOf(core, decorator, name);
    if (index) draft.indexes.push(index);
  }
}

/** `@Entity({ orderBy: { createdAt: "DESC" } })`: the order of every find that asks for none. */
function orderOf(core: ProjectCore, decorator: OrmDecorator): readonly string[] {
  const options = [0, 1].map((at) => argument(decorator.call, at, decorator.uri)).find((each) => each && mappingOf(core, each));
  const order = property(core, options, "orderBy");
  const mapping = order && mappingOf(core, order);
  if (!mapping) return [];
  return mapping.expression.entries.flatMap(({ key, value }) => {
    if (key?.kind !== "literal") return [];
    return [`${textOf(core, { uri: mapping.uri, expression: value })?.toUpperCase() === "DESC" ? "-" : ""}${String(key.value)}`];
  });
}
