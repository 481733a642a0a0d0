import type { Argument, Literal } from "../../../facts";
import type { Load, Query } from "../../../flow";
import type { FixProposal } from "../../../rule";
import { removeCall, replaceCall } from "./chain";
import { EditSet } from "./edit-set";
import { appendItem, argumentsOf, removeItem } from "./items";
import type { MethodStep } from "./placement";

/** Columns that must join the `only()` of a query, or leave its `defer()`, as edits on demand. */
export type ColumnChange = (edits: EditSet) => boolean;

/** Adds columns to `only()` or takes them out of `defer()`. */
export function addColumns(query: Query, columns: readonly string[]): FixProposal | undefined {
  const change = loadColumns(query, columns);
  if (!change) return undefined;
  const names = columns.map((column) => `\`${column}\``).join(", ");
  return {
    title: `Load ${names} with the query`,
    safety: "safe",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      return change(edits) ? edits.finish() : undefined;
    },
  };
}

/** Adds the key back to the parent to the `only()` of a prefetch's own queryset. */
export function addBackReference(load: Load, column: string): FixProposal | undefined {
  if (!load.query) return undefined;
  const proposal = addColumns(load.query, [column]);
  return proposal && { ...proposal, title: `Load \`${column}\` with the prefetched rows` };
}

/** The change that makes a query load these columns; undefined when the code does not say which it loads. */
export function loadColumns(query: Query, columns: readonly string[]): ColumnChange | undefined {
  const { columns: loaded } = query;
  if (loaded.kind === "all" || columns.length === 0) return undefined;
  const steps = query.origin.steps.filter((step): step is MethodStep => step.call.callee.kind === "attribute" && !step.custom);
  return loaded.kind === "only" ? addToOnly(steps, columns) : takeFromDefer(query, steps, columns);
}

function addToOnly(steps: readonly MethodStep[], columns: readonly string[]): ColumnChange | undefined {
  const only = steps.findLast((step) => step.name === "only");
  if (!only || only.call.arguments.length === 0 || only.call.arguments.some((argument) => argument.name !== undefined)) return undefined;
  // `only("a").defer("a")` takes a column out again: which of the two is meant cannot be known.
  if (steps.slice(steps.indexOf(only)).some((step) => step.name === "defer")) return undefined;
  const missing = columns.filter((column) => !only.call.arguments.some((argument) => literalText(argument) === column));
  if (missing.length === 0) return undefined;
  return (edits) => {
    const source = edits.source(only.uri);
    if (!source?.hasCall(only.call)) return false;
    const list = argumentsOf(only.call);
    const vertical = source.startsLine(list.items.at(-1)!.start);
    const text = missing.map((column) => source.literal(column)).join(vertical ? `,${source.eol}${source.indentAt(list.items.at(-1)!.start)}` : ", ");
    return edits.add(only.uri, appendItem(source, list, text));
  };
}

function takeFromDefer(query: Query, steps: readonly MethodStep[], columns: readonly string[]): ColumnChange | undefined {
  const defers = steps.filter((step) => step.name === "defer");
  const found = new Map<MethodStep, number[]>();
  for (const column of columns) {
    const places = defers.flatMap((step) => step.call.arguments.flatMap((argument, index) => literalText(argument) === column ? [{ step, index }] : []));
    if (places.length === 0) return undefined;
    for (const { step, index } of places) found.set(step, [...(found.get(step) ?? []), index]);
  }
  return (edits) => [...found].every(([step, indexes]) => {
    const source = edits.source(step.uri);
    if (!source?.hasCall(step.call)) return false;
    if (indexes.length === step.call.arguments.length) {
      return edits.add(step.uri, makesQueryset(query, step) ? replaceCall(step.call, "all()") : removeCall(source, step.call));
    }
    // Two neighbours share a comma: one edit each would overlap.
    if (indexes.length > 1) return false;
    return edits.add(step.uri, removeItem(source, argumentsOf(step.call), indexes[0]));
  });
}

/** The call turns a manager into a queryset and no other one does: `Book.objects` alone cannot be walked. */
function makesQueryset(query: Query, step: MethodStep): boolean {
  const { kind, root, steps } = query.origin;
  if ((kind !== "manager" && kind !== "related-manager") || step.call.callee.object.end !== root.expression.end) return false;
  const next = steps[steps.indexOf(step) + 1];
  return next === undefined || next.custom || next.call.callee.kind !== "attribute" || next.call.callee.object.end !== step.call.end;
}

/** The value of a positional string argument. */
export function literalText(argument: Argument): string | undefined {
  if (argument.name !== undefined || argument.spread || argument.value.kind !== "literal") return undefined;
  const { value } = argument.value as Literal;
  return typeof value === "string" ? value : undefined;
}
