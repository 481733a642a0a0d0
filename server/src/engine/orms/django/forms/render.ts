import type { Expression } from "../../../facts";
import type { Machine } from "../../../flow/machine";
import { unknown, type Value } from "../../../flow/values";
import { showChoices } from "./choices";
import { choiceFieldsOf, isForm } from "./fields";

/** Writes a form out: `{{ form }}`, `{{ form.as_p }}`, `{% crispy form %}`. Each of its choice fields sends its query and writes every row. */
export function renderForm(m: Machine, form: Value, node: Expression): void {
  if (form.kind !== "instance" || !isForm(m, form.class)) return;
  for (const field of choiceFieldsOf(m, form.class)) if (!form.attributes.has("fields")) showChoices(m, field, "form", node);
}

/** `{{ form.as_p }}` and its kin (`django.forms.utils.RenderableFormMixin`). */
export function formMethod(m: Machine, form: Value, name: string, node: Expression): Value | undefined {
  if (form.kind !== "instance" || !/^(as_p|as_ul|as_table|as_div|render)$/.test(name) || !isForm(m, form.class)) return undefined;
  renderForm(m, form, node);
  return unknown();
}
