import assert from "node:assert/strict";
import { applyEdits, type Fix, type TextEdit } from "#engine";
import { combineFixes } from "../../server/src/fixes/combine";
import { PieceText } from "../../server/src/fixes/piece-text";
import { FakeEngine } from "./fake-engine";

const edit = (start: number, end: number, newText: string): TextEdit => ({ span: { start, end }, newText });

describe("a text under repeated editing", () => {
  const rounds: readonly (readonly TextEdit[])[][] = [
    [[edit(2, 4, "XX")]],
    [[edit(0, 0, "a"), edit(10, 10, "z")], [edit(1, 2, ""), edit(5, 6, "long")]],
    [[edit(3, 3, "[new]")], [edit(4, 7, "NEW")], [edit(0, 15, "")]],
    [[edit(1, 3, "q"), edit(5, 5, "w")], [edit(0, 2, "")], [edit(0, 0, "t")]],
    [[edit(2, 4, "XX")], [edit(2, 4, "23")]],
  ];
  rounds.forEach((edits, index) => {
    it(`knows the edits from the beginning (${index})`, () => {
      const original = "0123456789";
      const pieces = new PieceText(original);
      let text = original;
      for (const round of edits) {
        pieces.apply(round);
        text = applyEdits(text, round);
      }
      assert.equal(pieces.text, text);
      assert.equal(applyEdits(original, pieces.edits()), text);
    });
  });

  it("has no edits where all were undone", () => {
    const pieces = new PieceText("abc");
    pieces.apply([edit(1, 2, "x")]);
    pieces.apply([edit(1, 2, "b")]);
    assert.deepEqual(pieces.edits(), []);
  });
});

describe("combined fixes", () => {
  const uri = "file:///a.py";
  const all = { uris: [uri], wants: () => true, safeties: ["safe"] as const, mayEdit: () => true };

  it("say what to edit in the texts as they were", () => {
    const engine = new FakeEngine();
    engine.apply([{ uri, text: "slow(); slow()\n" }]);
    const { edits, fixed } = combineFixes(engine, all);
    assert.equal(applyEdits("slow(); slow()\n", edits[0].edits), "fast(); fast()\n");
    assert.equal(fixed.length, 2);
    assert.equal(engine.text(uri), "fast(); fast()\n");
  });

  it("are those of all files where none is named", () => {
    const engine = new FakeEngine();
    engine.apply([{ uri, text: "slow()\n" }, { uri: "file:///b.py", text: "slow(); wild()\n" }]);
    const { edits } = combineFixes(engine, { ...all, uris: undefined });
    assert.deepEqual(edits.map((each) => each.uri), [uri, "file:///b.py"]);
  });

  it("name what is not made, apart from what is and from each other", () => {
    const engine = new FakeEngine();
    engine.apply([{ uri, text: "slow(careful); slow()\nslow(sketchy)\n" }]);
    const { edits, fixed, named } = combineFixes(engine, { ...all, names: ["review"] });
    assert.deepEqual([edits.length, fixed.length, named.map(({ fix }) => fix.edits[0].edits[0].span)], [1, 1, [{ start: 0, end: 13 }]]);
    class Meeting extends FakeEngine {
      override fixes(finding: Parameters<FakeEngine["fixes"]>[0]): readonly Fix[] {
        return super.fixes(finding).map((fix) => ({ ...fix, edits: [{ uri, edits: [edit(0, 0, "import fast\n"), ...fix.edits[0].edits] }] }));
      }
    }
    const meeting = new Meeting();
    meeting.apply([{ uri, text: "slow(careful); slow()\n" }]);
    const { named: none, apart } = combineFixes(meeting, { ...all, names: ["review"] });
    assert.deepEqual([none.length, apart.length], [0, 1], "they share an import");
  });

  it("name what makes a file only where nothing else does, and then apart: each is made for the files that there are", () => {
    const engine = new FakeEngine();
    engine.apply([{ uri, text: "wild(file)\nwild()\n" }]);
    const { named, apart } = combineFixes(engine, { ...all, names: ["review"] });
    assert.deepEqual([named, apart].map((each) => each.map(({ fix }) => fix.title)), [["Tame it in the model"], ["Tame it in a new file"]]);
  });

  it("are asked for again only where something has changed since there were none", () => {
    const asked: string[] = [];
    class Refusing extends FakeEngine {
      override fixes(finding: Parameters<FakeEngine["fixes"]>[0]): readonly Fix[] {
        asked.push(finding.key);
        return finding.key.endsWith(" no") ? [] : super.fixes(finding);
      }
    }
    const engine = new Refusing();
    engine.apply([{ uri, text: "slow(); slow(no)\n" }, { uri: "file:///b.py", text: "slow(no)\n" }]);
    combineFixes(engine, { ...all, uris: undefined });
    assert.deepEqual(asked.filter((key) => key.endsWith(" no")), [`slow-call ${uri} no`, "slow-call file:///b.py no", `slow-call ${uri} no`]);
  });

  it("leave alone what a person has to choose, its alternatives as well", () => {
    for (const [first, expected] of [["sketch", 0], ["safe", 1]] as const) {
      class Choosing extends FakeEngine {
        override fixes(finding: Parameters<FakeEngine["fixes"]>[0]): readonly Fix[] {
          const edits = [{ uri, edits: [{ span: finding.at.span, newText: "fast()" }] }];
          return [{ title: "one", safety: first, preferred: false, edits }, { title: "another", safety: "safe", preferred: false, edits }];
        }
      }
      const engine = new Choosing();
      engine.apply([{ uri, text: "slow()\n" }]);
      engine.checkAll();
      assert.equal(combineFixes(engine, all).fixed.length, expected);
    }
  });

  it("insert what several need once, and take turns where they insert different things", () => {
    class Importing extends FakeEngine {
      override fixes(finding: Parameters<FakeEngine["fixes"]>[0]): readonly Fix[] {
        const name = this.text(uri)!.slice(finding.at.span.start + 5, finding.at.span.end - 1);
        const title = "import";
        return [{ title, safety: "safe", preferred: true, edits: [{ uri, edits: [edit(0, 0, `import ${name}\n`), { span: finding.at.span, newText: `${name}()` }] }] }];
      }
    }
    const engine = new Importing();
    const text = "\nslow(a)\nslow(a)\nslow(b)\n";
    engine.apply([{ uri, text }]);
    engine.checkAll();
    const { edits } = combineFixes(engine, all);
    assert.equal(applyEdits(text, edits[0].edits), "import b\nimport a\n\na()\na()\nb()\n");
  });

  it("stop where two undo each other", () => {
    class Restless extends FakeEngine {
      override fixes(finding: Parameters<FakeEngine["fixes"]>[0]): readonly Fix[] {
        const to = this.text(uri)!.startsWith("slow(a)") ? "slow(b)" : "slow(a)";
        return [{ title: "there and back", safety: "safe", preferred: true, edits: [{ uri, edits: [{ span: finding.at.span, newText: to }] }] }];
      }
    }
    const engine = new Restless();
    engine.apply([{ uri, text: "slow(a)\n" }]);
    engine.checkAll();
    assert.ok(combineFixes(engine, all).fixed.length < 12);
  });
});
