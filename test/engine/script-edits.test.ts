import { strict as assert } from "node:assert";
import type { Call, Literal, Mapping } from "../../server/src/engine/facts";
import { addOption, addProperty, entryOf, removeProperty } from "../../server/src/engine/orms/script/object-literals";
import { styleOf } from "../../server/src/engine/orms/script/source-style";
import { applyEdits, type TextEdit } from "../../server/src/engine/source";

const uri = "file:///shop/src/orders.ts";

/** The object literal at the end of a text, its entries found by their commas: for plain ones. */
function objectIn(text: string): Mapping {
  const start = text.indexOf("{");
  const end = text.lastIndexOf("}") + 1;
  const entries = [...text.slice(start + 1, end - 1).matchAll(/(\w+)(:\s*([^,\n]+?))?\s*(?=,|\n|$|\s*\/\/)/g)].map((match) => {
    const at = start + 1 + match.index;
    const key: Literal = { kind: "literal", value: match[1], start: at, end: at + match[1].length };
    const from = match[3] === undefined ? at : at + match[0].indexOf(match[3], match[1].length);
    return { key, value: { kind: "name" as const, name: match[3] ?? match[1], start: from, end: from + (match[3] ?? match[1]).trimEnd().length } };
  });
  return { kind: "mapping", entries, start, end };
}

const apply = (text: string, edit: TextEdit | undefined): string | undefined => edit && applyEdits(text, [edit]);
const style = styleOf("const a = { b: 1 };\n", uri);

describe("edits of scripts", () => {
  it("add a property where the others stand", () => {
    const add = (text: string): string | undefined => apply(text, addProperty(text, objectIn(text), "take: 100", styleOf(text, uri)));
    assert.equal(add("f({});"), "f({ take: 100 });");
    assert.equal(add("f({ a: 1 });"), "f({ a: 1, take: 100 });");
    assert.equal(add("f({ a });"), "f({ a, take: 100 });");
    assert.equal(add("f({ a: 1, b: 2, });"), "f({ a: 1, b: 2, take: 100, });");
    assert.equal(add("f({\n  a: 1,\n  b: 2,\n});"), "f({\n  a: 1,\n  b: 2,\n  take: 100,\n});");
    assert.equal(add("f({\n\ta: 1\n});"), "f({\n\ta: 1,\n\ttake: 100\n});");
    assert.equal(add("f({\r\n    a: 1,\r\n});"), "f({\r\n    a: 1,\r\n    take: 100,\r\n});");
  });

  it("take a property out", () => {
    const remove = (text: string, name: string): string | undefined => {
      const object = objectIn(text);
      return apply(text, removeProperty(text, object, entryOf(object, name)!));
    };
    assert.equal(remove("f({ a: 1, b: 2 });", "a"), "f({ b: 2 });");
    assert.equal(remove("f({ a: 1, b: 2 });", "b"), "f({ a: 1 });");
    assert.equal(remove("f({ a: 1 });", "a"), "f({});");
    assert.equal(remove("f({\n  a: 1,\n  b: 2,\n});", "b"), "f({\n  a: 1,\n});");
    assert.equal(remove("f({\n  a: 1,\n  b: 2,\n});", "a"), "f({\n  b: 2,\n});");
  });

  it("give a call its first options", () => {
    const text = "rows.findMany();";
    const call: Call = { kind: "call", callee: { kind: "name", name: "x", start: 0, end: 13 }, arguments: [], open: 13, close: 14, start: 0, end: 15 };
    assert.equal(apply(text, addOption(text, call, 0, "take: 100", style)), "rows.findMany({ take: 100 });");
  });

  it("know how a file is written", () => {
    const { semicolon, quote, indent, spacesInBraces } = styleOf("import a from 'a'\n\nfunction f() {\n    const b = {c: 1}\n    return b\n}\n", uri);
    assert.deepEqual([semicolon, quote, indent, spacesInBraces], ["", "'", "    ", false]);
    assert.deepEqual([styleOf("", uri).semicolon, styleOf("a;\n", "file:///a.js").hasTypes], [";", false]);
  });
});
