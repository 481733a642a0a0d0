import { strict as assert } from "node:assert";
import { changeBetween } from "../../server/src/engine/source/change";

describe("the change between two texts", () => {
  it("is what is left without the common beginning and end", () => {
    assert.deepEqual(changeBetween("a = 1\nb = 2\n", "a = 1\nb = 30\n"), { start: 10, oldEnd: 11, newEnd: 12 });
    assert.deepEqual(changeBetween("same", "same"), { start: 4, oldEnd: 4, newEnd: 4 });
  });

  it("is a whole line where a line was put in before one that begins alike, or taken out", () => {
    const before = "{% for x in xs %}\n";
    const after = "{% load tags %}\n{% for x in xs %}\n";
    assert.deepEqual(changeBetween(before, after), { start: 0, oldEnd: 0, newEnd: 16 });
    assert.deepEqual(changeBetween(after, before), { start: 0, oldEnd: 16, newEnd: 0 });
  });

  it("stays where it is when it is part of a line", () => {
    assert.deepEqual(changeBetween("x = aab\n", "x = aaab\n"), { start: 6, oldEnd: 6, newEnd: 7 });
  });
});
