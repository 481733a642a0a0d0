import assert from "node:assert/strict";
import { joinUsage } from "../../server/src/engine/check/usage";
import type { EntityUsage } from "../../server/src/engine/rule";

const NOTHING: EntityUsage = { lookups: [], orderings: [], saves: [], inserts: [], lists: [], loads: new Set(), loaded: [], deletes: [], addsRows: false, isUsed: true, uncertain: false };
const HERE = { uri: "file:///project/src/orders.ts", span: { start: 10, end: 20 } };

describe("how a project uses a table", () => {
  it("counts a place once, for whoever counts most among those that reach it", () => {
    const deletes = (each: Partial<EntityUsage["deletes"][number]>): EntityUsage => ({ ...NOTHING, deletes: [{ at: HERE, by: "request", ...each }] });
    const loaded = (each: Partial<EntityUsage["loaded"][number]>): EntityUsage => ({ ...NOTHING, loaded: [{ path: "lines", at: HERE, by: "request", ...each }] });
    const everyday = deletes({});
    for (const aside of [deletes({ isUncalled: true }), deletes({ isUpkeep: true }), deletes({ by: "admin" }), deletes({ by: "command" })]) {
      assert.deepEqual(joinUsage([aside, everyday]).deletes, everyday.deletes);
      assert.deepEqual(joinUsage([everyday, aside]).deletes, everyday.deletes);
    }
    assert.deepEqual(joinUsage([deletes({ isUncalled: true }), deletes({ by: "admin" })]).deletes, deletes({ by: "admin" }).deletes);
    assert.deepEqual(joinUsage([loaded({ isOfAll: true }), loaded({})]).loaded, loaded({}).loaded);
    assert.deepEqual(joinUsage([loaded({ isUncalled: true }), loaded({ isOfAll: true })]).loaded, loaded({ isOfAll: true }).loaded);
  });
});
