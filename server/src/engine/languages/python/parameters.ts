import type { Parameter } from "../../facts";
import { childIn, childWithRole, firstNamedChild, nameText } from "../tree-sitter";
import { lowerExpression, Role, type Lowering } from "./context";

/** The parameters of a function or lambda. The separators `/` and `*` are left out: they take no argument. */
export function lowerParameters(c: Lowering, list: number): Parameter[] {
  const result: Parameter[] = [];
  const stop = c.next[list];
  for (let child = list + 1; child < stop; child = c.next[child]) {
    if (c.named[child] === 0) continue;
    const role = c.roles[c.kind[child]];
    if (role === Role.extra || role === Role.error || role === Role.separator) continue;
    const parameter = lowerParameter(c, child, role);
    if (parameter) result.push(parameter);
  }
  return result;
}

function lowerParameter(c: Lowering, node: number, role: number): Parameter | undefined {
  const start = c.start[node];
  const end = c.end[node];
  if (role === Role.identifier) return start === end ? undefined : { name: nameText(c, node), start, end };
  if (role === Role.listSplatPattern || role === Role.dictionarySplatPattern) {
    const name = firstNamedChild(c, node);
    const spread = role === Role.listSplatPattern ? "sequence" : "mapping";
    return { name: name < 0 ? "" : nameText(c, name), spread, start, end };
  }
  // Python 2 unpacks `def f((a, b))`: it takes one argument that has no name.
  if (role === Role.tuplePattern) return { name: "", start, end };
  if (role === Role.typedParameter) {
    const inner = firstNamedChild(c, node);
    if (inner < 0) return undefined;
    const parameter = lowerParameter(c, inner, c.roles[c.kind[inner]]);
    const type = childIn(c, node, c.fields.type);
    return parameter && { ...parameter, ...(type >= 0 && { annotation: lowerExpression(c, type) }), start, end };
  }
  if (role === Role.defaultParameter) {
    const name = childIn(c, node, c.fields.name);
    const type = childIn(c, node, c.fields.type);
    const value = childIn(c, node, c.fields.value);
    const isPlain = name >= 0 && c.roles[c.kind[name]] === Role.identifier && childWithRole(c, node, Role.error) < 0;
    return {
      name: isPlain ? nameText(c, name) : "",
      ...(type >= 0 && { annotation: lowerExpression(c, type) }),
      ...(value >= 0 && { default: lowerExpression(c, value) }),
      start,
      end,
    };
  }
  return undefined;
}
