import type { AttributeDeclaration } from "../../../facts";
import type { ClassRef, ProjectCore } from "../../../project";
import { targetOf } from "../../script/decorated-entities";
import { ormDecorators, type OrmDecorator } from "../../script/decorators";
import { argument, isTrueAt, property, settled, textOf, textsOf } from "../../script/literals";
import { columnOf, isColumnDecorator, optionsOf } from "./columns";
import type { EntityDraft, IndexDraft } from "./drafts";
import { mikroExport, mikroName } from "./names";
import { isRelationDecorator, relationOf } from "./relations";

const HOOKS: ReadonlySet<string> = new Set(["BeforeCreate", "AfterCreate", "BeforeUpdate", "AfterUpdate", "BeforeUpsert", "AfterUpsert", "BeforeDelete", "AfterDelete"]);

/** What a class declares as an entity; undefined for every other class, abstract bases among them. */
export function draftOfClass(core: ProjectCore, ref: ClassRef): EntityDraft | undefined {
  if (ref.declaration.form !== undefined) return undefined;
  const decorator = ormDecorators(core, mikroExport, ref.uri, ref.declaration.decorators).known.find(({ name }) => name === "Entity");
  if (!decorator) return undefined;
  const options = optionsOf(core, decorator);
  if (isTrueAt(core, options, "abstract")) return undefined;
  const table = textOf(core, property(core, options, "tableName"));
  const draft: EntityDraft = {
    ...(table !== undefined && { table }),
    key: ref.key, name: ref.declaration.name, ref, declaredAt: { uri: ref.uri, span: { start: ref.declaration.nameStart, end: ref.declaration.nameEnd } },
    isView: property(core, options, "expression") !== undefined, columns: new Map(), relations: new Map(), indexes: [], hooks: new Set(), incomplete: false,
  };
  for (const ancestor of [...core.ancestors(ref)].reverse()) {
    if ("class" in ancestor) readClass(core, ancestor.class, draft, "");
    // What another package's class declares is not seen.
    else if (mikroName(ancestor.external) === undefined) draft.incomplete = true;
  }
  return draft;
}

function readClass(core: ProjectCore, ref: ClassRef, draft: EntityDraft, prefix: string): void {
  const { uri, declaration } = ref;
  for (const attribute of declaration.attributes) if (!attribute.isStatic && attribute.decorators?.length) readProperty(core, attribute, uri, draft, prefix);
  if (prefix !== "") return;
  for (const decorator of ormDecorators(core, mikroExport, uri, declaration.decorators).known) {
    const index = indexOf(core, decorator, undefined);
    if (index) draft.indexes.push(index);
  }
  for (const method of declaration.methods) {
    for (const { name } of ormDecorators(core, mikroExport, uri, method.decorators).known) if (HOOKS.has(name)) draft.hooks.add(name);
  }
}

function readProperty(core: ProjectCore, attribute: AttributeDeclaration, uri: string, draft: EntityDraft, prefix: string): void {
  const { known } = ormDecorators(core, mikroExport, uri, attribute.decorators);
  const embedded = known.find(({ name }) => name === "Embedded");
  if (embedded) {
    const first = argument(embedded.call, 0, embedded.uri);
    const target = first && targetOf(core, first);
    if (target === undefined || typeof target === "string" || prefix.split(".").length > 4) return;
    for (const ancestor of [...core.ancestors(target)].reverse()) if ("class" in ancestor) readClass(core, ancestor.class, draft, `${prefix}${attribute.name}.`);
    return;
  }
  const relation = known.find(isRelationDecorator);
  const column = known.find(isColumnDecorator);
  if (relation) {
    if (prefix === "") draft.relations.set(attribute.name, relationOf(core, relation, attribute, uri));
  } else if (column) {
    const made = columnOf(core, column, attribute, uri, prefix);
    if (made) draft.columns.set(made.name, made);
  }
  for (const decorator of known) {
    const index = indexOf(core, decorator, prefix + attribute.name);
    if (index) draft.indexes.push(index);
  }
}

/** `@Index({ properties: ["author", "createdAt"] })`, `@Unique()`; on a property it speaks of that. */
function indexOf(core: ProjectCore, decorator: OrmDecorator, own: string | undefined): IndexDraft | undefined {
  if (decorator.name !== "Index" && decorator.name !== "Unique") return undefined;
  const options = optionsOf(core, decorator);
  const properties = property(core, options, "properties");
  const one = properties && textOf(core, properties);
  const columns = one !== undefined ? [one] : properties ? textsOf(core, properties) : own !== undefined ? [own] : undefined;
  const type = property(core, options, "type");
  return {
    name: textOf(core, property(core, options, "name")), columns, unique: decorator.name === "Unique",
    // An expression of SQL, a full-text index.
    isPlain: property(core, options, "expression") === undefined && (type === undefined || settled(core, type).expression.kind !== "literal"),
    onProperty: own !== undefined,
    ...(!decorator.isWrapped && { declaredAt: { uri: decorator.uri, span: { start: decorator.written.start, end: decorator.written.end } }, declaration: { uri: decorator.uri, expression: decorator.written } }),
  };
}
