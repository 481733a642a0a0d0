import type { ChoicesShown } from "../../../flow";
import type { ProjectModel } from "../../../project";
import type { FixProposal } from "../../../rule";
import { insertAttribute } from "./class-members";
import { EditSet, replacement } from "./edit-set";
import { appendItem, itemsOf } from "./items";

/** `autocomplete_fields` asks the target's own admin, which must be able to search (system check admin.E040); `raw_id_fields` asks nothing. */
export function lookUpChoices(choices: readonly ChoicesShown[], project: ProjectModel): FixProposal | undefined {
  const [{ by, query, within }] = choices;
  if (by !== "admin") return undefined;
  const fields = [...new Set(choices.map(({ field }) => field))];
  const canSearch = project.registrations(query.entity).some((each) => each.class !== undefined && project.attribute(each.class, "search_fields")?.attribute.value !== undefined);
  const option = canSearch ? "autocomplete_fields" : "raw_id_fields";
  const found = project.attribute(within, option);
  if (found && found.owner.key !== within.key) return undefined;
  return {
    title: `Look \`${fields.join("`, `")}\` up by \`${option}\``,
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(within.uri);
      if (!source) return undefined;
      const names = fields.map((field) => source.literal(field)).join(", ");
      const tuple = `(${names}${fields.length === 1 ? "," : ""})`;
      const value = found?.attribute.value;
      if (!value) {
        const after = within.declaration.attributes.some((one) => one.name === "list_display") ? "list_display" : "model";
        edits.add(within.uri, insertAttribute(source, within.declaration, [`${option} = ${tuple}`], after));
        return edits.finish();
      }
      const list = itemsOf(source, value);
      if (!list) return undefined;
      edits.add(within.uri, list.items.length === 0 ? replacement(value.start, value.end, tuple) : appendItem(source, list, names));
      return edits.finish();
    },
  };
}
