import assert from "node:assert/strict";
import { createWorkspace, type WorkspaceApi } from "#engine";
import { attentionOf } from "../../server/src/engine/languages/typescript";
import { loadParsers } from "../harness/parsers";
import { uriOf } from "../harness/project";

describe("attention for scripts", () => {
  const cases: readonly (readonly [attention: string, path: string, text: string])[] = [
    ["first", "db.ts", 'import { PrismaClient } from "@prisma/client";'],
    ["first", "db.js", "const { Sequelize } = require('sequelize');"],
    ["first", "db.ts", 'import { pgTable } from "drizzle-orm/pg-core";'],
    ["first", "db.ts", 'import { PrismaClient } from "../generated/prisma";'],
    ["first", "db.ts", 'import { PrismaClient } from "../../generated/client/client.js";'],
    ["counts", "a.ts", "export class A { constructor(private readonly users: UserRepository) {} }"],
    ["counts", "a.ts", "export const all = (ids: string[]) => ids.map((id) => users.findOne(id));"],
    ["counts", "a.ts", "for (const id of ids) await getUser(id);"],
    ["counts", "routes.ts", "router.get('/users', list);"],
    ["counts", "index.ts", 'export * from "./users";'],
    ["counts", "page.tsx", 'import { useLoaderData } from "@remix-run/react";\nexport const loader = () => getUsers();\nexport default () => useLoaderData();'],
    ["counts", "a.ts", "const rows = db.select();"],
    ["counts", "a.ts", '"use server";\nexport function save() {}'],
    ["counts", "app/orders/page.tsx", 'import { OrdersPage } from "@/orders/page";\nexport default OrdersPage;'],
    ["counts", "handlers.ts", 'import { PUT } from "@/orders/bulk";\nexport { PUT };'],
    ["when imported", "sizes.ts", "export const PAGE = 50;\nexport type Id = string;\n"],
    ["when imported", "row.tsx", "export const Row = ({ name }: Props) => <li>{name}</li>;"],
    ["never", "form.tsx", '// A form\n"use client";\nimport type { User } from "@prisma/client";\nexport function Form() {}'],
    ["never", "list.tsx", 'import { useState } from "react";\nexport function List() { const [open] = useState(false); load().then(() => open); }'],
    ["never", "choice.tsx", 'import { useState } from "react";\nconst [model, setModel] = useState(); const Select = () => model.select(1);'],
    ["never", "list.vue", "<script setup>\nconst all = await $fetch('/api');\n</script>"],
    ["never", "dialog.tsx", 'import { useState } from "react";\nimport { OrderStatus } from "@prisma/client";\nexport const Dialog = () => { const [status] = useState(OrderStatus.OPEN); };'],
    ["first", "page.tsx", 'import { useId } from "react";\nimport { prisma } from "../prisma/client";\nexport const Page = async () => { const id = useId(); return prisma.order.findMany(); };'],
    ["first", "page.tsx", 'import { useLoaderData } from "@remix-run/react";\nimport { OrderStatus } from "@prisma/client";\nexport const loader = () => load(OrderStatus.OPEN);\nexport default () => useLoaderData();'],
    ["counts", "page.tsx", 'import { useLoaderData } from "@remix-run/react";\nconst loader = () => getUsers();\nexport { loader, Page as default };\nconst Page = () => useLoaderData();'],
    ["never", "orders.tsx", 'import { useState } from "react";\nexport const Route = createFileRoute("/orders")({ loader: async () => await load(), action: "none" });\nconst [a] = useState();'],
    ["never", "orders.service.ts", 'import { Injectable } from "@angular/core";\n@Injectable() export class Orders { load = async () => this.repository.find(); }'],
    ["counts", "server.ts", 'import { APP_BASE_HREF } from "@angular/common";\nimport express from "express";\nexpress().get("*", (request, response) => response.send(page));'],
    ["never", "vendor.js", `var a=${"await(b.findMany({}));".repeat(1_000)}`],
    ["counts", "long.js", "await b.findMany({});\n".repeat(1_000)],
    ["never", "banner.tsx", `${"/** One. */\n".repeat(500)}"use client";\nimport "@prisma/client";`],
    ["counts", "banner.ts", `${"/** One. */\n/* **Two** */ // three\n".repeat(500)}load().then(() => 1);`],
    ["counts", "run.ts", 'import "react";\nexport const run = async () => { await useCase(1); };'],
  ];
  for (const [attention, path, text] of cases) it(`${path}: ${text.replace(/\s+/g, " ").slice(0, 70)} ${attention === "first" ? "comes first" : attention}`, () => assert.equal(attentionOf(path, text), attention));
});

describe("a workspace with scripts", () => {
  let workspace: WorkspaceApi;

  beforeEach(async () => {
    workspace = createWorkspace({ parsers: await loadParsers(), rules: [], strict: true });
    workspace.setFolders(["file:///p"]);
  });

  const lowered = (files: Readonly<Record<string, string | undefined>>): number => {
    const before = workspace.counters.lowered;
    workspace.apply(Object.entries(files).map(([path, text]) => ({ uri: uriOf(path), text })));
    workspace.checkAll();
    return workspace.counters.lowered - before;
  };

  it("reads none as long as nothing names an ORM of theirs", () => {
    assert.equal(lowered({ "app/models.py": "x = 1\n", "web/api.ts": "await f();" }), 1);
    assert.equal(lowered({ "web/more.ts": "await g();" }), 0);
    assert.equal(lowered({ "web/db.ts": 'import { Sequelize } from "sequelize";' }), 3);
    assert.equal(lowered({ "web/most.ts": "await h();" }), 1);
  });

  it("reads those that a schema is for", () => assert.equal(lowered({ "a.ts": "await f();", "prisma/schema.prisma": "model A {\n  id Int @id\n}\n" }), 2));

  it("reads what says nothing of data when a file that counts imports it", () => {
    assert.equal(lowered({ "db.ts": 'import "typeorm";', "sizes.ts": "export const PAGE = 50;", "colours.ts": "export const RED = 1;" }), 1);
    assert.equal(lowered({ "list.ts": 'import { PAGE } from "./sizes";\nawait f(PAGE);' }), 2);
  });

  it("reads it however it is named, and no namesake", () => {
    const settings = { "packages/common/package.json": JSON.stringify({ name: "@shop/common", main: "lib/index.js" }), "tsconfig.json": JSON.stringify({ compilerOptions: { paths: { "@/shared/*": ["packages/common/src/*"], "~*": ["packages/common/src/*"], "#lib/*": ["packages/common/src/*"] } } }) };
    const named = (index: number): readonly string[] => [`@shop/common/lib/sizes${index}`, `@/shared/sizes${index}.js`, `~sizes${index}`, `#lib/sizes${index}`, `../common/src/sizes${index}`];
    for (const [index, name] of named(0).map((_, at) => named(at)[at]).entries()) {
      const files = { [`packages/p${index}/db.ts`]: 'import "typeorm";', [`packages/common/src/sizes${index}.ts`]: "export const PAGE = 50;", [`packages/p${index}/src/sizes${index}.ts`]: "export const PAGE = 20;" };
      assert.equal(lowered(index === 0 ? { ...settings, ...files } : files), 1, name);
      assert.equal(lowered({ [`packages/p${index}/list.ts`]: `import { PAGE } from "${name}";\nawait f(PAGE);` }), 2, name);
    }
  });

  it("reads a script once its text counts, and goes on with it", () => {
    assert.equal(lowered({ "db.ts": 'import "knex";', "a.ts": "export const A = 1;" }), 1);
    assert.equal(lowered({ "a.ts": "export const A = await f();" }), 1);
    assert.equal(lowered({ "a.ts": "export const A = 2;" }), 1);
    assert.equal(lowered({ "page.tsx": '"use client";\nawait f();' }), 0);
    assert.equal(lowered({ "page.tsx": "await f();" }), 1);
  });

  it("forgets those that are gone", () => {
    assert.equal(lowered({ "a.ts": "await f();", "b.ts": "export const B = 1;" }), 0);
    assert.equal(lowered({ "a.ts": undefined, "b.ts": undefined }), 0);
    assert.equal(lowered({ "db.ts": 'import "knex";\nimport "./b";' }), 1);
  });

  describe("and a package for browsers", () => {
    const pages = JSON.stringify({ name: "@shop/pages", main: "./dist/index.js", dependencies: { "react-dom": "19.0.0" } });
    const server = JSON.stringify({ name: "@shop/server", dependencies: { express: "5.0.0" } });
    const files = {
      "pages/package.json": pages,
      "server/package.json": server,
      "server/db.ts": 'import "typeorm";',
      "pages/src/index.ts": 'export * from "./orders";',
      "pages/src/orders.ts": "export const load = async () => await fetch('/orders');",
    };

    it("reads of it what the server imports by its name, and what that imports", () => {
      assert.equal(lowered(files), 1);
      assert.equal(lowered({ "server/mail.ts": 'import { load } from "@shop/pages";\nawait load();' }), 3);
    });

    it("reads of it what is imported by a path", () => {
      assert.equal(lowered(files), 1);
      assert.equal(lowered({ "server/mail.ts": 'import { load } from "../pages/src/orders";\nawait load();' }), 2);
    });

    it("reads what names an ORM, and what that imports", () => {
      assert.equal(lowered(files), 1);
      assert.equal(lowered({ "pages/src/list.ts": 'import { User } from "@prisma/client";\nimport { load } from "./orders";' }), 2);
    });

    it("looks at the packages first, whatever the order of the files", () => {
      assert.equal(lowered(Object.fromEntries(Object.entries(files).reverse())), 1);
    });

    it("comes to the same when it is known only later", () => {
      const { "pages/package.json": manifest, ...others } = files;
      assert.equal(lowered(others), 3);
      assert.equal(lowered({ "pages/package.json": manifest }), 0);
      assert.equal(lowered({ "server/mail.ts": 'import { load } from "@shop/pages";\nawait load();' }), 3);
    });

    it("reads all of it when it serves requests after all", () => {
      assert.equal(lowered(files), 1);
      assert.equal(lowered({ "pages/package.json": pages.replace("react-dom", "next") }), 2);
    });

    it("reads all of it when it needs a package that serves requests, through another one as well", () => {
      const shared = { "shared/package.json": JSON.stringify({ name: "@shop/shared", dependencies: { "@shop/server": "*" } }) };
      assert.equal(lowered({ ...files, ...shared, "pages/package.json": pages.replace('"react-dom"', '"@shop/shared":"*","react-dom"') }), 3);
    });

    it("reads all of it when there is no such package around a file", () => {
      assert.equal(lowered({ ...files, "pages/src/package.json": JSON.stringify({ type: "module" }) }), 3);
    });
  });

  it("reads templates once there is Python to render them", () => {
    assert.equal(lowered({ "web/orders.component.html": "{{ order.total }}" }), 0);
    assert.equal(lowered({ "shop/views.py": "x = 1\n" }), 2);
    assert.equal(lowered({ "web/more.html": "{{ order.total }}" }), 1);
  });
});
