import { constant, isKey, unknown, type Value } from "../values";

/** `typeof value`, for values that the code itself made or loaded: what only a type speaks of may be left out, or null. */
export function typeOf(value: Value): Value {
  switch (value.kind) {
    case "constant": return value.value === null ? unknown(value.varies) : constant(typeof value.value, value.varies);
    case "mapping": return value.literal || value.isMap ? constant("object", value.varies) : unknown(value.varies);
    case "sequence": return value.items || value.query || value.materialised ? constant("object", value.varies) : unknown(value.varies);
    case "row": return value.origin.query ? constant("object", value.varies) : unknown(value.varies);
    case "lambda":
    case "function":
    case "class": return constant("function", value.varies);
    // A key is text or a number.
    default: return isKey(value) ? { kind: "union", options: [constant("string"), constant("number")], varies: value.varies } : unknown(value.varies);
  }
}
