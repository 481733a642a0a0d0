import type { Machine } from "../../flow/machine";
import type { Value } from "../../flow/values";
import type { Entity } from "../../project";
import { snake } from "../script/names";
import { textIn } from "../script/options";
import { PREFIX } from "./model/tables";

/** `"books"`, `"books as b"`, `["books", "authors"]`: the first table. */
export function tableOf(m: Machine, value: Value | undefined): Entity | undefined {
  const named = value?.kind === "sequence" ? value.items?.[0] : value;
  const text = textIn(named)?.trim().split(/\s+as\s+/i)[0];
  return text === undefined ? undefined : tableNamed(m, text);
}

/** A table as code calls it; with `CamelCasePlugin` (Kysely: *Plugins*) `spaceMembers` is `space_members`. */
export function tableNamed(m: Machine, text: string): Entity | undefined {
  const name = text.slice(text.lastIndexOf(".") + 1);
  const all = [text, name, snake(name)].map((each) => m.project.entity(`${PREFIX}${each}`));
  return all.find((each) => each?.managed) ?? all[0] ?? all[1];
}

/** A column as the table calls it, whatever the code does. */
export function columnNamed(entity: Entity, name: string): string {
  return !entity.fields.has(name) && entity.fields.has(snake(name)) ? snake(name) : name;
}
