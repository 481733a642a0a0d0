import type { Call, Expression, FileFacts, Mapping, MappingEntry } from "../../../facts";
import type { Query } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { TextEdit } from "../../../source";
import { changed } from "../../script/calls";
import { uncapital } from "../../script/names";
import { entryOf } from "../../script/object-literals";
import { isKnownBefore, isOfElement, outdented, type WrittenLoop } from "../../script/loops";
import { withWrittenOptions } from "../../script/written-options";

/** The call of a delegate that makes a query, when its options are written out there. */
export interface WrittenCall {
  readonly call: Call;
  readonly uri: string;
  /** `prisma.user` */
  readonly delegate: Expression;
  readonly name: string;
  readonly nameStart: number;
  readonly options: Mapping | undefined;
}

/** With `project`, options in a name of their own are in sight. */
export function writtenCall(query: Query | undefined, project?: ProjectModel): WrittenCall | undefined {
  const step = query?.origin.steps.at(-1);
  if (!step || step.custom || step.call.callee.kind !== "attribute") return undefined;
  const { uri } = step;
  const call = withWrittenOptions(step.call, 0, uri, project);
  const callee = call.callee as Expression & { readonly kind: "attribute" };
  const given = call.arguments[0];
  if (call.arguments.length > 1 || (given && (given.spread || given.value.kind !== "mapping"))) return undefined;
  return { call, uri, delegate: callee.object, name: callee.name, nameStart: callee.nameStart, options: given?.value.kind === "mapping" ? given.value : undefined };
}

/** The entry of `where` that is another one in each round, and the only one: `id: order.customerId`. */
export interface KeyEntry {
  readonly where: Mapping;
  readonly entry: MappingEntry;
  readonly field: string;
  readonly key: Expression;
}

export function keyEntry({ options }: WrittenCall, entity: Entity, loop: WrittenLoop, facts: FileFacts): KeyEntry | undefined {
  const where = options && entryOf(options, "where")?.value;
  if (where?.kind !== "mapping") return undefined;
  let found: KeyEntry | undefined;
  for (const entry of where.entries) {
    if (isKnownBefore(entry.value, loop, facts)) continue;
    const field = entry.key?.kind === "literal" ? String(entry.key.value) : undefined;
    if (found || field === undefined || !entity.fields.has(field) || !isOfElement(entry.value, loop)) return undefined;
    found = { where, entry, field, key: entry.value };
  }
  return found;
}

/** The call with another operation and `{ in: keys }` for the key, `more` changes included, as it reads at the beginning of a line. */
export function callForKeys(text: string, { call, nameStart, name }: WrittenCall, { entry }: KeyEntry, operation: string, keys: string, more: readonly TextEdit[] = []): string {
  const field = entry.key?.kind === "literal" ? String(entry.key.value) : "";
  const from = Math.min(entry.key?.start ?? entry.value.start, entry.value.start);
  return outdented(text, call, changed(text, call, [
    { span: { start: nameStart, end: nameStart + name.length }, newText: operation },
    { span: { start: from, end: entry.value.end }, newText: `${field}: { in: ${keys} }` },
    ...more,
  ]));
}

/** `OrderItem` → `orderItem`. */
export function rowName(entity: Entity): string {
  return uncapital(entity.name);
}
