import assert from "node:assert/strict";
import type { FileFacts } from "../../server/src/engine/facts";
import { linkProject, type LinkedProject, type Symbol } from "../../server/src/engine/project";
import { uriOf } from "../harness/project";
import { cls, dotted, fn, imported, passedOn, script, value, type ScriptParts } from "./script-facts";

/** A project of scripts by path; texts are its resources. */
function link(files: Readonly<Record<string, ScriptParts>>, resources: Readonly<Record<string, string>> = {}, order: readonly string[] = Object.keys(files), previous?: LinkedProject): LinkedProject {
  const facts = new Map<string, FileFacts>(order.map((path) => [uriOf(path), script(uriOf(path), files[path])]));
  return linkProject({ files: facts, folders: ["file:///project"], adapters: [], resources: new Map(Object.entries(resources).map(([path, text]) => [uriOf(path), text])), previous });
}

function show(symbol: Symbol | undefined): string {
  const short = (text: string): string => text.replace("file:///project/", "");
  switch (symbol?.kind) {
    case "class": return `class ${short(symbol.class.key)}`;
    case "function": return `function ${short(symbol.function.key)}`;
    case "value": return `value ${short(symbol.uri)}#${symbol.value.name}`;
    case "type": return `type ${short(symbol.uri)}#${symbol.type.name}`;
    case "module": return `module ${short(symbol.uri)}`;
    case "external": return `external ${symbol.name}`;
    case undefined: return "nothing";
  }
}

const module = (project: LinkedProject, from: string, specifier: string): string => show(project.resolveImport(uriOf(from), specifier, 0));
const name = (project: LinkedProject, from: string, expression: string): string => show(project.resolveExpression(uriOf(from), dotted(expression)));

/** All orders of a few things. */
function orders<T>(items: readonly T[]): T[][] {
  return items.length < 2 ? [[...items]] : items.flatMap((item, i) => orders([...items.slice(0, i), ...items.slice(i + 1)]).map((rest) => [item, ...rest]));
}

describe("module specifiers of TypeScript", () => {
  it("leads relative ones to the file, whatever its suffix", () => {
    const project = link({ "src/a.ts": {}, "src/b.tsx": {}, "src/c.mts": {}, "src/d.js": {}, "src/e.vue": {}, "src/f/index.ts": {}, "src/g.d.ts": {}, "src/h.service.ts": {}, "src/deep/x.ts": {}, "src/main.ts": {} });
    for (const [specifier, path] of [
      ["./a", "src/a.ts"], ["./a.js", "src/a.ts"], ["./a.ts", "src/a.ts"], ["./b", "src/b.tsx"], ["./b.jsx", "src/b.tsx"], ["./c.mjs", "src/c.mts"], ["./d", "src/d.js"], ["./e.vue", "src/e.vue"],
      ["./f", "src/f/index.ts"], ["./f/", "src/f/index.ts"], ["./f/index", "src/f/index.ts"], ["./f/index.js", "src/f/index.ts"], ["./g", "src/g.d.ts"], ["./h.service", "src/h.service.ts"], ["./deep/../a", "src/a.ts"],
    ]) assert.equal(module(project, "src/main.ts", specifier), `module ${path}`, specifier);
    assert.equal(module(project, "src/deep/x.ts", "../f"), "module src/f/index.ts");
    assert.equal(module(project, "src/f/index.ts", "."), "module src/f/index.ts");
  });

  it("calls a path without a file by that path, and what is no code nothing", () => {
    const project = link({ "src/a.ts": { imports: [imported("../generated/prisma/client.js", "PrismaClient")] } });
    assert.equal(name(project, "src/a.ts", "PrismaClient"), "external /project/generated/prisma/client.PrismaClient");
    assert.equal(module(project, "src/a.ts", "./data.json"), "nothing");
    assert.equal(module(project, "src/a.ts", "./styles.module.css"), "nothing");
  });

  it("names what comes from packages by package and export", () => {
    const project = link({ "a.ts": { imports: [imported("typeorm", "Repository as R"), imported("knex", "default as knex"), imported("drizzle-orm/pg-core", "* as pg"), imported("node:fs", "readFile")] } });
    assert.equal(name(project, "a.ts", "R"), "external typeorm.Repository");
    assert.equal(name(project, "a.ts", "knex"), "external knex.default");
    assert.equal(name(project, "a.ts", "pg"), "external drizzle-orm/pg-core");
    assert.equal(name(project, "a.ts", "pg.pgTable"), "external drizzle-orm/pg-core.pgTable");
    assert.equal(name(project, "a.ts", "readFile"), "external node:fs.readFile");
    assert.equal(module(project, "a.ts", "@prisma/client"), "external @prisma/client");
  });

  it("reads `paths` and `baseUrl`, with comments, inherited, and of the nearest configuration", () => {
    const project = link(
      { "src/db/client.ts": {}, "src/lib/dates.ts": {}, "apps/web/src/db.ts": {}, "apps/web/src/page.ts": {}, "apps/api/src/main.ts": {}, "packages/db/src/index.ts": {}, "src/main.ts": {}, "apps/api/src/x/y.ts": {} },
      {
        "tsconfig.json": `{ // ours\n "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"], "@db": ["src/db/client.ts"], "@lib/*": ["lib/*", "src/lib/*"], }, } }`,
        "apps/web/tsconfig.json": `{ "extends": "../../tsconfig.web.json" }`,
        "tsconfig.web.json": `{ "compilerOptions": { "paths": { "@/*": ["./apps/web/src/*"] } } }`,
        "apps/api/tsconfig.json": `{ "extends": ["@shop/tsconfig/base.json"], "compilerOptions": { "baseUrl": "src" } }`,
        "packages/tsconfig/package.json": `{ "name": "@shop/tsconfig" }`,
        "packages/tsconfig/base.json": `{ "compilerOptions": { "paths": { "~/*": ["\${configDir}/src/*"] } } }`,
      },
    );
    assert.equal(module(project, "src/main.ts", "@/db/client"), "module src/db/client.ts");
    assert.equal(module(project, "src/main.ts", "@db"), "module src/db/client.ts");
    assert.equal(module(project, "src/main.ts", "@lib/dates"), "module src/lib/dates.ts");
    assert.equal(module(project, "src/main.ts", "src/lib/dates"), "module src/lib/dates.ts");
    assert.equal(module(project, "apps/web/src/page.ts", "@/db"), "module apps/web/src/db.ts");
    assert.equal(module(project, "apps/api/src/x/y.ts", "~/main"), "module apps/api/src/main.ts");
    assert.equal(module(project, "apps/api/src/x/y.ts", "main"), "module apps/api/src/main.ts");
    assert.equal(module(project, "src/main.ts", "@/generated/client"), "external /project/src/generated/client");
    assert.equal(module(project, "src/main.ts", "src/generated/client"), "external /project/src/generated/client");
    assert.equal(module(project, "src/main.ts", "drizzle-orm/pg-core"), "external drizzle-orm/pg-core");
  });

  it("reads configurations that a `tsconfig.json` refers to", () => {
    const project = link({ "src/db.ts": {}, "src/main.ts": {} }, { "tsconfig.json": `{ "files": [], "references": [{ "path": "./tsconfig.app.json" }] }`, "tsconfig.app.json": `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }` });
    assert.equal(module(project, "src/main.ts", "@/db"), "module src/db.ts");
  });

  it("finds packages of the workspace, their subpaths, and the sources of what they are compiled to", () => {
    const project = link(
      { "packages/db/src/index.ts": {}, "packages/db/src/client.ts": {}, "packages/db/src/deep/user.ts": {}, "packages/ui/index.tsx": {}, "packages/core/src/main.ts": {}, "packages/core/src/internal/log.ts": {}, "apps/web/page.tsx": {} },
      {
        "package.json": `{ "name": "shop", "workspaces": ["packages/*"] }`,
        "packages/db/package.json": `{ "name": "@shop/db", "exports": { ".": { "import": "./dist/index.mjs", "types": "./dist/index.d.ts" }, "./client": { "default": "./dist/client.js" }, "./*": "./dist/deep/*.js" } }`,
        "packages/ui/package.json": `{ "name": "@shop/ui" }`,
        "packages/core/package.json": `{ "name": "@shop/core", "main": "lib/main.js", "imports": { "#log": "./src/internal/log.ts", "#db": "@shop/db" } }`,
      },
    );
    assert.equal(module(project, "apps/web/page.tsx", "@shop/db"), "module packages/db/src/index.ts");
    assert.equal(module(project, "apps/web/page.tsx", "@shop/db/client"), "module packages/db/src/client.ts");
    assert.equal(module(project, "apps/web/page.tsx", "@shop/db/user"), "module packages/db/src/deep/user.ts");
    assert.equal(module(project, "apps/web/page.tsx", "@shop/ui"), "module packages/ui/index.tsx");
    assert.equal(module(project, "apps/web/page.tsx", "@shop/core"), "module packages/core/src/main.ts");
    assert.equal(module(project, "packages/core/src/main.ts", "#log"), "module packages/core/src/internal/log.ts");
    assert.equal(module(project, "packages/core/src/main.ts", "#db"), "module packages/db/src/index.ts");
    assert.equal(module(project, "apps/web/page.tsx", "@shop/db/generated/client"), "external /project/packages/db/generated/client");
    assert.equal(module(project, "apps/web/page.tsx", "@shop/other"), "external @shop/other");
  });

  it("takes a folder's usual alias without configuration only where one file fits", () => {
    const project = link({ "src/db.ts": {}, "src/lib/log.ts": {}, "lib/log.ts": {}, "src/a/b.ts": {} }, {});
    assert.equal(module(project, "src/a/b.ts", "@/db"), "module src/db.ts");
    assert.equal(module(project, "src/a/b.ts", "~/db"), "module src/db.ts");
    assert.equal(module(project, "src/a/b.ts", "src/db"), "module src/db.ts");
    assert.equal(module(project, "src/a/b.ts", "@/lib/log"), "external @/lib/log");
  });
});

describe("names of TypeScript modules", () => {
  it("follows named, default and namespace imports, renames and re-exports in any order of files", () => {
    const files: Record<string, ScriptParts> = {
      "models/user.ts": { classes: [cls("User")], functions: [fn("make")], renames: [{ exported: "default", local: "User" }, { exported: "create", local: "make" }] },
      "models/index.ts": { imports: [passedOn("./user", "default as User"), passedOn("./user", "create as createUser"), passedOn("./order", "*"), passedOn("./user", "* as users")] },
      "models/order.ts": { classes: [cls("Order", { form: "interface" }), cls("Status", { form: "enum", attributes: [value("OPEN")] })], types: [value("Orders", undefined, dotted("Order"))] },
      "main.ts": { imports: [imported("./models", "User"), imported("./models", "createUser"), imported("./models", "Order as O"), imported("./models", "Status"), imported("./models", "Orders"), imported("./models", "users"), imported("./models", "* as models"), imported("./models/user", "default as Person")] },
    };
    for (const order of orders(Object.keys(files))) {
      const project = link(files, {}, order);
      const expected = {
        User: "class models/user.ts#User", createUser: "function models/user.ts#make", O: "class models/order.ts#Order", Status: "class models/order.ts#Status", "Status.OPEN": "value models/order.ts#OPEN",
        Orders: "type models/order.ts#Orders", users: "module models/user.ts", "users.create": "function models/user.ts#make", "models.users.default": "class models/user.ts#User", Person: "class models/user.ts#User", missing: "nothing",
      };
      for (const [expression, symbol] of Object.entries(expected)) assert.equal(name(project, "main.ts", expression), symbol, `${expression} with ${order}`);
      assert.equal(name(project, "models/index.ts", "User"), "nothing", "what is passed on binds nothing");
      assert.equal(show(project.followAliases(project.resolveName(uriOf("main.ts"), "Orders")!)), "class models/order.ts#Order");
    }
  });

  it("comes to an end in circles and webs of barrels, with the same result in any order", () => {
    const files: Record<string, ScriptParts> = {
      "a.ts": { imports: [passedOn("./b", "*"), passedOn("./c", "*")], classes: [cls("A")] },
      "b.ts": { imports: [passedOn("./a", "*"), passedOn("./c", "*")], classes: [cls("B")] },
      "c.ts": { imports: [passedOn("./a", "*"), passedOn("./b", "*"), passedOn("@prisma/client", "*")], classes: [cls("C")] },
    };
    for (const order of orders(Object.keys(files))) {
      for (const asked of orders(["A", "B", "C", "PrismaClient"])) {
        const project = link(files, {}, order);
        for (const each of asked) for (const from of order) {
          const found = show(project.resolveImport(uriOf("main.ts").replace("main", from.replace(".ts", "")), `./${from.replace(".ts", "")}`, 0, each));
          assert.equal(found, each === "PrismaClient" ? "external @prisma/client.PrismaClient" : `class ${each.toLowerCase()}.ts#${each}`, `${each} of ${from}`);
        }
      }
    }
  });

  it("prefers what runs to a type of its name, and hides what is not exported", () => {
    const project = link({
      "a.ts": { values: [value("Role", dotted("x.y")), value("hidden", dotted("x"))], types: [value("Role", undefined, dotted("string"))], classes: [cls("User", { form: "interface" }), { ...cls("User"), id: "User#2" }], exports: ["Role", "User"] },
      "b.ts": { imports: [imported("./a", "Role"), imported("./a", "User"), imported("./a", "hidden")] },
    });
    assert.equal(name(project, "b.ts", "Role"), "value a.ts#Role");
    assert.equal(name(project, "b.ts", "User"), "class a.ts#User#2");
    assert.equal(name(project, "b.ts", "hidden"), "nothing");
    assert.equal(name(project, "a.ts", "hidden"), "value a.ts#hidden");
  });

  it("knows what `module.exports` gives", () => {
    const project = link({
      "service.js": { classes: [cls("Service", { methods: ["run"] })], renames: [{ exported: "export=", local: "Service" }] },
      "many.js": { functions: [fn("a"), fn("b")], renames: [{ exported: "a", local: "a" }, { exported: "c", local: "b" }], exports: [] },
      "main.js": { imports: [imported("./service", "* as Service"), imported("./service", "default as Other"), imported("./many", "c"), imported("./many", "default as all")] },
    });
    assert.equal(name(project, "main.js", "Service"), "class service.js#Service");
    assert.equal(name(project, "main.js", "Other"), "class service.js#Service");
    assert.equal(name(project, "main.js", "c"), "function many.js#b");
    assert.equal(name(project, "main.js", "all.a"), "function many.js#a");
  });
});

describe("classes of TypeScript", () => {
  it("sees bases with type arguments, mixins, aliases and classes of the platform", () => {
    const subscript = (object: string, index: string) => ({ kind: "subscript" as const, object: dotted(object), index: dotted(index), start: 0, end: 1 });
    const call = { kind: "call" as const, callee: dotted("Timed"), arguments: [{ value: dotted("Base"), start: 0, end: 1 }], open: 0, close: 1, start: 0, end: 1 };
    const project = link({
      "a.ts": {
        imports: [imported("typeorm", "Repository"), imported("./base", "Base")],
        classes: [cls("Users", { bases: [subscript("Repository", "User")] }), cls("Order", { bases: [call] }), cls("NotFound", { bases: [dotted("Error")] }), cls("Lost", { bases: [dotted("Missing")] })],
      },
      "b.ts": { imports: [imported("./nowhere", "Missing")], classes: [cls("Lost", { bases: [dotted("Missing")] })] },
      "base.ts": { classes: [cls("Base", { methods: ["save"] })] },
    });
    const ancestors = (path: string, id: string): string[] => {
      const symbol = project.resolveName(uriOf(path), id);
      assert.ok(symbol?.kind === "class");
      return project.ancestors(symbol.class).slice(1).map((each) => ("external" in each ? each.external : each.class.declaration.name));
    };
    assert.deepEqual(ancestors("a.ts", "Users"), ["typeorm.Repository"]);
    assert.deepEqual(ancestors("a.ts", "Order"), ["Base", "?"]);
    assert.deepEqual(ancestors("a.ts", "NotFound"), ["Error"]);
    assert.deepEqual(ancestors("b.ts", "Lost"), ["/project/nowhere.Missing"]);
    const order = project.resolveName(uriOf("a.ts"), "Order");
    assert.ok(order?.kind === "class");
    assert.equal(project.method(order.class, "save")?.key, uriOf("base.ts#Base.save"));
  });
});

describe("npm packages of a workspace", () => {
  const asking = (dependencies: Record<string, string>): string => JSON.stringify({ name: "x", dependencies });

  it("takes the lowest version that a range allows where no lock file says more", () => {
    const project = link({}, { "package.json": asking({ "@prisma/client": "^5.2.0", typeorm: ">=0.3.17 <1", knex: "latest", drizzle: "npm:drizzle-orm@0.30.1" }) });
    assert.deepEqual(project.version("@prisma/client"), [5, 2]);
    assert.deepEqual(project.version("typeorm"), [0, 3]);
    assert.deepEqual(project.version("drizzle"), [0, 30]);
    assert.equal(project.version("knex"), undefined);
    assert.equal(project.version("sequelize"), undefined);
    assert.ok(project.requires("knex"));
    assert.ok(!project.requires("sequelize"));
  });

  const LOCKS: Readonly<Record<string, string>> = {
    "package-lock.json": `{ "lockfileVersion": 3, "packages": {\n "apps/api/node_modules/typeorm": {\n "version": "0.2.45" },\n "node_modules/typeorm": {\n "version": "0.3.20" } } }`,
    "pnpm-lock.yaml": `lockfileVersion: '9.0'\n\nimporters:\n\n  .: {}\n\n  apps/api:\n    dependencies:\n      typeorm:\n        specifier: ^0.2.0\n        version: 0.2.45(pg@8.11.0)\n\n  apps/web:\n    dependencies:\n      typeorm:\n        specifier: ^0.3.0\n        version: 0.3.20\n\npackages:\n\n  typeorm@0.3.20:\n    resolution: {}\n`,
    "yarn.lock": `# yarn lockfile v1\n\ntypeorm@^0.2.0:\n  version "0.2.45"\n\n"other@1.0.0", typeorm@^0.3.0:\n  version "0.3.20"\n`,
  };
  for (const [file, text] of Object.entries(LOCKS)) {
    it(`reads ${file}, for each package of a monorepo`, () => {
      const project = link({ "apps/api/main.ts": {}, "apps/web/main.ts": {} }, { [file]: text, "apps/api/package.json": asking({ typeorm: "^0.2.0" }), "apps/web/package.json": asking({ typeorm: "^0.3.0" }) });
      assert.deepEqual(project.versionFor(uriOf("apps/api/main.ts"), "typeorm"), [0, 2]);
      assert.deepEqual(project.versionFor(uriOf("apps/web/main.ts"), "typeorm"), [0, 3]);
      assert.deepEqual(project.version("typeorm"), [0, 2]);
    });
  }

  it("reads yarn.lock of Yarn 2 and later, bun.lock, and catalogs of pnpm", () => {
    const one = link({}, { "yarn.lock": `"@prisma/client@npm:^5.0.0":\n  version: 5.14.0\n  resolution: "@prisma/client@npm:5.14.0"\n`, "package.json": asking({ "@prisma/client": "^5.0.0" }) });
    assert.deepEqual(one.version("@prisma/client"), [5, 14]);
    const two = link({}, { "bun.lock": `{\n  "packages": {\n    "knex": ["knex@3.1.0", "", {}],\n  }\n}`, "package.json": asking({ knex: "^3.0.0" }) });
    assert.deepEqual(two.version("knex"), [3, 1]);
    const three = link({}, { "pnpm-workspace.yaml": `catalog:\n  knex: ^3.1.0\n`, "package.json": asking({ knex: "catalog:" }) });
    assert.deepEqual(three.version("knex"), [3, 1]);
  });
});

describe("changes of TypeScript modules", () => {
  it("answers anew after a change of a configuration, and only then", () => {
    const files = { "src/a.ts": { imports: [imported("@/b", "b")] }, "src/b.ts": { functions: [fn("b")] }, "lib/b.ts": { functions: [fn("b")] } };
    const config = (folder: string): Record<string, string> => ({ "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./${folder}/*"] } } }` });
    const before = link(files, config("src"));
    const { keys } = before.recording(uriOf("src/a.ts"), () => [before.resolveName(uriOf("src/a.ts"), "b"), before.resolveImport(uriOf("src/a.ts"), "node:fs", 0, "x"), before.resolveImport(uriOf("src/a.ts"), "@/b", 0, "b")]);
    const same = link(files, config("src"), undefined, before);
    const other = link(files, config("lib"), undefined, before);
    const changed = (after: LinkedProject): string[] => [...keys].filter((key) => before.fingerprintOf(key) !== after.fingerprintOf(key));
    assert.deepEqual(changed(same), []);
    assert.deepEqual(changed(other), [`name:${uriOf("src/a.ts")}#b`, `import:${uriOf("src/a.ts")}#0:%40%2Fb:b`]);
    assert.equal(name(other, "src/a.ts", "b"), "function lib/b.ts#b");
  });
});
