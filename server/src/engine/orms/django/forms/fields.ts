import type { AttributeDeclaration, Call, Expression, Statement } from "../../../facts";
import type { Machine } from "../../../flow/machine";
import { moduleValue } from "../../../flow/names";
import { optionsOf, type Value } from "../../../flow/values";
import type { ClassRef, Entity, FunctionRef, Relation } from "../../../project";
import { nodesOf } from "../rewrite/names";
import { targetRows, type ChoiceField } from "./choices";

const FORM = /^django\.forms(\.\w+)*\.(Form|ModelForm|BaseForm|BaseModelForm)$/;
const CHOICE_FIELD = /^django\.forms(\.\w+)*\.Model(Multiple)?ChoiceField$/;
/** Widgets that write every choice; others ask for them later, or show one. */
const LISTING_WIDGET = /^django\.forms(\.widgets)?\.(Select|SelectMultiple|RadioSelect|CheckboxSelectMultiple)$/;

/** Whether a class is a form of Django's, and all its bases are known. */
export function isForm(m: Machine, owner: ClassRef): boolean {
  const ancestors = m.project.ancestors(owner);
  return ancestors.some((each) => "external" in each && FORM.test(each.external)) && !ancestors.some((each) => "external" in each && each.external === "?");
}

/** The fields of a form that offer rows to choose from, as far as the class alone says. */
export function choiceFieldsOf(m: Machine, form: ClassRef): readonly ChoiceField[] {
  const declared = new Map<string, { readonly uri: string; readonly attribute: AttributeDeclaration; readonly owner: ClassRef }>();
  for (const ancestor of m.project.ancestors(form)) {
    if (!("class" in ancestor)) continue;
    for (const attribute of ancestor.class.declaration.attributes) if (attribute.value && !declared.has(attribute.name)) declared.set(attribute.name, { uri: ancestor.class.uri, attribute, owner: ancestor.class });
  }
  const changed = changedFields(m, form);
  if (changed === "any") return [];
  const found: ChoiceField[] = [];
  for (const [name, { uri, attribute, owner }] of declared) {
    const field = changed.has(name) || attribute.value?.kind !== "call" ? undefined : declaredField(m, name, uri, attribute, owner, attribute.value);
    if (field) found.push(field);
  }
  return [...found, ...modelFields(m, form, new Set([...declared.keys(), ...changed]))];
}

/** `ModelChoiceField(queryset=…)`. */
function declaredField(m: Machine, name: string, uri: string, attribute: AttributeDeclaration, owner: ClassRef, call: Call): ChoiceField | undefined {
  const symbol = m.project.resolveExpression(uri, call.callee);
  const isOwn = symbol?.kind === "class" && m.project.ancestors(symbol.class).some((each) => "external" in each && CHOICE_FIELD.test(each.external));
  if (!isOwn && !(symbol?.kind === "external" && CHOICE_FIELD.test(symbol.name))) return undefined;
  if (call.arguments.some((argument) => argument.spread)) return undefined;
  const widget = call.arguments.find((argument) => argument.name === "widget")?.value;
  if (widget ? !isListing(m, uri, widget) : isOwn && m.project.attribute(symbol.class, "widget") !== undefined) return undefined;
  const given = call.arguments.find((argument) => argument.name === "queryset") ?? (call.arguments[0]?.name === undefined ? call.arguments[0] : undefined);
  const value = given && moduleValue(m, uri, given.value);
  const rows = value && optionsOf(value).find((option) => option.kind === "query" || option.kind === "manager");
  if (rows?.kind !== "query" && rows?.kind !== "manager") return undefined;
  const label = isOwn ? m.project.method(symbol.class, "label_from_instance") : undefined;
  const node: Expression = { kind: "name", name, start: attribute.nameStart, end: attribute.nameEnd };
  return { name, uri, node, within: owner, query: rows.query, ...(label && { label }) };
}

/** A class or an instance of a widget: `forms.Select`, `forms.Select(attrs=…)`. */
export function isListing(m: Machine, uri: string, widget: Expression): boolean {
  const symbol = m.project.resolveExpression(uri, widget.kind === "call" ? widget.callee : widget);
  return symbol?.kind === "external" && LISTING_WIDGET.test(symbol.name);
}

/** The foreign keys and many-to-many relations among `Meta.fields` of a `ModelForm`. */
function modelFields(m: Machine, form: ClassRef, taken: ReadonlySet<string>): readonly ChoiceField[] {
  const meta = m.project.nestedClass(form, "Meta");
  const model = meta && valueIn(m, meta, "model");
  if (!meta || model?.kind !== "entity") return [];
  const listed = m.project.attribute(meta, "fields");
  const names = listed?.attribute.value && itemsOf(m, listed.uri, listed.attribute.value);
  // Without names every field that can be edited is shown; which are not is hard to tell.
  if (!listed || !names) return [];
  const widgets = m.project.attribute(meta, "widgets");
  if (m.project.attribute(meta, "field_classes") || m.project.attribute(meta, "formfield_callback")) return [];
  return names.flatMap(({ name, node }) => {
    const relation = taken.has(name) ? undefined : selectable(m, model.entity, name);
    if (!relation || (widgets && !hasPlainWidget(m, widgets.uri, widgets.attribute.value, name))) return [];
    return [{ name, uri: listed.uri, node, within: form, declaredAt: relation.declaredAt, query: targetRows(m, m.project.entity(relation.target!)!, relation, node) }];
  });
}

/** A relation that a form offers every row of the target for; not one that is limited by its own declaration. */
export function selectable(m: Machine, entity: Entity, name: string): Relation | undefined {
  const relation = entity.relations.get(name);
  const target = relation?.target !== undefined ? m.project.entity(relation.target) : undefined;
  if (!relation || !target || target.abstract || (relation.form !== "foreign-key" && relation.form !== "one-to-one" && relation.form !== "many-to-many")) return undefined;
  // A table between that is declared has a form of its own (`BaseModelAdmin.formfield_for_manytomany`).
  if (relation.form === "many-to-many" && relation.through !== undefined && !m.project.entity(relation.through)?.implicit) return undefined;
  const call = declarationOf(m, entity, relation);
  if (!call) return undefined;
  for (const argument of call.arguments) {
    if (argument.spread || argument.name === "limit_choices_to" || argument.name === "parent_link") return undefined;
    if (argument.name === "editable" && argument.value.kind === "literal" && argument.value.value === false) return undefined;
  }
  return relation;
}

/** The constructor call behind a relation: `ForeignKey(Author, on_delete=…)` of Django's own field classes. */
function declarationOf(m: Machine, entity: Entity, relation: Relation): Call | undefined {
  const owner = entity.class && m.project.attribute(entity.class, relation.name);
  const call = owner?.attribute.value;
  if (call?.kind !== "call") return undefined;
  const symbol = m.project.resolveExpression(owner!.uri, call.callee);
  return symbol?.kind === "external" && /^django\.db\.models(\.\w+)*\.(ForeignKey|OneToOneField|ManyToManyField)$/.test(symbol.name) ? call : undefined;
}

function hasPlainWidget(m: Machine, uri: string, widgets: Expression | undefined, name: string): boolean {
  if (widgets?.kind !== "mapping") return false;
  for (const { key, value } of widgets.entries) {
    if (!key || key.kind !== "literal") return false;
    if (key.value === name) return isListing(m, uri, value);
  }
  return true;
}

function valueIn(m: Machine, owner: ClassRef, name: string): Value | undefined {
  const found = m.project.attribute(owner, name);
  return found?.attribute.value && moduleValue(m, found.uri, found.attribute.value);
}

function itemsOf(m: Machine, uri: string, node: Expression): readonly { readonly name: string; readonly node: Expression }[] | undefined {
  if (node.kind !== "sequence") return undefined;
  return node.items.flatMap((item) => (item.kind === "literal" && typeof item.value === "string" ? [{ name: item.value, node: item }] : []));
}

/** Fields that the code of the form sets up itself: names in methods that speak of `fields`; "any" when it does so without names. */
function changedFields(m: Machine, form: ClassRef): ReadonlySet<string> | "any" {
  const names = new Set<string>();
  for (const ancestor of m.project.ancestors(form)) {
    if (!("class" in ancestor)) continue;
    for (const declaration of ancestor.class.declaration.methods) {
      const fn = m.project.functionByKey(`${ancestor.class.uri}#${declaration.id}`);
      const body = fn && m.project.bodyOf(fn);
      if (!body || !speaksOfFields(body)) continue;
      const texts = textsIn(body);
      if (texts.size === 0) return "any";
      for (const each of texts) names.add(each);
    }
  }
  return names;
}

function speaksOfFields(body: readonly Statement[]): boolean {
  for (const node of nodesOf(body)) if (node.kind === "attribute" && /^(base_)?fields$/.test((node as unknown as { name: string }).name)) return true;
  return false;
}

/** The string literals in a body. */
export function textsIn(body: readonly Statement[]): ReadonlySet<string> {
  const texts = new Set<string>();
  for (const node of nodesOf(body)) {
    const { value } = node as unknown as { value?: unknown };
    if (node.kind === "literal" && typeof value === "string") texts.add(value);
  }
  return texts;
}

/** Names in the body of a method of a class, and whether there is such a method. */
export function namesInMethod(m: Machine, fn: FunctionRef | undefined): ReadonlySet<string> | undefined {
  return fn && textsIn(m.project.bodyOf(fn));
}
