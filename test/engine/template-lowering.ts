import { strict as assert } from "node:assert";
import type { FileFacts } from "../../server/src/engine/facts";
import { showTemplate } from "./show-statements";
import { assertSpans } from "./template-spans";

/** What the tests of every template language compare, for one language. */
export interface Lowering {
  /** Lowers text; all spans lie in the text and in each other. */
  lower(text: string): FileFacts;
  /** Lowers text that has nothing wrong, and compares what it says. */
  expectLowered(text: string, ...lines: readonly string[]): void;
  /** Lowers text with mistakes in it, and compares what it says and where it is wrong. */
  expectBroken(text: string, errors: readonly string[], ...lines: readonly string[]): void;
}

export function loweringWith(front: (text: string) => FileFacts): Lowering {
  const lower = (text: string): FileFacts => {
    const facts = front(text);
    assertSpans(facts, text);
    return facts;
  };
  const expectBroken = (text: string, errors: readonly string[], ...lines: readonly string[]): void => {
    const facts = lower(text);
    assert.deepEqual(facts.errors.map(({ start, end }) => text.slice(start, end)), errors);
    assert.equal(showTemplate(facts), lines.join("\n"));
  };
  return { lower, expectBroken, expectLowered: (text, ...lines) => expectBroken(text, [], ...lines) };
}
