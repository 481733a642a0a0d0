import type { AttributeDeclaration } from "../../../facts";
import type { ProjectCore } from "../../../project";
import { targetOf, type RelationKind } from "../../script/decorated-entities";
import type { ColumnDraft, EntityDraft, RelationDraft } from "./drafts";
import { argument, isFalseAt, isTrueAt, mappingOf, property, settled, textOf, textsOf, type Scoped } from "../../script/literals";
import { typeormExport } from "./names";

/** `export const UserSchema = new EntitySchema<User>({ name: "User", columns: {…} })` (TypeORM: *Separating entity definition*). */
export function draftOfValue(core: ProjectCore, uri: string, value: AttributeDeclaration): EntityDraft | undefined {
  const call = value.value;
  if (call?.kind !== "call" || typeormExport(core.resolveExpression(uri, call.callee)) !== "EntitySchema") return undefined;
  const options = argument(call, 0, uri);
  if (!options) return undefined;
  const target = property(core, options, "target");
  const ref = target && targetOf(core, target);
  const name = textOf(core, property(core, options, "name")) ?? (typeof ref === "object" ? ref.declaration.name : value.name);
  const declaredAt = { uri, span: { start: value.nameStart, end: value.nameEnd } };
  const table = textOf(core, property(core, options, "tableName"));
  const draft: EntityDraft = {
    ...(table !== undefined && { table }),
    key: `${uri}#${value.name}`, name, declaredAt, form: textOf(core, property(core, options, "type")) === "view" ? "view" : "table",
    ...(typeof ref === "object" && { ref }),
    columns: new Map(), relations: new Map(), indexes: [], ordering: [], incomplete: property(core, options, "extends") !== undefined, unread: new Set(),
  };
  for (const each of entriesOf(core, property(core, options, "columns"), draft)) draft.columns.set(each.name, columnOf(core, each));
  for (const each of entriesOf(core, property(core, options, "relations"), draft)) draft.relations.set(each.name, relationOf(core, each));
  for (const [key, source] of [["indices", "meta-index"], ["uniques", "constraint"]] as const) {
    const list = property(core, options, key);
    const found = list && settled(core, list);
    if (found?.expression.kind !== "sequence") continue;
    for (const item of found.expression.items) {
      const each: Scoped = { uri: found.uri, expression: item };
      draft.indexes.push({
        name: textOf(core, property(core, each, "name")), columns: textsOf(core, property(core, each, "columns")), unique: source === "constraint" || isTrueAt(core, each, "unique"),
        partial: property(core, each, "where") !== undefined, isPlain: !["spatial", "fulltext"].some((kind) => property(core, each, kind) !== undefined), source,
        declaredAt: { uri: found.uri, span: { start: item.start, end: item.end } }, declaration: { uri: found.uri, expression: item },
      });
    }
  }
  return draft;
}

interface Entry {
  readonly name: string;
  readonly options: Scoped;
  readonly declaredAt: ColumnDraft["declaredAt"];
}

function entriesOf(core: ProjectCore, scoped: Scoped | undefined, draft: EntityDraft): readonly Entry[] {
  const mapping = scoped && mappingOf(core, scoped);
  if (!mapping) return [];
  return mapping.expression.entries.flatMap(({ key, value }) => {
    const own = { uri: mapping.uri, expression: value };
    // Columns that several schemas share: `…BaseColumns`.
    if (key === undefined) {
      if (!mappingOf(core, own)) draft.incomplete = true;
      return entriesOf(core, own, draft);
    }
    if (key.kind !== "literal") return [];
    return [{ name: String(key.value), options: own, declaredAt: { uri: mapping.uri, span: { start: key.start, end: key.end } } }];
  });
}

const NATIVE: Readonly<Record<string, string>> = { String: "varchar", Number: "int", Boolean: "boolean", Date: "timestamp" };

function columnOf(core: ProjectCore, { name, options, declaredAt }: Entry): ColumnDraft {
  const type = property(core, options, "type");
  const written = type && settled(core, type).expression;
  const choices = property(core, options, "enum");
  const list = choices && settled(core, choices).expression;
  return {
    name,
    columnName: textOf(core, property(core, options, "name")),
    type: isTrueAt(core, options, "createDate") || isTrueAt(core, options, "updateDate") ? "timestamp" : (type && textOf(core, type)) ?? (written?.kind === "name" ? NATIVE[written.name] : undefined) ?? "unknown",
    nullable: isTrueAt(core, options, "nullable"), unique: isTrueAt(core, options, "unique"), primary: isTrueAt(core, options, "primary"),
    hasChoices: choices !== undefined, ...(list?.kind === "sequence" && { choices: list.items.length }), isHidden: false, declaredAt,
    call: { uri: options.uri, expression: options.expression },
  };
}

function relationOf(core: ProjectCore, { name, options, declaredAt }: Entry): RelationDraft {
  const target = property(core, options, "target");
  const kind = (textOf(core, property(core, options, "type")) ?? "many-to-one") as RelationKind;
  const join = property(core, options, "joinColumn") ?? property(core, options, "joinTable");
  return {
    name, kind, target: target && targetOf(core, target),
    inverse: textOf(core, property(core, options, "inverseSide")),
    isOwner: kind === "many-to-one" || (kind !== "one-to-many" && join !== undefined),
    joinColumns: [textOf(core, property(core, join, "name"))].filter((each) => each !== undefined),
    nullable: !isFalseAt(core, options, "nullable"), primary: isTrueAt(core, options, "primary"),
    eager: isTrueAt(core, options, "eager"), lazy: isTrueAt(core, options, "lazy"),
    onDelete: textOf(core, property(core, options, "onDelete"))?.toUpperCase(), hasConstraint: true, declaredAt,
    call: { uri: options.uri, expression: options.expression },
  };
}
