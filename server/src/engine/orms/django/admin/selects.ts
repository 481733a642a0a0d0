import type { Expression } from "../../../facts";
import type { Machine } from "../../../flow/machine";
import type { InstanceValue } from "../../../flow/values";
import type { ClassRef, Entity, FunctionRef } from "../../../project";
import { showChoices, targetRows } from "../forms/choices";
import { isForm, namesInMethod, selectable } from "../forms/fields";
import { classNode } from "../views";
import { attributeOption, quietly } from "./classes";
import { columnsOf } from "./columns";

/** Methods that decide which fields a form has; where one is overridden, nobody knows. */
const DECIDES = ["get_form", "get_formset", "get_fields", "get_fieldsets", "get_exclude", "get_autocomplete_fields", "formfield_for_dbfield"];
const CHANGES = ["formfield_for_foreignkey", "formfield_for_manytomany", "get_readonly_fields"];

/** The fields of an admin's or inline's form that become a `<select>` with every row of another table (`BaseModelAdmin.formfield_for_dbfield`). */
export function showSelects(m: Machine, self: InstanceValue, entity: Entity, except: (name: string) => boolean = () => false): void {
  const { class: owner } = self;
  if (DECIDES.some((name) => m.project.method(owner, name) !== undefined) || isReadOnly(m, owner)) return;
  if (attributeOption(m, self, "formfield_overrides")) return;
  const shown = shownFields(m, self, entity);
  const other = new Set(["raw_id_fields", "autocomplete_fields", "readonly_fields", "exclude"].flatMap((name) => namesOf(m, self, name) ?? ["*"]));
  if (!shown || other.has("*")) return;
  const changed = CHANGES.map((name) => namesInMethod(m, m.project.method(owner, name))).filter((names) => names !== undefined);
  // A method without names treats all fields alike.
  if (changed.some((names) => names.size === 0)) return;
  for (const { name, node, uri } of shown) {
    if (other.has(name) || except(name) || changed.some((names) => names.has(name))) continue;
    const relation = selectable(m, entity, name);
    if (!relation) continue;
    const site = classNode(owner);
    const isWritten = uri === owner.uri;
    showChoices(m, { name, uri: owner.uri, node: isWritten ? node : site, within: owner, query: quietly(m, () => targetRows(m, m.project.entity(relation.target!)!, relation, site)), declaredAt: relation.declaredAt }, "admin", site);
  }
}

interface Shown {
  readonly name: string;
  readonly node: Expression;
  readonly uri: string;
}

/** The fields of the form in order: those named, else all of the model that can be edited. */
function shownFields(m: Machine, self: InstanceValue, entity: Entity): readonly Shown[] | undefined {
  const form = attributeOption(m, self, "form");
  const own = form?.value.kind === "class" ? form.value.class : undefined;
  const isPlain = !form || (form.value.kind === "external" && /^django\.forms(\.\w+)*\.ModelForm$/.test(form.value.name));
  if (!isPlain && (!own || !isForm(m, own))) return undefined;
  const hidden = own ? fieldsOfForm(m, own) : new Set<string>();
  if (!hidden) return undefined;
  const named = attributeOption(m, self, "fieldsets") ?? attributeOption(m, self, "fields");
  const all: readonly Shown[] | undefined = named
    ? namedFields(named.node, named.uri)
    : [...entity.relations.values()].filter((relation) => relation.declaredAt !== undefined).map((relation) => ({ name: relation.name, node: classNode(self.class), uri: self.class.uri }));
  return all?.filter(({ name }) => !hidden.has(name));
}

/** Fields that a form of the user's sets up in its own way; undefined: it may do so with any. */
function fieldsOfForm(m: Machine, form: ClassRef): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  const meta = m.project.nestedClass(form, "Meta");
  for (const name of meta ? ["widgets", "exclude", "field_classes"] : []) {
    const value = m.project.attribute(meta!, name)?.attribute.value;
    if (!value) continue;
    const keys = value.kind === "mapping" ? value.entries.map((entry) => entry.key) : value.kind === "sequence" ? value.items : undefined;
    if (!keys) return undefined;
    for (const key of keys) {
      if (key?.kind !== "literal") return undefined;
      names.add(String(key.value));
    }
  }
  for (const ancestor of m.project.ancestors(form)) {
    if (!("class" in ancestor)) continue;
    for (const attribute of ancestor.class.declaration.attributes) names.add(attribute.name);
    for (const declaration of ancestor.class.declaration.methods) {
      if (declaration.name !== "__init__") continue;
      for (const each of namesInMethod(m, m.project.functionByKey(`${ancestor.class.uri}#${declaration.id}`)) ?? []) names.add(each);
    }
  }
  return names;
}

/** Names in `fields` or `fieldsets`, however deep; undefined when some part is computed. */
function namedFields(node: Expression, uri: string): readonly Shown[] | undefined {
  if (node.kind === "literal") return typeof node.value === "string" ? [{ name: node.value, node, uri }] : [];
  if (node.kind === "sequence") {
    const found: Shown[] = [];
    for (const item of node.items) {
      const inner = item.kind === "literal" && item.value === null ? [] : namedFields(item, uri);
      if (!inner) return undefined;
      found.push(...inner);
    }
    return found;
  }
  if (node.kind === "mapping") {
    const fields = node.entries.find(({ key }) => key?.kind === "literal" && key.value === "fields");
    return fields ? namedFields(fields.value, uri) : [];
  }
  // A translated title.
  return node.kind === "call" ? [] : undefined;
}

/** Plain names in an option of the class; empty without it, undefined when they cannot be read. */
function namesOf(m: Machine, self: InstanceValue, option: string): readonly string[] | undefined {
  if (!attributeOption(m, self, option)) return [];
  const columns = quietly(m, () => columnsOf(m, self, option));
  return columns?.flatMap(({ value }) => (value.kind === "constant" && typeof value.value === "string" ? [value.value] : []));
}

/** `has_change_permission` and `has_add_permission` that say no to everybody. */
function isReadOnly(m: Machine, owner: ClassRef): boolean {
  const refuses = (fn: FunctionRef | undefined): boolean => {
    const last = fn && m.project.bodyOf(fn).at(-1);
    return last?.kind === "return" && last.value?.kind === "literal" && last.value.value === false;
  };
  return refuses(m.project.method(owner, "has_change_permission")) && (refuses(m.project.method(owner, "has_add_permission")) || m.project.method(owner, "has_add_permission") === undefined);
}
