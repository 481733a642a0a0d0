import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { allProofs, proofPage } from "./harness/proofs";

const FRAMEWORKS = ["Django", "Prisma", "TypeORM", "Sequelize", "Drizzle", "Knex", "MikroORM"];
const PAGE = join(__dirname, "../../docs/PROOF.md");

describe("The page of proofs", () => {
  it("is what was measured", function () {
    if (process.env.SCALE_HINTS_SKIP_PYTHON === "1" || FRAMEWORKS.some((name) => !allProofs().some(({ framework }) => framework === name))) this.skip();
    if (process.env.SCALE_HINTS_WRITE_FACTS === "1") writeFileSync(PAGE, proofPage());
    assert.equal(readFileSync(PAGE, "utf8"), proofPage(), "run npm run prove -- --write");
  });
});
