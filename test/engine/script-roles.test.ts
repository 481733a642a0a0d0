import assert from "node:assert/strict";
import { roleOf } from "../../server/src/engine/check/file-role";
import { SleepingModules } from "../../server/src/engine/check/sleeping-modules";
import { isIgnoredFolder, kindOfFile } from "../../server/src/host/wanted";
import { ScriptModules } from "../../server/src/engine/project/script-modules";
import { uriOf } from "../harness/project";
import { imported, script } from "./script-facts";

describe("what a script is for", () => {
  const ROLES: Readonly<Record<string, readonly string[]>> = {
    test: ["src/orders.test.ts", "src/orders.spec.tsx", "src/__tests__/orders.ts", "src/__mocks__/db.js", "e2e/login.ts", "cypress/support/index.ts", "src/Button.stories.tsx", "test/app.e2e-spec.ts", "src/orders.integration-spec.ts", "src/orders.testHelpers.ts", "tests/db.ts", "src/fixtures/users.ts", "src/tags/tags.test-fixture.ts", "packages/dev-server/test-plugins/reviews/review.entity.ts", "examples/shop/src/orders.ts", "packages/server/example-plugins/wishlist/wishlist.entity.ts", "e2e-app/server.ts", "vitest.setup.ts", "src/__e2e__/orders.ts", "src/orders.servertest.ts", "src/orders.clienttest.tsx", "src/app.module.test-e2e.ts"],
    seed: ["prisma/seed.ts", "src/db/seeds/users.ts", "seeders/20200101-users.js", "scripts/import.ts", "src/seed-users.ts", "src/tester/e2eSeeds.ts"],
    migration: ["src/migrations/1700000000-init.ts", "prisma/migrations/lock.ts", "migration/1700-init.ts"],
    command: ["src/cli/import.ts", "bin/run.ts", "src/cli.ts"],
    vendored: ["types/express.d.ts", "src/generated/client.ts", "public/app.min.js", "vendor/x.js"],
    application: ["src/orders/orders.service.ts", "src/commands/create-order.ts", "src/config.factory.ts", "src/latest.ts", "src/api.latest.ts", "src/stories/list.ts", "src/orders.vue"],
  };
  for (const [role, paths] of Object.entries(ROLES)) for (const path of paths) it(`${path} is ${role}`, () => assert.equal(roleOf(uriOf(path), ["file:///project"]), role));
});

describe("tests and seeds that scripts import", () => {
  const woken = (importer: string, specifier: string, files: readonly string[], packages: Readonly<Record<string, string>> = {}): readonly string[] => {
    const sleeping = new SleepingModules();
    for (const each of files) sleeping.add(uriOf(each));
    const modules = new ScriptModules([importer, ...files].map(uriOf), new Map(Object.entries(packages).map(([path, text]) => [uriOf(path), text])), new Set());
    const resolve = (module: string, from: string): string | undefined => {
      const found = modules.resolve(module, from);
      return found && "uri" in found ? found.uri : undefined;
    };
    return sleeping.importedBy([script(uriOf(importer), { imports: [imported(specifier, "x")] })], resolve).map((each) => each.replace(uriOf(""), ""));
  };

  it("are read, and no others", () => {
    assert.deepEqual(woken("src/main.ts", "./fixtures/orders", ["src/fixtures/orders.ts", "src/tests/orders.ts"]), ["src/fixtures/orders.ts"]);
    assert.deepEqual(woken("src/main.ts", "./types", ["src/types.d.ts", "lib/types.d.ts"]), ["src/types.d.ts"]);
    assert.deepEqual(woken("src/a/b.ts", "../seed.js", ["src/seed.ts", "src/a/seed.ts"]), ["src/seed.ts"]);
    assert.deepEqual(woken("src/main.ts", "@/generated", ["src/generated/index.ts"]), ["src/generated/index.ts"]);
    assert.deepEqual(woken("src/main.ts", "@shop/db/seeds/users", ["packages/db/src/seeds/users.ts", "seeds/users.ts"], { "packages/db/package.json": '{ "name": "@shop/db" }', "package.json": '{ "name": "shop" }' }), ["packages/db/src/seeds/users.ts"]);
    assert.deepEqual(woken("src/main.ts", "./generated", ["src/generated/index.ts"]), ["src/generated/index.ts"]);
    assert.deepEqual(woken("src/main.ts", "./generated/index", ["src/generated/index.ts"]), ["src/generated/index.ts"]);
    assert.deepEqual(woken("src/generated/a.ts", ".", ["src/generated/index.ts"]), ["src/generated/index.ts"]);
    assert.deepEqual(woken("src/main.ts", "express", ["src/types/express.d.ts"]), []);
  });
});

describe("files and folders of a script project", () => {
  it("reads what says something about packages and modules", () => {
    for (const path of ["package.json", "apps/web/package.json", "pnpm-lock.yaml", "yarn.lock", "package-lock.json", "bun.lock", "tsconfig.base.json", "apps/web/tsconfig.app.json", "packages/typescript-config/nextjs.json", "jsconfig.json"]) assert.equal(kindOfFile(path), "resource", path);
    assert.equal(kindOfFile("src/data.json"), undefined);
    for (const path of ["prisma/migrations/1_start/migration.sql", "docker/init/01.sql", "Dump.SQL"]) assert.equal(kindOfFile(path), "resource", path);
    for (const path of ["changelog/db.changelog-1.35.xml", "db/changelog/1.yaml", "liquibase/start.yml", "dbChangeLog.json"]) assert.equal(kindOfFile(path), "resource", path);
    for (const path of ["test/fixtures/dump.sql", "packages/a/__tests__/x.sql", "CHANGELOG.md", "pom.xml", "test/liquibase/a.xml"]) assert.equal(kindOfFile(path), undefined, path);
  });

  it("leaves out what is built", () => {
    const has = (...entries: string[]) => (name: string) => entries.includes(name);
    for (const name of ["node_modules", ".next", ".turbo", "dist", "out", "build"]) assert.ok(isIgnoredFolder(name, has()), name);
    assert.ok(isIgnoredFolder("coverage", has("lcov.info")));
    assert.ok(!isIgnoredFolder("coverage", has("index.ts")));
    assert.ok(!isIgnoredFolder("build", has("index.ts")));
  });
});
