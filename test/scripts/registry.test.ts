import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

type Persistently = <T>(what: string, run: () => T, pauses: readonly number[]) => T;

describe("what is installed while tests run", () => {
  let persistently: Persistently;
  before(async () => {
    ({ persistently } = (await import(pathToFileURL("scripts/registry.mjs").href)) as { persistently: Persistently });
  });

  it("is asked for again when a registry hiccups", () => {
    let tries = 0;
    const got = quietly(() =>
      persistently("npm", () => {
        if (++tries < 3) throw new Error("connection reset");
        return "installed";
      }, [0, 0, 0]),
    );
    assert.deepEqual([got.result, tries, got.said], ["installed", 3, ["npm failed (connection reset); again in 0 s …", "npm failed (connection reset); again in 0 s …"]]);
  });

  it("fails with what the last try said", () => {
    let tries = 0;
    quietly(() => assert.throws(() => persistently("npm", () => { throw new Error(`refused ${++tries}`); }, [0, 0]), /^Error: refused 3$/));
  });
});

/** What `run` gives, and the lines that it would have printed. */
function quietly<T>(run: () => T): { result: T; said: string[] } {
  const { log } = console;
  const said: string[] = [];
  console.log = (line: string) => void said.push(line);
  try {
    return { result: run(), said };
  } finally {
    console.log = log;
  }
}
