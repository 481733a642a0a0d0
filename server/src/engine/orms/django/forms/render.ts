import type { Expression } from "../../../facts";
import type { CallSite } from "../../../flow/adapter";
import { enterLoop, leaveLoop } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { sequenceOf, unknown, type InstanceValue, type ObjectValue, type SequenceValue, type Value } from "../../../flow/values";
import { showChoices, type ChoiceField } from "./choices";
import { choiceFieldsOf, isForm } from "./fields";

/** A field of a form as a template has it: `form.author`, `{% for field in form %}` (`django.forms.BoundField`). */
const BOUND_FIELD = "bound-field";
/** What a formset factory makes, as class and as object: forms of one class, one below the other. */
const FORMSET = "formset";

/** Writes out what is a form, a field of one, or many: `{{ form }}`, `{% crispy form %}`, `{{ form.author }}`, `{{ formset }}`. Each choice field sends its query and writes every row. */
export function renderForm(m: Machine, value: Value, node: Expression): void {
  if (value.kind === "object" && value.type === BOUND_FIELD) showChoices(m, value.data as ChoiceField, "form", node);
  if (value.kind === "object" && value.type === FORMSET) {
    const loop = enterLoop(m, formsOf(value), undefined, { kind: "callback", at: m.at(node), body: m.at(node), exits: false });
    renderForm(m, loop.element, node);
    leaveLoop(m);
  }
  for (const field of fieldsOf(m, value)) showChoices(m, field, "form", node);
}

function fieldsOf(m: Machine, form: Value): readonly ChoiceField[] {
  return form.kind === "instance" && isForm(m, form.class) && !form.attributes.has("fields") ? choiceFieldsOf(m, form.class) : [];
}

/** `{{ form.as_p }}` and its kin (`django.forms.utils.RenderableFormMixin`); the lists of fields that a form gives. */
export function formMethod(m: Machine, form: Value, name: string, node: Expression): Value | undefined {
  if (form.kind !== "instance" || !isForm(m, form.class)) return undefined;
  if (name === "visible_fields") return boundFields(m, form);
  if (!/^(as_p|as_ul|as_table|as_div|render)$/.test(name)) return undefined;
  renderForm(m, form, node);
  return unknown();
}

/** `form.author`, where the field offers rows. */
export function formAttribute(m: Machine, form: InstanceValue, name: string): Value | undefined {
  const field = fieldsOf(m, form).find((each) => each.name === name);
  return field && boundField(field);
}

function boundField(field: ChoiceField): ObjectValue {
  return { kind: "object", type: BOUND_FIELD, parts: {}, data: field, varies: 0 };
}

/** The fields that a loop over a form walks. */
export function boundFields(m: Machine, form: Value): SequenceValue | undefined {
  const fields = fieldsOf(m, form);
  if (fields.length === 0) return undefined;
  const items = fields.map(boundField);
  return sequenceOf("list", { kind: "union", options: items, varies: 0 }, { size: "few" });
}

/** `formset_factory(BookForm)`, `inlineformset_factory(Author, Book, form=BookForm)`: a class whose objects hold forms (`django.forms.formsets`, `django.forms.models`). */
export function formsetClass(name: string, call: CallSite): Value | undefined {
  if (!/^django\.forms(\.\w+)*\.(formset_factory|modelformset_factory|inlineformset_factory)$/.test(name)) return undefined;
  const form = call.keywords.get("form")?.value ?? (name.endsWith(".formset_factory") ? call.positional[0]?.value : undefined);
  return { kind: "object", type: FORMSET, parts: form ? { form } : {}, varies: 0 };
}

/** Calling the class makes an object of it; its own methods for text write every form. */
export function formsetMethod(m: Machine, receiver: ObjectValue, name: string, node: Expression): Value | undefined {
  if (receiver.type === BOUND_FIELD) return unknown(receiver.varies);
  if (receiver.type !== FORMSET) return undefined;
  if (name === "__call__") return receiver;
  if (/^(as_p|as_ul|as_table|as_div|render)$/.test(name)) renderForm(m, receiver, node);
  return name === "forms" ? formsOf(receiver) : unknown(receiver.varies);
}

/** The forms of a formset: how many is a matter of the request. */
function formsOf(formset: ObjectValue): SequenceValue {
  const { form } = formset.parts;
  const element: Value = form?.kind === "class" ? { kind: "instance", class: form.class, attributes: new Map(), varies: 0 } : unknown();
  return sequenceOf("list", element, { size: "unknown" });
}

/** What a loop over a formset walks; undefined for anything else. */
export function formsIn(value: Value): SequenceValue | undefined {
  return value.kind === "object" && value.type === FORMSET ? formsOf(value) : undefined;
}
