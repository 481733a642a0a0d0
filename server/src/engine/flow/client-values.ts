import type { Expression } from "../facts";
import type { ClientNumber } from "./events";
import { joinValues, optionsOf, type ObjectValue, type Value } from "./values";

/** A single value out of a request: `request.GET["size"]`. */
export interface ClientData {
  readonly number: ClientNumber;
  /** What it was added to: `start` in `start + size`. */
  readonly plus?: Expression;
  /** Calculated from it: `(page - 1) * 20`. */
  readonly isDerived?: boolean;
}

const TYPE = "client-value";

/** A value that the client chose. */
export function clientValue(varies: number, data: ClientData = { number: { isChecked: false, isInteger: false } }): ObjectValue {
  return { kind: "object", type: TYPE, parts: {}, data, varies };
}

/** The client's values among the alternatives of a value. */
export function clientDataOf(value: Value): readonly ClientData[] {
  return optionsOf(value).flatMap((option) => (option.kind === "object" && option.type === TYPE ? [option.data as ClientData] : []));
}

export function isClientValue(value: Value): boolean {
  return value.kind === "object" && value.type === TYPE;
}

/** From here on the value may be limited. */
export function markChecked(value: Value): void {
  for (const { number } of clientDataOf(value)) number.isChecked = true;
}

/** `int(value)`: the same number, as one. */
export function asInteger(value: Value): Value | undefined {
  const data = clientDataOf(value);
  if (data.length === 0) return undefined;
  return data.map((each): Value => clientValue(value.varies, { ...each, number: integerOf(each.number) })).reduce(joinValues);
}

const integers = new WeakMap<ClientNumber, ClientNumber>();

/** What is checked before or after `int()` is checked for both. */
function integerOf(number: ClientNumber): ClientNumber {
  if (number.isInteger) return number;
  let integer = integers.get(number);
  if (!integer) {
    integer = { isInteger: true, get isChecked() { return number.isChecked; }, set isChecked(value) { number.isChecked = value; } };
    integers.set(number, integer);
  }
  return integer;
}

/** `(page - 1) * size`, where the client chose any of them. */
export function derivedFrom(values: readonly Value[], varies: number): Value | undefined {
  const data = values.flatMap(clientDataOf);
  return data.length === 0 ? undefined : clientValue(varies, { number: data[0].number, isDerived: true });
}

/** `start + size`, where the client chose either. */
export function addedTo(value: Value, other: Expression): Value | undefined {
  const data = clientDataOf(value).filter((each) => each.plus === undefined);
  return data.length === 0 ? undefined : data.map((each): Value => clientValue(value.varies, { ...each, plus: other })).reduce(joinValues);
}
