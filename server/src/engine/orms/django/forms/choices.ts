import type { Expression } from "../../../facts";
import type { Query } from "../../../flow";
import { callFunction } from "../../../flow/calls";
import { emptyCall, textOf } from "../../../flow/expressions";
import { enterLoop, leaveLoop } from "../../../flow/iteration";
import type { Machine } from "../../../flow/machine";
import { optionsOf } from "../../../flow/values";
import type { ClassRef, Entity, FunctionRef, Relation } from "../../../project";
import type { Location } from "../../../source";
import { managerOf, rowsOf } from "../queries";

/** A field that offers the rows of a query to choose from. */
export interface ChoiceField {
  readonly name: string;
  /** Where the code names the field, and the class around it. */
  readonly uri: string;
  readonly node: Expression;
  readonly within: ClassRef;
  readonly query: Query;
  readonly declaredAt?: Location;
  /** Makes the text of a choice instead of `__str__` (`ModelChoiceField.label_from_instance`). */
  readonly label?: FunctionRef;
}

/** The rows that a field of a model offers as it is: all that its target's default manager gives (`ForeignKey.formfield`). They come from the field's declaration. */
export function targetRows(m: Machine, target: Entity, { declaredAt }: Relation, node: Expression): Query {
  const { query } = managerOf(m, target, target.defaultManager, node, "opaque");
  if (!declaredAt) return query;
  const expression: Expression = { kind: "name", name: "", ...declaredAt.span };
  return m.derive(query, { origin: { ...query.origin, root: { uri: declaredAt.uri, expression } } });
}

/** Writes the choices of a field: every row of its query with its text. The query is sent again for every form. */
export function showChoices(m: Machine, field: ChoiceField, by: "form" | "admin" | "filter", site: Expression): void {
  // Made anew here, so that what is done to its rows concerns whoever shows the form.
  const query = m.derive(field.query, {});
  const { uri, node } = field;
  m.emit({ kind: "choicesShown", at: m.at(node, uri), query, field: field.name, by, within: field.within, declaredAt: field.declaredAt });
  if (query.shape !== "instances") return;
  m.frames.push({ uri, callSite: m.at(site) });
  const loop = enterLoop(m, rowsOf(m, { kind: "query", query, varies: 0 }), undefined, { kind: "callback", at: m.at(node), body: m.at(field.within.declaration, field.within.uri), exits: false });
  for (const row of optionsOf(loop.element)) {
    if (row.kind !== "row") continue;
    if (field.label) {
      const call = emptyCall(m, node);
      callFunction(m, field.label, { kind: "instance", class: field.label.owner!, attributes: new Map(), varies: 0 }, { ...call, varies: row.varies, positional: [{ value: row, node: { value: node, start: node.start, end: node.end } }] });
    } else textOf(m, row, node);
  }
  leaveLoop(m);
  m.frames.pop();
}
