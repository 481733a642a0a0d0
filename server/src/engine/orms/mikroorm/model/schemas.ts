import type { AttributeDeclaration, Call, Expression } from "../../../facts";
import type { ProjectCore } from "../../../project";
import { targetOf, type RelationKind } from "../../script/decorated-entities";
import { argument, isFalseAt, isTrueAt, mappingOf, property, returnedBy, settled, textOf, textsOf, type Scoped } from "../../script/literals";
import { contentOf, isOn, typeText } from "./columns";
import type { ColumnDraft, EntityDraft, RelationDraft } from "./drafts";
import { strategyIn } from "./loading";
import { mikroExport } from "./names";
import { strategyOf } from "./relations";

const KINDS: Readonly<Record<string, RelationKind>> = { "m:1": "many-to-one", "1:m": "one-to-many", "1:1": "one-to-one", "m:n": "many-to-many", manyToOne: "many-to-one", oneToMany: "one-to-many", oneToOne: "one-to-one", manyToMany: "many-to-many" };

/** `export const BookSchema = new EntitySchema({ … })`, `export const Book = defineEntity({ … })`: what it declares. */
export function draftOfValue(core: ProjectCore, uri: string, declaration: AttributeDeclaration): EntityDraft | undefined {
  const call = declaration.value?.kind === "cast" ? declaration.value.operand : declaration.value;
  if (call?.kind !== "call") return undefined;
  const made = mikroExport(core.resolveExpression(uri, call.callee));
  if (made !== "EntitySchema" && made !== "defineEntity") return undefined;
  const options = argument(call, 0, uri);
  if (!options || !mappingOf(core, options) || isTrueAt(core, options, "abstract")) return undefined;
  const own = property(core, options, "class");
  const target = own && targetOf(core, own);
  const ref = target !== undefined && typeof target !== "string" ? target : undefined;
  const table = textOf(core, property(core, options, "tableName"));
  const draft: EntityDraft = {
    ...(table !== undefined && { table }),
    key: `${uri}#${declaration.name}`, name: ref?.declaration.name ?? textOf(core, property(core, options, "name")) ?? declaration.name, ...(ref && { ref }),
    declaredAt: { uri, span: { start: declaration.nameStart, end: declaration.nameEnd } }, isView: false, columns: new Map(), relations: new Map(), indexes: [], hooks: new Set(), incomplete: property(core, options, "extends") !== undefined,
  };
  readProperties(core, property(core, options, "properties"), draft);
  for (const [key, unique] of [["indexes", false], ["uniques", true]] as const) readIndexes(core, property(core, options, key), unique, draft);
  return draft;
}

function readProperties(core: ProjectCore, properties: Scoped | undefined, draft: EntityDraft): void {
  if (!properties) return;
  const given = settled(core, properties);
  // `properties: (p) => ({ id: p.integer().primary() })`
  const returned = given.expression.kind === "function" ? returnedBy(core, given) : undefined;
  const mapping = mappingOf(core, returned ?? given);
  if (!mapping) {
    draft.incomplete = true;
    return;
  }
  for (const { key, value } of mapping.expression.entries) {
    if (key?.kind !== "literal") {
      draft.incomplete = true;
      continue;
    }
    const place = { uri: mapping.uri, span: { start: key.start, end: key.end } };
    const inner = value.kind === "function" ? returnedBy(core, { uri: mapping.uri, expression: value }) : undefined;
    const node: Scoped = inner ?? { uri: mapping.uri, expression: value };
    if (node.expression.kind === "mapping") fromOptions(core, String(key.value), node, place, draft);
    else fromChain(core, String(key.value), node, place, draft);
  }
}

/** `title: { type: "string", unique: true }`, `author: { kind: "m:1", entity: () => Author }`. */
function fromOptions(core: ProjectCore, name: string, options: Scoped, declaredAt: ColumnDraft["declaredAt"], draft: EntityDraft): void {
  const kind = KINDS[textOf(core, property(core, options, "kind") ?? property(core, options, "reference")) ?? ""];
  const call = { uri: options.uri, expression: options.expression };
  if (kind) {
    const entity = property(core, options, "entity");
    const mapped = textOf(core, property(core, options, "mappedBy"));
    draft.relations.set(name, {
      name, kind, target: entity && targetOf(core, entity), inverse: mapped ?? textOf(core, property(core, options, "inversedBy")), isOwner: kind === "many-to-one" || (kind !== "one-to-many" && mapped === undefined), nullable: isTrueAt(core, options, "nullable"),
      primary: isTrueAt(core, options, "primary"), eager: isTrueAt(core, options, "eager"), unique: isOn(core, options, "unique"), ...strategyOf(core, options), ...(isOn(core, options, "index") ? { index: true } : isFalseAt(core, options, "index") ? { index: false } : {}),
      onDelete: textOf(core, property(core, options, "deleteRule") ?? property(core, options, "onDelete"))?.toLowerCase(), declaredAt, call,
    });
    return;
  }
  if (isFalseAt(core, options, "persist")) return;
  const written = property(core, options, "columnType") ?? property(core, options, "type");
  const type = (written && typeText(core, written)) ?? (property(core, options, "enum") ? "enum" : "unknown");
  draft.columns.set(name, {
    name, type, holds: contentOf(type), nullable: isTrueAt(core, options, "nullable"), unique: isOn(core, options, "unique"), index: isOn(core, options, "index"), primary: isTrueAt(core, options, "primary"),
    hasChoices: isTrueAt(core, options, "enum"), isHidden: isTrueAt(core, options, "lazy"), declaredAt, call,
  });
}

interface Step {
  readonly name: string;
  readonly call: Call;
}

/** `p.string().length(200).unique()`, `() => p.manyToOne(Author).inversedBy("books")`. */
function fromChain(core: ProjectCore, name: string, node: Scoped, declaredAt: ColumnDraft["declaredAt"], draft: EntityDraft): void {
  const steps = chainOf(node.expression);
  const [first, ...rest] = steps;
  if (!first) {
    draft.incomplete = true;
    return;
  }
  const said = new Map(rest.map((step) => [step.name, step.call]));
  const text = (step: string): string | undefined => textOf(core, argument(said.get(step), 0, node.uri));
  const call = { uri: node.uri, expression: node.expression };
  const kind = KINDS[first.name];
  if (kind) {
    const target = argument(first.call, 0, node.uri);
    const mapped = text("mappedBy");
    const strategy = argument(said.get("strategy"), 0, node.uri);
    const relation: RelationDraft = {
      name, kind, target: target && targetOf(core, target), inverse: mapped ?? text("inversedBy"), isOwner: kind === "many-to-one" || (kind !== "one-to-many" && mapped === undefined), nullable: said.has("nullable"), primary: said.has("primary"),
      eager: said.has("eager"), unique: said.has("unique"), ...(strategy && { strategy: strategyIn(strategy.expression) }), ...(said.has("index") && { index: true }), onDelete: (text("deleteRule") ?? text("onDelete"))?.toLowerCase(), declaredAt, call,
    };
    draft.relations.set(name, relation);
    return;
  }
  if (said.has("persist") || first.name === "embedded") return;
  draft.columns.set(name, {
    name, type: first.name, holds: contentOf(first.name), nullable: said.has("nullable"), unique: said.has("unique"), index: said.has("index"), primary: said.has("primary"), hasChoices: first.name === "enum", isHidden: said.has("lazy"), declaredAt, call,
  });
}

function chainOf(node: Expression): readonly Step[] {
  if (node.kind !== "call" || node.callee.kind !== "attribute") return [];
  return [...chainOf(node.callee.object), { name: node.callee.name, call: node }];
}

function readIndexes(core: ProjectCore, list: Scoped | undefined, unique: boolean, draft: EntityDraft): void {
  const found = list && settled(core, list);
  if (found?.expression.kind !== "sequence") return;
  for (const item of found.expression.items) {
    const options: Scoped = { uri: found.uri, expression: item };
    const properties = property(core, options, "properties");
    const one = properties && textOf(core, properties);
    draft.indexes.push({
      name: textOf(core, property(core, options, "name")), columns: one !== undefined ? [one] : properties && textsOf(core, properties), unique, isPlain: property(core, options, "expression") === undefined && property(core, options, "type") === undefined, onProperty: false,
      declaredAt: { uri: found.uri, span: { start: item.start, end: item.end } }, declaration: { uri: found.uri, expression: item },
    });
  }
}
