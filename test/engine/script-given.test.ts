import assert from "node:assert/strict";
import { rules } from "../../rules";
import { openProject, pathOf, uriOf } from "../harness/project";
import { keyOf, linkScripts } from "./script-project";

const PACKAGE = `{ "name": "shop", "dependencies": { "express": "4", "@prisma/client": "5.2.0" } }`;

/** What all callers of `run` in src/run.ts give for its parameters. */
async function givenToRun(run: string, callers: Readonly<Record<string, string>>): Promise<readonly unknown[]> {
  const project = await linkScripts({ "package.json": PACKAGE, "src/run.ts": run, ...callers });
  return project.given(keyOf(project, "src/run.ts", "run")).map(plain);
}

type Told = ReturnType<Awaited<ReturnType<typeof linkScripts>>["given"]>[number] | "neutral";

function plain(given: Told): unknown {
  if (given === undefined || given === "neutral") return "?";
  if (given.kind === "literal") return given.value;
  return given.kind === "one" ? ["one"] : Object.fromEntries([...given.entries].map(([name, each]) => [name, plain(each)]));
}

const RUN = `export async function run(ids: string[], deep: boolean, limit = 10) { return [ids, deep, limit]; }`;

describe("what all callers of a function give", () => {
  it("is what they all write, defaults for what they leave out", async () => {
    assert.deepEqual(await givenToRun(RUN, {
      "src/a.ts": `import { run } from "./run"; export async function a(id: string) { await run([id], false); }`,
      "src/b.ts": `import * as all from "./run"; export async function b(id: string) { await all.run([id], false); }`,
    }), [["one"], false, 10]);
  });

  it("is nothing where they differ, or spread, and nothing where nobody calls", async () => {
    assert.deepEqual(await givenToRun(RUN, {
      "src/a.ts": `import { run } from "./run"; export async function a(ids: string[]) { await run(ids, false); }`,
      "src/b.ts": `import { run } from "./run"; export async function b(id: string) { await run([id], true, 5); }`,
    }), ["?", "?", "?"]);
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": `import { run } from "./run"; export async function a(all: any[]) { await run(...all); }` }), ["?", "?", "?"]);
    assert.deepEqual(await givenToRun(RUN, {}), []);
  });

  it("says nothing of a function that is handed on, renamed by an object that is not known, or called by the module", async () => {
    const a = `import { run } from "./run"; export async function a(id: string) { await run([id], false); }`;
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": a, "src/b.ts": `import { run } from "./run"; export const table = { run };` }), []);
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": a, "src/b.ts": `import { run } from "./run"; export function b(ids: string[]) { return ids.map(run); }` }), ["?", "?", "?"]);
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": a, "src/b.ts": `export function b(jobs: any) { return jobs.run(["a"], true); }` }), []);
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": a, "src/b.ts": `import { run } from "./run"; run(["a"], true);` }), []);
  });

  it("leaves tests aside, and takes what an object of a package is called with for that package's", async () => {
    const a = `import { run } from "./run"; export async function a(id: string) { await run([id], false); }`;
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": a, "src/run.test.ts": `import { run } from "./run"; it("runs", () => run(["a", "b"], true));` }), [["one"], false, 10]);
    assert.deepEqual(await givenToRun(RUN, { "src/a.ts": a, "src/b.ts": `import express from "express"; export function b(app: express.Application) { app.run(1, true); }` }), [["one"], false, 10]);
  });

  it("looks into objects, and follows what callers hand on, the function itself included", async () => {
    const run = `
export async function run(order: { id: string }, { deep, force }: { deep: boolean; force?: boolean }) {
  if (deep) await run(order, { deep });
}
export async function again(order: { id: string }, deep: boolean) { await run(order, { deep }); }
`;
    const job = `import { again } from "./run"; export async function job(order: any) { await again(order, false); }`;
    assert.deepEqual(await givenToRun(run, { "src/a.ts": job }), ["?", { deep: false }]);
    assert.deepEqual(await givenToRun(run, { "src/a.ts": job, "src/b.ts": `import { run } from "./run"; export async function b(order: any) { await run(order, { deep: false, force: true }); }` }), ["?", { deep: false, force: "?" }]);
    assert.deepEqual(await givenToRun(run, { "src/a.ts": job, "src/b.ts": `import { run } from "./run"; export async function b(order: any, deep: boolean) { deep ||= order.isOld; await run(order, { deep }); }` }), ["?", { deep: "?" }]);
  });

  it("follows methods of services that are handed to constructors", async () => {
    const project = await linkScripts({
      "package.json": PACKAGE,
      "src/service.ts": `
import { Repository } from "typeorm";
export class OrderService {
  constructor(private readonly orders: Repository<object>) {}
  async find(ids: string[]) { return this.orders.find({ where: ids }); }
}
`,
      "src/controller.ts": `
import { OrderService } from "./service";
export class OrderController {
  constructor(private readonly service: OrderService) {}
  async one(id: string, others: any) { return others.find((each: any) => each.id === id) ?? this.service.find([id]); }
}
`,
    });
    assert.deepEqual(project.given(keyOf(project, "src/service.ts", "OrderService.find")).map(plain), [["one"]]);
  });

  it("does not take conditions that callers each have their own of for none", async () => {
    const workspace = await openProject(new Map([
      ["package.json", PACKAGE],
      ["prisma/schema.prisma", `datasource db {\n  provider = "postgresql"\n}\n\nmodel User {\n  id    Int    @id @default(autoincrement())\n  email String\n  name  String\n}\n`],
      ["src/users.ts", `import { Prisma, PrismaClient } from "@prisma/client";
const prisma = new PrismaClient();
export async function users(params: { take?: number; where?: Prisma.UserWhereInput }) {
  const { take, where } = params;
  return prisma.user.findMany({ take, where });
}
export async function all(params: { take?: number; where?: Prisma.UserWhereInput }) {
  const { take, where } = params;
  return prisma.user.findMany({ take, where });
}
`],
      ["src/app.ts", `import express from "express";
import { PrismaClient } from "@prisma/client";
import { all, users } from "./users";
const prisma = new PrismaClient();
const app = express();
app.post("/users", async (req, res) => { await prisma.user.create({ data: req.body }); res.json({}); });
app.get("/one", async (req, res) => { res.json(await users({ where: { email: String(req.query.email) } })); });
app.get("/two", async (req, res) => { res.json(await users({ where: { name: String(req.query.name) } })); });
app.get("/all", async (req, res) => { res.json(await all({ where: {} })); });
`],
    ]), rules, {}, "none");
    workspace.checkAll();
    const found = workspace.allFindings().filter(({ ruleId }) => ruleId === "unbounded-query").map(({ at }) => workspace.text(at.uri)!.slice(0, at.span.start).split("\n").length);
    assert.deepEqual(found, [9]);
  });

  it("is forgotten when an object that nobody knows is asked for a method of the same name", async () => {
    const use = (argument: string): string => `export function pick(all: any) { return all.find(${argument}); }\n`;
    const workspace = await openProject(new Map([
      ["package.json", PACKAGE],
      ["prisma/schema.prisma", `datasource db {\n  provider = "postgresql"\n}\n\nmodel Line {\n  id      Int @id\n  orderId Int @unique\n}\n`],
      ["src/lines.ts", `import { PrismaClient } from "@prisma/client";
const prisma = new PrismaClient();
export class Lines {
  async find(ids: number[]) {
    for (const id of ids) await prisma.line.findFirst({ where: { orderId: id } });
  }
}
`],
      ["src/page.ts", `import { Lines } from "./lines";\nexport class Page { constructor(private readonly lines: Lines) {} async show(id: number) { return this.lines.find([id]); } }\n`],
      ["src/pick.ts", use("(each: any) => each.id")],
    ]), rules, {}, "none");
    const found = (): readonly string[] => {
      workspace.checkAll();
      return workspace.allFindings().filter(({ ruleId }) => ruleId === "query-in-loop").map(({ at }) => pathOf(at.uri));
    };
    assert.deepEqual(found(), []);
    workspace.apply([{ uri: uriOf("src/pick.ts"), text: use("[1, 2]") }]);
    assert.deepEqual(found(), ["src/lines.ts"]);
    workspace.apply([{ uri: uriOf("src/pick.ts"), text: use("(each: any) => each.id") }]);
    assert.deepEqual(found(), []);
  });

  it("decides tests in the function, until a caller in another file gives something else", async () => {
    const job = (deep: boolean): string => `import { audit } from "./audit";
export async function nightly(ids: number[]) { await audit(ids, { deep: ${deep} }); }
`;
    const workspace = await openProject(new Map([
      ["package.json", PACKAGE],
      ["prisma/schema.prisma", `datasource db {\n  provider = "postgresql"\n}\n\nmodel Line {\n  id      Int @id\n  orderId Int @unique\n}\n`],
      ["src/audit.ts", `import { PrismaClient } from "@prisma/client";
const prisma = new PrismaClient();
export async function audit(ids: number[], { deep }: { deep: boolean }) {
  for (const id of ids) {
    if (deep) await prisma.line.findFirst({ where: { orderId: id } });
  }
}
`],
      ["src/job.ts", job(false)],
    ]), rules, {}, "none");
    const found = (): readonly string[] => {
      workspace.checkAll();
      return workspace.allFindings().filter(({ ruleId }) => ruleId === "query-in-loop").map(({ at }) => pathOf(at.uri));
    };
    assert.deepEqual(found(), []);
    workspace.apply([{ uri: uriOf("src/job.ts"), text: job(true) }]);
    assert.deepEqual(found(), ["src/audit.ts"]);
    workspace.apply([{ uri: uriOf("src/job.ts"), text: job(false) }]);
    assert.deepEqual(found(), []);
  });
});
