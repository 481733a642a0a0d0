import assert from "node:assert/strict";
import { createWorkspace } from "#engine";
import { loadParsers } from "../harness/parsers";
import { runIn } from "./memory-output";
import { removeTemporaryFolders, temporaryFolder } from "./temporary-folder";

describe("scale-hints understood", () => {
  afterEach(removeTemporaryFolders);

  it("counts what is understood and lists what is not, with the reason", async () => {
    const { code, out } = await runIn(temporaryFolder({ "shop/a.py": "fast()\nmurky()\n", "shop/b.py": "fast()\n" }), ["understood"]);
    assert.equal(code, 0);
    assert.match(out, /^ {2}files +2$/m);
    assert.match(out, /1 query\n {2}shop\/a\.py:2:1 murky nobody knows/);
  });

  it("says so where everything is", async () => {
    assert.match((await runIn(temporaryFolder({ "a.py": "fast()\n" }), ["understood"])).out, /Everything that was seen could be followed/);
  });

  it("is data for programs, of the given paths only", async () => {
    const folder = temporaryFolder({ "shop/a.py": "murky()\n", "b.py": "murky()\n" });
    const { out } = await runIn(folder, ["understood", "shop", "--format", "json"]);
    assert.deepEqual(JSON.parse(out).unresolved, [{ what: "query", name: "murky", reason: "nobody knows", path: "shop/a.py", line: 1, column: 1 }]);
  });

  it("does not take blindness for silence", async () => {
    const { code, out } = await runIn(temporaryFolder({ "prisma/schema.prisma": "model User {\n  id Int @id\n}\n" }), ["understood"], { createEngine: async () => createWorkspace({ parsers: await loadParsers(), rules: [] }) });
    assert.equal(code, 0);
    assert.match(out, /1 model found, but no query was understood: silence here says nothing\.\nLikely: the code that queries is not part of what was read/);
    assert.doesNotMatch(out, /Everything that was seen/);
  });

  it("2: a path that is not there", async () => {
    assert.equal((await runIn(temporaryFolder({ "a.py": "" }), ["understood", "nowhere"])).code, 2);
  });
});
