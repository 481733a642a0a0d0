import type { Expression, MappingEntry } from "../../facts";
import { childIn, firstNamedChild, hasErrorChild, isPart, lowerOpaque, nameText, opaque } from "../tree-sitter";
import { lowerExpression, Role, type LowerExpression, type Lowering } from "./context";
import { lowerTypeArguments } from "./types";

/** `<Component prop={value}>…</Component>`, `<Component/>`; elements of the page itself only hold what is embedded in them. */
function lowerElement(c: Lowering, node: number): Expression {
  // An element is several levels for whoever reads the facts: a call of a mapping of lists.
  c.depth += 3;
  const element = lowerTag(c, node);
  c.depth -= 3;
  return element;
}

function lowerTag(c: Lowering, node: number): Expression {
  const opening = childIn(c, node, c.fields.open_tag);
  const tag = opening < 0 ? node : opening;
  const name = childIn(c, tag, c.fields.name);
  const children = opening < 0 ? [] : lowerChildren(c, node);
  if (name < 0 || hasErrorChild(c, node) || hasErrorChild(c, tag) || !isComponent(c, name)) {
    return opaque(c, node, [...lowerAttributes(c, tag).map((entry) => entry.value), ...children]);
  }
  const callee = lowerExpression(c, name);
  const types = lowerTypeArguments(c, childIn(c, tag, c.fields.type_arguments));
  const open = c.end[name];
  const close = c.end[tag] - (opening < 0 ? 2 : 1);
  const entries = lowerAttributes(c, tag);
  if (children.length > 0) {
    const start = children[0].start;
    const end = children[children.length - 1].end;
    entries.push({ key: { kind: "literal", start, end: start, value: "children" }, value: { kind: "sequence", start, end, of: "list", items: children } });
  }
  const properties: Expression = { kind: "mapping", start: open, end: Math.max(open, close), entries };
  return {
    kind: "call", start: c.start[node], end: c.end[node], callee, arguments: [{ value: properties, start: open, end: Math.max(open, close) }],
    open, close: Math.max(open, close), form: "element", ...(types && { types }),
  };
}

/** Components have a dot or start with a capital letter; anything else names an element of the page. */
function isComponent(c: Lowering, name: number): boolean {
  const role = c.roles[c.kind[name]];
  return role === Role.member || (role === Role.identifier && /^[A-Z_$]/.test(c.text.charAt(c.start[name])));
}

/** Properties in order; a spread has no key, one without a value is `true`. */
function lowerAttributes(c: Lowering, tag: number): MappingEntry[] {
  const entries: MappingEntry[] = [];
  const stop = c.next[tag];
  for (let child = tag + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.jsxExpression) {
      const inner = embedded(c, child);
      if (inner) entries.push({ value: inner.kind === "spread" ? inner.value : inner });
    } else if (role === Role.jsxAttribute) entries.push(lowerAttribute(c, child));
  }
  return entries;
}

function lowerAttribute(c: Lowering, node: number): MappingEntry {
  const start = c.start[node];
  const name = firstNamedChild(c, node);
  if (name < 0 || hasErrorChild(c, node)) return { value: lowerOpaque(c, node) };
  const key: Expression = { kind: "literal", start, end: c.end[name], value: nameText(c, name) };
  let value: Expression | undefined;
  const stop = c.next[node];
  for (let child = c.next[name]; child < stop; child = c.next[child]) {
    if (!isPart(c, child)) continue;
    value = c.roles[c.kind[child]] === Role.jsxExpression ? (embedded(c, child) ?? opaque(c, child, [])) : lowerExpression(c, child);
  }
  return { key, value: value ?? { kind: "literal", start, end: c.end[name], value: true } };
}

/** What stands inside braces; a comment is nothing. */
function embedded(c: Lowering, node: number): Expression | undefined {
  const inner = firstNamedChild(c, node);
  if (inner < 0) return undefined;
  return hasErrorChild(c, node) ? lowerOpaque(c, node) : lowerExpression(c, inner);
}

/** The expressions and elements inside an element. */
function lowerChildren(c: Lowering, node: number): Expression[] {
  const children: Expression[] = [];
  const stop = c.next[node];
  for (let child = node + 1; child < stop; child = c.next[child]) {
    const role = c.roles[c.kind[child]];
    if (role === Role.jsxElement) children.push(lowerExpression(c, child));
    else if (role === Role.jsxExpression) {
      const inner = embedded(c, child);
      if (inner) children.push(inner);
    } else if (role === Role.error) children.push(lowerOpaque(c, child));
  }
  return children;
}

export const JSX: readonly (readonly [string, LowerExpression])[] = [
  ["jsx_element", lowerElement],
  ["jsx_self_closing_element", lowerElement],
  ["jsx_expression", lowerOpaque],
];
