import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allProofs, proofPage } from "./harness/proofs";

const FRAMEWORKS = ["Django", "Prisma", "TypeORM", "Sequelize", "Drizzle", "Knex", "MikroORM"];
const OLDER = ["Django 3.2", "Django 4.2"];
const PAGE = join(__dirname, "../../docs/PROOF.md");

describe("The page of proofs", () => {
  it("is what was measured", function () {
    const all = allProofs();
    const isPart = FRAMEWORKS.some((name) => !all.some(({ framework }) => framework === name)) || OLDER.some((name) => !all.some((proof) => "older" in proof && proof.older.startsWith(name))) || !all.some((proof) => "server" in proof) || !all.some((proof) => "lookup" in proof);
    if (process.env.SCALE_HINTS_SKIP_PYTHON === "1" || isPart) this.skip();
    if (process.env.SCALE_HINTS_WRITE_FACTS === "1") writeFileSync(PAGE, proofPage());
    assert.equal(readFileSync(PAGE, "utf8"), proofPage(), "run npm run prove -- --write");
  });
});
