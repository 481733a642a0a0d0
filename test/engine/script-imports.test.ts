import assert from "node:assert/strict";
import type { EngineOptions } from "#engine";
import { rules } from "../../rules";
import { mentionsInText } from "../../server/src/engine/languages/typescript";
import { openProject, pathOf, uriOf } from "../harness/project";

const PRISMA = `datasource db {\n  provider = "postgresql"\n}\n\nmodel Line {\n  id      Int @id\n  orderId Int @unique\n}\n`;
const needs = (...names: string[]): string => JSON.stringify({ name: "shop", dependencies: Object.fromEntries(["@prisma/client", ...names].map((each) => [each, "6.0.0"])) });
const options: Partial<EngineOptions> = {};
/** A query in a loop in a method that code calls by its name on objects that nobody knows. */
const loop = (name: string, before = ""): string => `${before}import { prisma } from "@/db";
export class ${name} {
  async check(ids: number[]) {
    for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } });
  }
}
`;

async function project(files: Readonly<Record<string, string>>) {
  const workspace = await openProject(new Map([
    ["package.json", needs("next")],
    ["tsconfig.json", `{ "compilerOptions": { "paths": { "@/*": ["./src/*"] } } }`],
    ["prisma/schema.prisma", PRISMA],
    ["src/db.ts", `import { PrismaClient } from "@prisma/client";\nexport const prisma = new PrismaClient();\n`],
    ...Object.entries(files),
  ]), rules, options, "none");
  return {
    workspace,
    /** Of each file with a query in a loop: whether nothing leads there. */
    told: (): Readonly<Record<string, boolean>> => {
      workspace.checkAll();
      return Object.fromEntries(workspace.allFindings().filter(({ ruleId }) => ruleId === "query-in-loop").map(({ at, related }) => [pathOf(at.uri), related.some(({ message }) => message.startsWith("nothing "))]));
    },
  };
}

const PAGE = `import { shown } from "@/lib/shown";\nexport default async function Page({ ids, one }) { await one.check(ids); }\n`;

describe("scripts that nothing imports", () => {
  it("says so of a file beside those that are imported, and of what only such files import", async () => {
    const { told } = await project({
      "src/app/page.tsx": PAGE,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/old.ts": loop("old", `import { older } from "./older";\n`),
      "src/lib/older.ts": loop("older"),
      "src/lib/old.test.ts": `import { old } from "./old";\nold([]);\n`,
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/lib/old.ts": true, "src/lib/older.ts": true });
  });

  it("says of module-level code that nothing imports its file", async () => {
    const { workspace } = await project({
      "src/app/page.tsx": PAGE,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/left.ts": `import { prisma } from "@/db";\nconst orders = await prisma.line.findMany();\nexport const found = [];\nfor (const { id } of orders) found.push(await prisma.line.findFirst({ where: { orderId: id } }));\n`,
    });
    workspace.checkAll();
    const [left] = workspace.allFindings().filter(({ ruleId, at }) => ruleId === "query-in-loop" && pathOf(at.uri) === "src/lib/left.ts");
    assert.ok(left?.related.some(({ message }) => message === "nothing imports this file so far"), JSON.stringify(left));
    assert.notEqual(left.severity, "warning");
  });

  it("says nothing of a helper that code which runs reaches as well", async () => {
    const { told } = await project({
      "src/app/page.tsx": `${PAGE}import { carts } from "@/lib/carts";\nexport async function generateMetadata() { await carts.open(); }\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/carts.ts": `import { prisma } from "@/db";
class Carts {
  async open() { await this.merge(await prisma.line.findMany({ where: { id: { gt: 4 } } })); }
  async mergeOldOnes() { await this.merge(await prisma.line.findMany({ where: { id: { gt: 4 } } })); }
  private async merge(lines: { id: number }[]) { for (const line of lines) await prisma.line.findFirst({ where: { orderId: line.id } }); }
}
export const carts = new Carts();
`,
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/lib/carts.ts": false });
  });

  it("counts what pages that are not read import, by names of their own, lazily and in texts", async () => {
    const { told } = await project({
      "src/app/page.tsx": PAGE,
      "src/lib/shown.ts": loop("shown"),
      "src/app/form.tsx": `"use client";\nimport { save } from "~/lib/save";\nimport lazy from "next/dynamic";\nimport { bare } from "helpers/bare";\nimport { scoped } from "@helpers/scoped";\nconst Other = lazy(() => import("@/lib/later"));\n`,
      "src/lib/save.ts": loop("save"),
      "src/lib/helpers/bare.ts": loop("bare"),
      "src/lib/helpers/scoped.ts": loop("scoped"),
      "src/lib/later.ts": loop("later"),
      "src/queue.ts": `import { Worker } from "node:worker_threads";\nexport const start = () => new Worker("./lib/resize.js");\n`,
      "src/lib/resize.ts": loop("resize"),
      "Dockerfile": `FROM node\nCMD ["node", "dist/lib/listen.js"]\n`,
      "src/lib/listen.ts": loop("listen"),
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/lib/save.ts": false, "src/lib/helpers/bare.ts": false, "src/lib/helpers/scoped.ts": false, "src/lib/later.ts": false, "src/lib/resize.ts": false, "src/lib/listen.ts": false });
  });

  it("goes through folders that are called like those of tests, where the application does", async () => {
    const { told } = await project({
      "src/app/page.tsx": `${PAGE}import { make } from "@/factories/make";\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/factories/make.ts": `import { made } from "@/lib/made";\nexport const make = () => new made();\n`,
      "src/factories/other.ts": `import { other } from "@/lib/other";\nexport const makeOther = () => new other();\n`,
      "src/lib/made.ts": loop("made"),
      "src/lib/other.ts": loop("other"),
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/lib/made.ts": false, "src/lib/other.ts": true });
  });

  it("leaves alone what may be loaded by patterns and folders", async () => {
    const files = {
      "src/app/page.tsx": PAGE,
      "src/lib/shown.ts": loop("shown"),
      "src/hooks/paid.hook.ts": loop("paid"),
      "src/listeners/stock.ts": loop("stock"),
    };
    assert.deepEqual((await project(files)).told(), { "src/lib/shown.ts": false, "src/hooks/paid.hook.ts": true, "src/listeners/stock.ts": true });
    assert.deepEqual((await project({ ...files, "src/all.ts": "export const hooks = load(__dirname + '/hooks/*.hook.js');\nexport const listener = (name: string) => import(`./listeners/${name}.js`);\n" })).told(), {
      "src/lib/shown.ts": false, "src/hooks/paid.hook.ts": false, "src/listeners/stock.ts": false,
    });
    assert.deepEqual((await project({ ...files, "package.json": needs("next", "@fastify/autoload") })).told(), { "src/lib/shown.ts": false, "src/hooks/paid.hook.ts": false, "src/listeners/stock.ts": false });
    assert.deepEqual((await project({ ...files, "package.json": needs("next", "astro") })).told(), { "src/lib/shown.ts": false, "src/hooks/paid.hook.ts": false, "src/listeners/stock.ts": false });
  });

  it("says nothing where hardly any of the code that answers is started: what starts it is elsewhere", async () => {
    const route = (name: string): string => `import { Router } from "express";\nimport { ${name} } from "./${name}";\nexport const router = Router();\nrouter.get("/${name}", async (req, res) => { await new ${name}().check(req.body.ids); res.end(); });\n`;
    const { told } = await project({
      "package.json": needs("express"),
      "src/orders.routes.ts": route("orders"), "src/orders.ts": loop("orders"),
      "src/stock.routes.ts": route("stock"), "src/stock.ts": loop("stock"),
    });
    assert.deepEqual(told(), { "src/orders.ts": false, "src/stock.ts": false });
  });

  it("knows routes by where they lie, and methods by who calls them", async () => {
    const { told } = await project({
      "src/app/page.tsx": `${PAGE}import { Reminders } from "@/lib/reminders";\nexport const generateMetadata = () => new Reminders().plan();\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/app/api/orders/route-backup.ts": `import { prisma } from "@/db";\nexport async function GET({ ids }) { for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); }\n`,
      "src/lib/reminders.ts": `import { prisma } from "@/db";
export class Reminders {
  plan() {}
  async onStatusChange(ids: number[]) { for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); }
}
`,
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/app/api/orders/route-backup.ts": true, "src/lib/reminders.ts": true });
  });

  it("asks who takes what files hand on", async () => {
    const files = {
      "src/app/page.tsx": `${PAGE}import { taken } from "@/lib";\nexport const generateMetadata = () => taken;\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/taken.ts": loop("taken"),
      "src/lib/left.ts": loop("left"),
      "src/lib/named.ts": loop("named"),
      "src/lib/index.ts": `export * from "./taken";\nexport * from "./left";\nexport { named } from "./named";\n`,
      "src/lib/left.test.ts": `import { left, named } from ".";\n`,
    };
    assert.deepEqual((await project(files)).told(), { "src/lib/shown.ts": false, "src/lib/taken.ts": false, "src/lib/left.ts": true, "src/lib/named.ts": true });
    // Who installs a package may take all of it.
    assert.deepEqual((await project({ ...files, "package.json": JSON.stringify({ ...JSON.parse(needs("next")), main: "dist/lib/index.js" }) })).told(), { "src/lib/shown.ts": false, "src/lib/taken.ts": false, "src/lib/left.ts": false, "src/lib/named.ts": false });
  });

  it("knows that code does not run whose ORM is not installed", async () => {
    const { told } = await project({
      "src/app/page.tsx": `${PAGE}import { next } from "@/lib/next";\nexport const generateMetadata = () => next;\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/next.ts": loop("next", `import { DataSource } from "typeorm";\n`),
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/lib/next.ts": true });
  });

  it("knows addresses of NestJS that an earlier one answers", async () => {
    const controller = (first: string, second: string): string => `import { Controller, Get, Param } from "@nestjs/common";
import { prisma } from "@/db";
@Controller("lines")
export class LinesController {
  @Get("${first}")
  async one(@Param("id") id: string) { return id; }
  @Get("${second}")
  async search(@Param("ids") ids: number[]) { for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); }
}
`;
    const nest = async (first: string, second: string, ...more: string[]) => (await project({
      "package.json": needs("@nestjs/common", "@nestjs/core", ...more),
      "src/main.ts": `import { NestFactory } from "@nestjs/core";\nimport { AppModule } from "./app.module";\nNestFactory.create(AppModule).then((app) => app.listen(3000));\n`,
      "src/app.module.ts": `import { Module } from "@nestjs/common";\nimport { LinesController } from "./lines.controller";\n@Module({ controllers: [LinesController] })\nexport class AppModule {}\n`,
      "src/lines.controller.ts": controller(first, second),
    })).told();
    assert.deepEqual(await nest(":id", "search"), { "src/lines.controller.ts": true });
    for (const [first, second] of [["search", ":id"], [":id", "search/all"], [":id", ":other"], [":id(\\\\d+)", "search"]]) assert.deepEqual(await nest(first, second), { "src/lines.controller.ts": false }, `${first} ${second}`);
    assert.deepEqual(await nest(":id", "search", "@nestjs/platform-fastify"), { "src/lines.controller.ts": false });
  });

  it("leaves out what unused functions give to those that are used", async () => {
    const { told } = await project({
      "src/app/page.tsx": `${PAGE}import { notify } from "@/lib/notify";\nexport async function generateMetadata({ ids }) { await notify(ids, false); }\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/notify.ts": `import { prisma } from "@/db";
export async function notify(ids: number[], deep: boolean) { if (deep) for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); }
export async function old(ids: number[]) { await notify(ids, true); }
`,
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false });
  });

  it("knows remote functions of SvelteKit by what pages import", async () => {
    const remote = (name: string): string => `import { command } from "$app/server";\nimport { prisma } from "@/db";\nexport const ${name} = command("unchecked", async (ids: number[]) => { for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); });\n`;
    const { told } = await project({
      "package.json": needs("@sveltejs/kit"),
      "src/routes/orders/+server.ts": `import { shown } from "@/lib/shown";\nexport async function GET({ locals }) { await locals.one.check([]); }\n`,
      "src/routes/+page.svelte": `<script>\n  import { linked } from "@/lib/a.remote";\n</script>\n`,
      "src/lib/shown.ts": loop("shown"),
      "src/lib/a.remote.ts": remote("linked"),
      "src/lib/b.remote.ts": remote("unlinked"),
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/lib/a.remote.ts": false, "src/lib/b.remote.ts": true });
  });

  it("follows files that only hand on functions for browsers", async () => {
    const action = (name: string): string => `"use server";\nimport { prisma } from "@/db";\nexport async function ${name}(ids: number[]) { for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); }\n`;
    const { told } = await project({
      "src/app/page.tsx": PAGE,
      "src/lib/shown.ts": loop("shown"),
      "src/actions/a.ts": action("a"), "src/actions/b.ts": action("b"), "src/actions/c.ts": action("c"), "src/actions/d.ts": action("d"),
      "src/actions/index.ts": `export * from "./a";\nexport { b } from "./b";\nexport { c as other } from "./c";\nexport * from "./d";\n`,
      "src/app/form.tsx": `"use client";\nimport { a } from "@/actions";\n`,
      "src/app/list.tsx": `"use client";\nimport { d } from "@/actions/index";\n`,
    });
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/actions/a.ts": false, "src/actions/b.ts": true, "src/actions/c.ts": false, "src/actions/d.ts": false });
  });

  it("knows functions for browsers by what pages import, all of them where a page takes all", async () => {
    const action = (name: string): string => `export async function ${name}(ids: number[]) { for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } }); }\n`;
    const files = {
      "src/app/page.tsx": PAGE,
      "src/lib/shown.ts": loop("shown"),
      "src/actions/a.ts": `"use server";\nimport { prisma } from "@/db";\n${action("used")}`,
      "src/actions/b.ts": `"use server";\nimport { prisma } from "@/db";\n${action("unused")}export async function other() {}\n`,
      "src/actions/c.ts": `"use server";\nimport { prisma } from "@/db";\n${action("all")}`,
      "src/app/form.tsx": `"use client";\nimport { used as save } from "@/actions/a";\nimport { other } from "@/actions/b";\nimport * as c from "@/actions/c";\n`,
    };
    const { told, workspace } = await project(files);
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/actions/a.ts": false, "src/actions/b.ts": true, "src/actions/c.ts": false });
    workspace.apply([{ uri: uriOf("src/app/form.tsx"), text: files["src/app/form.tsx"].replace("{ other }", "{ other, unused }").replace("used as save", "nothing") }]);
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/actions/a.ts": true, "src/actions/b.ts": false, "src/actions/c.ts": false });
    workspace.apply([{ uri: uriOf("src/app/form.tsx"), text: undefined }]);
    assert.deepEqual(told(), { "src/lib/shown.ts": false, "src/actions/a.ts": true, "src/actions/b.ts": true, "src/actions/c.ts": true });
  });
});

describe("what a text says of other files", () => {
  it("reads imports with what they take, and paths", () => {
    const { mentions } = mentionsInText(`
import a, { b as c, type D } from "./one";
import * as all from './two';
import "./three.css";
export { e } from "@/four"; export * from "../five";
import type { F }
  from "#six";
// import { no } from "./seven";
const g = await import(\`./eight\`), h = require("nine/ten"), i = fetch("https://example.com/eleven"), j = "and/or not";
`);
    assert.deepEqual(mentions, [
      { path: "./one", names: ["b", "D", "default"] },
      { path: "./two" },
      { path: "@/four", names: ["e"], isReexport: true },
      { path: "../five", isReexport: true },
      { path: "#six", names: ["F"] },
      { path: "./three.css" },
      { path: "./eight" },
      { path: "nine/ten" },
    ]);
  });

  it("reads patterns, and tells when folders are loaded", () => {
    assert.deepEqual(mentionsInText("entities: [__dirname + '/../**/*.entity{.ts,.js}', 'dist/subscribers/**/*.js'], x: `./locales/${name}.json`"), { mentions: [], endings: [".entity"], folders: ["subscribers", "locales"], loadsFolders: false });
    assert.equal(mentionsInText("for (const file of fs.readdirSync(__dirname)) require(join(__dirname, file));").loadsFolders, true);
    assert.deepEqual(mentionsInText("content: ['./src/**/*.tsx']", "/shop/tailwind.config.ts").folders, []);
  });
});
