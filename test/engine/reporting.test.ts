import { strict as assert } from "node:assert";
import type { EntryPoint, Impact, Severity } from "#engine";
import { roleOf } from "../../server/src/engine/check/file-role";
import { severityOf } from "../../server/src/engine/check/severity";

describe("severity", () => {
  const table: readonly (readonly [Impact, "resolved" | "inferred" | "assumed", EntryPoint, number, Severity])[] = [
    ["critical", "resolved", "request", 0, "warning"],
    ["high", "resolved", "unknown", 0, "warning"],
    ["medium", "resolved", "request", 0, "information"],
    ["low", "resolved", "request", 0, "hint"],
    ["critical", "inferred", "request", 0, "information"],
    ["critical", "assumed", "request", 0, "hint"],
    ["critical", "resolved", "task", 0, "information"],
    ["high", "resolved", "command", 0, "information"],
    ["medium", "resolved", "admin", 0, "hint"],
    ["critical", "resolved", "request", 1, "information"],
    ["critical", "inferred", "task", 0, "hint"],
    ["low", "inferred", "task", 3, "hint"],
  ];
  for (const [impact, confidence, entry, lower, expected] of table) {
    it(`of ${impact}, ${confidence}, in a ${entry}, ${lower} lower is ${expected}`, () => assert.equal(severityOf(impact, confidence, entry, lower), expected));
  }
});

describe("roles of files", () => {
  const folders = ["file:///home/somebody/tests/shop"];
  const roles: Readonly<Record<string, string>> = {
    "shop/views.py": "application",
    "manage.py": "application",
    "shop/tests/test_views.py": "test",
    "shop/tests.py": "test",
    "shop/test_views.py": "test",
    "shop/views_test.py": "test",
    "conftest.py": "test",
    "shop/factories.py": "test",
    "shop/latest.py": "application",
    "shop/migrations/0001_initial.py": "migration",
    "scripts/load.py": "seed",
    "shop/seed_books.py": "seed",
    "shop/management/commands/report.py": "command",
    "shop/tasks.py": "task",
    "shop/tasks/mail.py": "task",
    "shop/admin.py": "admin",
    "vendor/lib/models.py": "vendored",
    "node_modules/node-gyp/gyp.py": "vendored",
    "shop/static/shop/build.py": "vendored",
  };
  for (const [path, role] of Object.entries(roles)) it(`${path} is ${role}`, () => assert.equal(roleOf(`${folders[0]}/${path}`, folders), role));

  it("are read below Windows folders as well", () => {
    assert.equal(roleOf("file:///c%3A/tests/shop/views.py", ["file:///c:/tests"]), "application");
    assert.equal(roleOf("file:///C:/tests/shop/tests/x.py", ["file:///c%3A/tests"]), "test");
  });
});
