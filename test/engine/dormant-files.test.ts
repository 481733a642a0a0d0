import assert from "node:assert/strict";
import { DormantFiles } from "../../server/src/engine/check/dormant-files";
import { roleOf } from "../../server/src/engine/check/file-role";
import { lowerFile, type SourceFile } from "../../server/src/engine/check/source-file";
import type { FileFacts } from "../../server/src/engine/facts";
import { languageOf } from "../../server/src/engine/languages";
import type { Parsers } from "../../server/src/engine/syntax";
import { loadParsers } from "../harness/parsers";
import { pathOf, root, uriOf } from "../harness/project";

const ORMS = new Set(["django", "typeorm"]);

/** Texts by path, read or not, as the workspace has them. */
class Shelf {
  readonly files = new Map<string, SourceFile>();
  readonly resources = new Map<string, string>();
  readonly dormant: DormantFiles;
  includeTests = false;
  newest: readonly string[] = [];

  constructor(private readonly parsers: Parsers) {
    this.dormant = this.newDormant();
  }

  /** What a workspace beside this one would have. */
  newDormant(): DormantFiles {
    return new DormantFiles({
      files: this.files, resources: this.resources, frameworks: ORMS,
      includesTests: () => this.includeTests,
      facts: () => this.facts(),
      newestMigrations: () => new Set(this.newest.map(uriOf)),
      needsLink: () => true,
      read: (uri) => this.read(uri),
      unread: (uri) => {
        const { text, frontEnd, role } = this.files.get(uri)!;
        this.files.set(uri, { text, frontEnd, role });
      },
    });
  }

  put(path: string, text: string): void {
    const uri = uriOf(path);
    this.dormant.namesChanged();
    const frontEnd = languageOf(path, text);
    if (!frontEnd) {
      this.resources.set(uri, text);
      if (path.endsWith("package.json")) this.dormant.manifestsChanged();
      return;
    }
    this.files.set(uri, { text, frontEnd, role: roleOf(uri, [root]) });
    if (!this.dormant.takes(uri, this.files.get(uri)!)) this.read(uri);
  }

  /** What has been read once everything is awake that should be. */
  awake(): readonly string[] {
    this.dormant.wakeImported();
    return [...this.files].flatMap(([uri, { facts }]) => (facts ? [pathOf(uri)] : [])).sort();
  }

  private read(uri: string): void {
    const { text, frontEnd, role } = this.files.get(uri)!;
    this.files.set(uri, lowerFile(this.parsers, frontEnd, uri, text, role, true));
  }

  private facts(): readonly FileFacts[] {
    return [...this.files.values()].flatMap(({ facts }) => (facts ? [facts] : []));
  }
}

const ENTITY = 'import { Entity } from "typeorm";\n@Entity()\nexport class Order {}\n';
const WEB_PACKAGE = '{ "name": "web", "dependencies": { "react-dom": "19.0.0" } }';

describe("files that sleep", () => {
  let shelf: Shelf;
  beforeEach(async () => (shelf = new Shelf(await loadParsers())));

  it("wake when a file that counts imports them, and what they import with them", () => {
    shelf.put("tests/factories.py", "from tests.names import name\n");
    shelf.put("tests/names.py", "name = 'x'\n");
    shelf.put("tests/other.py", "x = 1\n");
    assert.deepEqual(shelf.awake(), []);
    shelf.put("shop/views.py", "from tests.factories import make\n");
    assert.deepEqual(shelf.awake(), ["shop/views.py", "tests/factories.py", "tests/names.py"]);
  });

  it("wake when they come after the file that imports them", () => {
    shelf.put("shop/views.py", "from tests.factories import make\n");
    assert.deepEqual(shelf.awake(), ["shop/views.py"]);
    shelf.put("tests/factories.py", "make = 1\n");
    assert.deepEqual(shelf.awake(), ["shop/views.py", "tests/factories.py"]);
  });

  it("wake when their findings are asked for", () => {
    shelf.put("tests/factories.py", "make = 1\n");
    shelf.includeTests = true;
    shelf.dormant.wakeAll();
    assert.deepEqual(shelf.awake(), ["tests/factories.py"]);
  });

  it("wake when they are the migration that a rule speaks of", () => {
    for (const each of ["0001_initial", "0002_more"]) shelf.put(`shop/migrations/${each}.py`, "x = 1\n");
    shelf.newest = ["shop/migrations/0002_more.py"];
    assert.deepEqual(shelf.awake(), ["shop/migrations/0002_more.py"]);
  });

  it("wake when they are no tests any more", () => {
    shelf.put("tests/factories.py", "make = 1\n");
    const moved: SourceFile = { ...shelf.files.get(uriOf("tests/factories.py"))!, role: "application" };
    shelf.files.set(uriOf("tests/factories.py"), moved);
    shelf.dormant.roleChanged(uriOf("tests/factories.py"), moved);
    assert.deepEqual(shelf.awake(), ["tests/factories.py"]);
  });

  it("stay away when they are deleted", () => {
    shelf.put("tests/factories.py", "make = 1\n");
    shelf.files.delete(uriOf("tests/factories.py"));
    shelf.dormant.delete(uriOf("tests/factories.py"));
    shelf.put("shop/views.py", "from tests.factories import make\n");
    assert.deepEqual(shelf.awake(), ["shop/views.py"]);
  });
});

describe("scripts and templates that wait", () => {
  let shelf: Shelf;
  beforeEach(async () => (shelf = new Shelf(await loadParsers())));

  it("scripts for something that names an ORM", () => {
    shelf.put("src/list.ts", "export const list = async () => await findAll();\n");
    assert.deepEqual(shelf.awake(), []);
    shelf.put("src/order.ts", ENTITY);
    assert.deepEqual(shelf.awake(), ["src/list.ts", "src/order.ts"]);
  });

  it("templates for code in Python", () => {
    shelf.put("templates/orders.html", "{% for order in orders %}{{ order.customer.name }}{% endfor %}\n");
    assert.deepEqual(shelf.awake(), []);
    shelf.put("shop/views.py", "x = 1\n");
    assert.deepEqual(shelf.awake(), ["shop/views.py", "templates/orders.html"]);
  });

  it("scripts of packages that only run in browsers for an import", () => {
    shelf.put("web/package.json", WEB_PACKAGE);
    shelf.put("server/order.ts", ENTITY);
    shelf.put("web/list.ts", "export const list = async () => await fetchAll();\n");
    assert.deepEqual(shelf.awake(), ["server/order.ts"]);
    shelf.put("server/main.ts", `import { list } from "../web/list";\n${ENTITY}`);
    assert.deepEqual(shelf.awake(), ["server/main.ts", "server/order.ts", "web/list.ts"]);
  });

  it("which packages these are changes with their manifests", () => {
    shelf.put("server/order.ts", ENTITY);
    shelf.put("web/list.ts", "export const list = async () => await fetchAll();\n");
    assert.deepEqual(shelf.awake(), ["server/order.ts", "web/list.ts"]);
    shelf.put("web/package.json", WEB_PACKAGE);
    assert.deepEqual(shelf.awake(), ["server/order.ts"]);
    shelf.put("web/package.json", WEB_PACKAGE.replace('"react-dom"', '"express": "5.0.0", "react-dom"'));
    assert.deepEqual(shelf.awake(), ["server/order.ts", "web/list.ts"]);
  });

  it("what a copy knows is its own", () => {
    shelf.put("src/list.ts", "export const list = async () => await findAll();\n");
    const copy = shelf.newDormant();
    copy.takeOver(shelf.dormant);
    shelf.dormant.delete(uriOf("src/list.ts"));
    const order = uriOf("src/order.ts");
    assert.ok(!copy.takes(order, { text: ENTITY, frontEnd: languageOf("src/order.ts", ENTITY)!, role: "application" }));
    copy.wakeImported();
    assert.deepEqual([...shelf.files].flatMap(([uri, { facts }]) => (facts ? [pathOf(uri)] : [])), ["src/list.ts"]);
  });
});
