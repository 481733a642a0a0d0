import assert from "node:assert/strict";
import type { Cost, Finding, Location } from "#engine";
import { costAtMost, costHeadline } from "../../server/src/present/cost-headline";
import { toDiagnostic } from "../../server/src/present/diagnostic";
import { evidenceOf } from "../../server/src/present/evidence";
import { LineIndexes } from "../../server/src/present/line-indexes";

const URI = "file:///shop/server.ts";
const TEXT = 'for (const id of ids) {\n  await prisma.log.create({\n    data: { id },\n  });\n}\n';
const lines = new LineIndexes((uri) => (uri === URI ? TEXT : undefined));
const context = { lines, clientUri: (uri: string) => uri, rulePage: () => undefined, version: () => 1, supports: { relatedInformation: true, codeDescription: true, unnecessaryTag: true } };

const at = (from: string, to: string): Location => ({ uri: URI, span: { start: TEXT.indexOf(from), end: TEXT.indexOf(to) + to.length } });
const finding = (over: Partial<Finding>): Finding =>
  ({ ruleId: "insert-in-loop", key: "k", message: "One `a. b` is inserted for each round: N statements. Insert them together.", severity: "warning", at: at("prisma", "})"), related: [], proposals: [], ...over }) as unknown as Finding;

describe("what an editor shows", () => {
  it("underlines a call over several lines where it begins", () => {
    assert.deepEqual(toDiagnostic(finding({}), context).range, { start: { line: 1, character: 8 }, end: { line: 1, character: 27 } });
    const within = at("id of", "ids");
    assert.deepEqual(toDiagnostic(finding({ at: within }), context).range, lines.range(URI, within.span));
    assert.equal(toDiagnostic(finding({ unnecessary: true }), context).range.end.line, 3, "what can go is faded as a whole");
  });

  it("says what to do on a line of its own", () => {
    assert.equal(toDiagnostic(finding({}), context).message, "One `a. b` is inserted for each round: N statements.\nInsert them together.");
    assert.equal(toDiagnostic(finding({ message: "Nothing to split here." }), context).message, "Nothing to split here.");
  });

  it("names a place once, whatever it is", () => {
    const loop = at("for", "{");
    const related = [{ at: loop, message: "the loop" }, { at: loop, message: "by way of this call" }, { at: at("ids", "ids"), message: "the rows" }];
    assert.deepEqual(toDiagnostic(finding({ related }), context).relatedInformation!.map(({ message }) => message), ["the loop", "the rows"]);
    assert.equal(evidenceOf(finding({ related }), context).places.length, 3, "itself and two more");
  });

  describe("costs", () => {
    const cost = (terms: readonly (readonly [per: string, least: number, most: number])[], gaps = 0): Cost =>
      ({ terms: terms.map(([per, least, most]) => ({ per: per === "" ? [] : per.split("·"), least, most, because: [] })), gaps: Array.from({ length: gaps }, () => ({})) }) as unknown as Cost;

    for (const [given, headline] of [
      [cost([["", 1, 1]]), "1 query"],
      [cost([["", 0, 1]]), "up to 1 query"],
      [cost([["", 1, 1], ["orders", 1, 1]]), "1 + N queries"],
      [cost([["", 1, 1], ["orders", 1, 2]]), "up to 1 + 2N queries"],
      [cost([["", 3, 57], ["entries", 0, 1], ["items", 0, 6]]), "up to 57 + entries + 6·items queries"],
      [cost([["", 1, 1], ["orders", 0, 1]], 1), "about 1 + N queries"],
      [cost([["", 1, 1], ["orders", 1, 1], ["items", 1, 1], ["lines", 2, 2], ["items·orders", 1, 1]]), "1 + 2·lines + items·orders + … queries"],
      [cost([["", 1, 1], ["orders", 2, 2], ["orders·orders", 3, 3]]), "1 + 2N + 3N² queries"],
      [cost([]), "0 queries"],
    ] as const) {
      it(`are ${headline}`, () => assert.equal(costHeadline(given), headline));
    }

    it("keep their names where there is room", () => assert.equal(costAtMost(cost([["", 1, 2], ["orders", 1, 1]])), "up to 2 + orders"));
  });
});
