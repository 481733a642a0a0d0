import assert from "node:assert/strict";
import { entryOf, linkScripts, routesOf } from "./script-project";

const PACKAGE = `{ "name": "shop", "dependencies": { "express": "4" } }`;

describe("who runs functions of TypeScript", () => {
  it("follows objects through the classes of attributes, parameters and values", async () => {
    const project = await linkScripts({
      "package.json": PACKAGE,
      "src/repository.ts": `
export class OrderRepository {
  async list() { return this.query(); }
  private async query() { return []; }
  async unused() {}
}
`,
      "src/service.ts": `
import { OrderRepository } from "./repository";
export class OrderService {
  constructor(private readonly orders: OrderRepository) {}
  async list() { return this.orders.list(); }
  report = async () => { return this.count(); };
  private async count() { return 1; }
}
`,
      "src/index.ts": `export * from "./service"; export { OrderRepository as Repository } from "./repository";`,
      "src/routes.ts": `
import express from "express";
import { OrderService, Repository } from "./index";
const service = new OrderService(new Repository());
const router = express.Router();
router.get("/orders", async (req, res) => { res.json(await service.list()); });
router.get("/report", (req, res) => service.report());
export default router;
`,
      "src/app.ts": `
import express from "express";
import routes from "./routes";
const app = express();
app.use("/api", routes);
app.listen(3000);
`,
    });
    assert.deepEqual(routesOf(project, "src/repository.ts", "OrderRepository.query"), ["GET /api/orders"]);
    assert.equal(entryOf(project, "src/repository.ts", "OrderRepository.query"), "request");
    assert.equal(entryOf(project, "src/repository.ts", "OrderRepository.unused"), "unknown");
    assert.deepEqual(routesOf(project, "src/service.ts", "OrderService.count"), ["GET /api/report"]);
  });

  it("follows interfaces to the one class that implements them, wrappers, callbacks and object literals", async () => {
    const project = await linkScripts({
      "package.json": PACKAGE,
      "src/mailer.ts": `
export interface Mailer { send(to: string): Promise<void> }
export class SmtpMailer implements Mailer { async send(to: string) { await deliver(to); } }
async function deliver(to: string) {}
`,
      "src/orders.ts": `
import { cache } from "react";
import type { Mailer } from "./mailer";
export const orders = { async list(mailer: Mailer) { await mailer.send("a"); return [1].map(format); } };
const format = (each: number) => String(each);
export const cached = cache(async () => load());
async function load() {}
`,
      "src/app.ts": `
import { Router } from "express";
import { SmtpMailer } from "./mailer";
import { cached, orders } from "./orders";
export const router = Router();
function list(req: any, res: any) { return orders.list(new SmtpMailer()); }
router.get("/orders", list);
router.get("/cached", async function () { await cached(); });
`,
    });
    assert.deepEqual(routesOf(project, "src/mailer.ts", "deliver"), ["GET …/orders"]);
    assert.deepEqual(routesOf(project, "src/orders.ts", "format"), ["GET …/orders"]);
    assert.deepEqual(routesOf(project, "src/orders.ts", "load"), ["GET …/cached"]);
  });

  it("takes code for a command's only when nothing else may call it", async () => {
    const project = await linkScripts({
      "package.json": PACKAGE,
      "src/work.ts": `
export async function imported() { both(); }
export async function both() {}
export async function alone() {}
`,
      "bin/run.ts": `
import { alone, imported } from "../src/work";
async function main() { await alone(); await imported(); }
main();
`,
      "src/app.ts": `
import express from "express";
import { both } from "./work";
const app = express();
app.post("/both", () => both());
`,
    });
    assert.equal(entryOf(project, "src/work.ts", "both"), "request");
    assert.deepEqual(routesOf(project, "src/work.ts", "both"), ["POST /both"]);
    assert.equal(entryOf(project, "bin/run.ts", "main"), "command");
  });

  it("does not take tests for callers", async () => {
    const project = await linkScripts({ "package.json": PACKAGE, "src/a.ts": `export function a() {}`, "src/a.test.ts": `import { a } from "./a"; it("x", () => a());` });
    assert.equal(entryOf(project, "src/a.ts", "a"), "unknown");
    assert.equal(entryOf(project, "src/a.test.ts", "%1"), "test");
  });

  it("takes what only a scheduler asks for for a task, with its address", async () => {
    const project = await linkScripts({
      "package.json": PACKAGE,
      "src/remind.ts": `export async function remind() {} export async function count() {}`,
      "src/app.ts": `
import express from "express";
import { count, remind } from "./remind";
const app = express();
app.get("/api/cron/remind", async (req, res) => { await remind(); await count(); });
app.get("/count", async (req, res) => { await count(); });
`,
    });
    assert.equal(entryOf(project, "src/remind.ts", "remind"), "task");
    assert.deepEqual(routesOf(project, "src/remind.ts", "remind"), ["GET /api/cron/remind"]);
    assert.equal(entryOf(project, "src/remind.ts", "count"), "request");
  });
});
