import assert from "node:assert/strict";
import type { LinkedProject } from "../../server/src/engine/project";
import { entryOf, keyOf, linkScripts, routesOf } from "./script-project";

const needs = (...names: string[]): string => JSON.stringify({ name: "shop", dependencies: Object.fromEntries(names.map((each) => [each, "1.0.0"])) });
const perRow = (project: LinkedProject, path: string, name: string): number | undefined => project.runsPerRow(keyOf(project, path, name))?.parent;

describe("addresses of Express, Koa, Fastify and Hono", () => {
  it("joins routers that are mounted, made by functions, required, and kept in classes", async () => {
    const project = await linkScripts({
      "package.json": needs("express"),
      "src/app.ts": `
import express, { Router } from "express";
import orders from "./orders";
import { createUsers } from "./users";
import { Stock } from "./stock";
const app = express();
const api = Router();
app.use(express.json());
app.use("/api/v1", api);
api.use("/orders", authenticate, orders);
api.use("/users", createUsers());
api.use("/old", require("./old"));
api.use("/stock", new Stock().router);
app.route("/health").get(health).all(other);
app.all("*", (req, res) => missing());
function authenticate(req, res, next) {}
function health(req, res) {}
function other(req, res) {}
function missing() {}
`,
      "src/orders.ts": `
import express from "express";
import { OrderController } from "./controller";
import { wrap } from "./wrap";
const router = express.Router();
const controller = new OrderController();
router.get("/:id", wrap(controller.show.bind(controller)));
router.post("/", [validate, check], controller.create);
router.delete(["/:id", "/:id/lines"], async (req, res) => remove());
function validate() {}
function check() {}
function remove() {}
export default router;
`,
      "src/controller.ts": `export class OrderController { show(req, res) {} create = async (req, res) => { made(); } }\nfunction made() {}`,
      "src/wrap.ts": `export const wrap = (fn) => (req, res, next) => fn(req, res).catch(next);`,
      "src/users.ts": `
import { Router } from "express";
export function createUsers() {
  const router = Router();
  const list = async (req, res) => {};
  router.get("/", list).get("/me", (req, res) => me());
  return router;
}
function me() {}
`,
      "src/old.js": `const express = require("express"); const router = express.Router(); router.get("/x", exports.x = (req, res) => old()); function old() {} module.exports = router;`,
      "src/stock.ts": `
import { Router } from "express";
export class Stock {
  router = Router();
  constructor() { this.routes(); }
  private routes() { this.router.get("/level", this.level); this.router.get("/all", (req, res) => this.all()); }
  level = (req, res) => {};
  all() {}
}
`,
    });
    assert.deepEqual(routesOf(project, "src/controller.ts", "OrderController.show"), ["GET /api/v1/orders/:id"]);
    assert.deepEqual(routesOf(project, "src/controller.ts", "made"), ["POST /api/v1/orders"]);
    assert.deepEqual(routesOf(project, "src/orders.ts", "remove"), ["DELETE /api/v1/orders/:id", "DELETE /api/v1/orders/:id/lines"]);
    assert.equal(entryOf(project, "src/orders.ts", "validate"), "middleware");
    assert.equal(entryOf(project, "src/app.ts", "authenticate"), "middleware");
    assert.deepEqual(routesOf(project, "src/app.ts", "health"), ["GET /health"]);
    assert.deepEqual(routesOf(project, "src/app.ts", "other"), ["/health"]);
    assert.deepEqual(routesOf(project, "src/app.ts", "missing"), ["/*"]);
    assert.deepEqual(routesOf(project, "src/users.ts", "me"), ["GET /api/v1/users/me"]);
    assert.deepEqual(routesOf(project, "src/users.ts", "%list"), ["GET /api/v1/users"]);
    assert.deepEqual(routesOf(project, "src/old.js", "old"), ["GET /api/v1/old/x"]);
    assert.deepEqual(routesOf(project, "src/stock.ts", "Stock.all"), ["GET /api/v1/stock/all"]);
    assert.deepEqual(routesOf(project, "src/stock.ts", "%level"), ["GET /api/v1/stock/level"]);
  });

  it("follows plugins of Fastify, with prefixes, options and route objects", async () => {
    const project = await linkScripts({
      "package.json": needs("fastify"),
      "src/app.ts": `
import Fastify from "fastify";
import orders from "./orders";
export async function build() {
  const app = Fastify();
  await app.register(orders, { prefix: "/orders" });
  app.register(async (instance) => { instance.get("/ping", async () => pong()); }, { prefix: "/inner" });
  app.get<{ Params: { id: string } }>("/one/:id", { schema: {}, preHandler: [auth] }, async (request) => one());
  return app;
}
function pong() {}
async function auth() {}
function one() {}
`,
      "src/orders.ts": `
import type { FastifyInstance, FastifyPluginAsync } from "fastify";
const orders: FastifyPluginAsync = async (app) => {
  app.route({ method: ["GET", "HEAD"], url: "/", handler: async () => list() });
  app.post("/", { handler: create });
};
async function create() {}
function list() {}
export default orders;
`,
    });
    assert.deepEqual(routesOf(project, "src/orders.ts", "list"), ["GET|HEAD /orders"]);
    assert.deepEqual(routesOf(project, "src/orders.ts", "create"), ["POST /orders"]);
    assert.deepEqual(routesOf(project, "src/app.ts", "pong"), ["GET /inner/ping"]);
    assert.deepEqual(routesOf(project, "src/app.ts", "one"), ["GET /one/:id"]);
    assert.equal(entryOf(project, "src/app.ts", "auth"), "middleware");
  });

  it("reads chains of Hono and routers of Koa", async () => {
    const project = await linkScripts({
      "package.json": needs("hono", "koa", "@koa/router"),
      "src/hono.ts": `
import { Hono } from "hono";
const orders = new Hono().get("/", (c) => list()).post("/:id", async (c) => create());
const app = new Hono().basePath("/api");
app.route("/orders", orders);
export default app;
function list() {}
function create() {}
`,
      "src/koa.js": `
const Koa = require("koa");
const Router = require("@koa/router");
const app = new Koa();
const router = new Router({ prefix: "/shop" });
router.get("/orders", async (ctx) => { await orders(); });
app.use(async (ctx, next) => { await timed(); });
app.use(router.routes());
function orders() {}
function timed() {}
`,
    });
    assert.deepEqual(routesOf(project, "src/hono.ts", "list"), ["GET /api/orders"]);
    assert.deepEqual(routesOf(project, "src/hono.ts", "create"), ["POST /api/orders/:id"]);
    assert.deepEqual(routesOf(project, "src/koa.js", "orders"), ["GET /shop/orders"]);
    assert.equal(entryOf(project, "src/koa.js", "timed"), "middleware");
  });

  it("follows routers that functions are handed, and classes that wrap one", async () => {
    const project = await linkScripts({
      "package.json": needs("express", "koa", "koa-router", "koa-mount"),
      "src/app.ts": `
import express from "express";
import { registerOrders } from "./orders";
import { UserController } from "./users";
const app = express();
registerOrders(app);
require("./old")(app);
app.use("/status", require("./status").router);
app.use("/users", new UserController({}).router);
`,
      "src/orders.ts": `export function registerOrders(target) { nested(target); }\nfunction nested(where) { where.get("/orders", () => list()); }\nfunction list() {}`,
      "src/old.js": `module.exports = (it) => { it.post("/old", (req, res) => old()); };\nfunction old() {}`,
      "src/status.js": `const { Router } = require("express");\nconst statusRouter = Router();\nstatusRouter.get("/", (req, res) => status());\nfunction status() {}\nexports.router = statusRouter;`,
      "src/controller.ts": `
import { Router } from "express";
export class Controller {
  private app = Router();
  get router() { return this.app; }
  protected get(path, handler) { this.app.get(path, handler); }
  protected route({ method, path, handler }) { this.app[method](path, handler); }
}
`,
      "src/users.ts": `
import { Controller } from "./controller";
export class UserController extends Controller {
  constructor(config) { super(); this.get("/:id", this.show); this.route({ method: "delete", path: "/:id", handler: this.remove }); }
  async show(req, res) {}
  async remove(req, res) {}
}
`,
      "src/koa.ts": `
import Koa from "koa"; import Router from "koa-router"; import mount from "koa-mount";
const api = new Koa(); const router = new Router(); const app = new Koa();
router.post("orders.list", auth(), async (ctx) => { listed(); });
api.use(router.routes());
app.use(mount("/api", api));
function auth() { return async (ctx, next) => { checked(); }; }
function listed() {} function checked() {}
`,
    });
    assert.deepEqual(routesOf(project, "src/orders.ts", "list"), ["GET /orders"]);
    assert.deepEqual(routesOf(project, "src/old.js", "old"), ["POST /old"]);
    assert.deepEqual(routesOf(project, "src/status.js", "status"), ["GET /status"]);
    assert.deepEqual(routesOf(project, "src/users.ts", "UserController.show"), ["GET /users/:id"]);
    assert.deepEqual(routesOf(project, "src/users.ts", "UserController.remove"), ["DELETE /users/:id"]);
    assert.deepEqual(routesOf(project, "src/koa.ts", "listed"), ["POST /api/orders.list"]);
    assert.equal(entryOf(project, "src/koa.ts", "checked"), "middleware");
  });

  it("leaves other objects with a `get` alone", async () => {
    const project = await linkScripts({
      "package.json": needs("axios", "express"),
      "src/a.ts": `
import axios from "axios";
import { http } from "msw";
const cache = new Map();
cache.get("/key", () => one());
axios.get("/x", () => two());
http.get("/x", () => three());
function one() {} function two() {} function three() {}
`,
    });
    for (const name of ["one", "two", "three"]) assert.deepEqual(routesOf(project, "src/a.ts", name), []);
  });
});

describe("files that are routes", () => {
  it("knows those of Next.js", async () => {
    const project = await linkScripts({
      "package.json": needs("next"),
      "app/(shop)/orders/[id]/route.ts": `import { load } from "@/lib/load";\nexport async function GET() { return load(); }\nexport const POST = withAuth(async () => create());\nfunction create() {}`,
      "app/(shop)/orders/[...slug]/page.tsx": `export default async function Page() { return <Orders/>; }\nasync function Orders() { return data(); }\nfunction data() {}\nexport async function generateMetadata() {}`,
      "app/actions.ts": `"use server";\nexport async function save() {}\nfunction helper() {}\nexport const remove = client.inputSchema(z.object({})).action(audited("removed", async () => { gone(); }));\nfunction gone() {}`,
      "app/form.tsx": `export default function Form() { async function submit() { "use server"; work(); } return <form action={submit}/>; }\nfunction work() {}`,
      "lib/load.ts": `export async function load() {}`,
      "pages/api/users/[id].ts": `export default async function handler(req, res) {}`,
      "pages/index.tsx": `export default function Home() {}\nexport const getServerSideProps = async () => ({ props: {} });\nexport const getStaticProps = async () => {};`,
      "middleware.ts": `export function middleware(request) {}`,
      "tsconfig.json": `{ "compilerOptions": { "paths": { "@/*": ["./*"] } } }`,
    });
    assert.deepEqual(routesOf(project, "lib/load.ts", "load"), ["GET /orders/:id"]);
    assert.deepEqual(routesOf(project, "app/(shop)/orders/[id]/route.ts", "create"), ["POST /orders/:id"]);
    assert.deepEqual(routesOf(project, "app/(shop)/orders/[...slug]/page.tsx", "data"), ["GET /orders/*slug"]);
    assert.equal(entryOf(project, "app/actions.ts", "save"), "request");
    assert.equal(entryOf(project, "app/actions.ts", "helper"), "unknown");
    assert.equal(entryOf(project, "app/actions.ts", "gone"), "request");
    assert.equal(entryOf(project, "app/form.tsx", "work"), "request");
    assert.deepEqual(routesOf(project, "pages/api/users/[id].ts", "handler"), ["/api/users/:id"]);
    assert.deepEqual(routesOf(project, "pages/index.tsx", "getServerSideProps"), ["GET /"]);
    assert.equal(entryOf(project, "pages/index.tsx", "getStaticProps"), "unknown");
    assert.equal(entryOf(project, "middleware.ts", "middleware"), "middleware");
  });

  it("knows those of Remix, SvelteKit, Nuxt and Astro, each in its own package", async () => {
    const project = await linkScripts({
      "apps/remix/package.json": needs("@remix-run/node"),
      "apps/remix/app/routes/_shop.orders.$id.tsx": `export const loader = async ({ params }) => { return list(); };\nexport async function action() {}\nfunction list() {}`,
      "apps/kit/package.json": needs("@sveltejs/kit"),
      "apps/kit/src/routes/(app)/orders/[id]/+page.server.ts": `export const load = async () => list();\nexport const actions = { default: async () => save(), remove: async () => {} };\nfunction list() {}\nfunction save() {}`,
      "apps/kit/src/routes/api/+server.ts": `export async function GET() {}`,
      "apps/kit/src/hooks.server.ts": `export const handle = async ({ event, resolve }) => resolve(event);`,
      "apps/nuxt/package.json": needs("nuxt"),
      "apps/nuxt/server/api/orders/[id].get.ts": `export default defineEventHandler(async (event) => list());\nfunction list() {}`,
      "apps/nuxt/server/middleware/auth.ts": `export default defineEventHandler((event) => check());\nfunction check() {}`,
      "apps/astro/package.json": needs("astro"),
      "apps/astro/src/pages/orders.json.ts": `export const GET = async () => list();\nfunction list() {}`,
      "apps/remix/src/routes/api/+server.ts": `export async function GET() {}`,
    });
    assert.deepEqual(routesOf(project, "apps/remix/app/routes/_shop.orders.$id.tsx", "list"), ["GET /orders/:id"]);
    assert.deepEqual(routesOf(project, "apps/remix/app/routes/_shop.orders.$id.tsx", "action"), ["POST /orders/:id"]);
    const page = "apps/kit/src/routes/(app)/orders/[id]/+page.server.ts";
    assert.deepEqual(routesOf(project, page, "list"), ["GET /orders/:id"]);
    assert.deepEqual(routesOf(project, page, "save"), ["POST /orders/:id"]);
    assert.deepEqual(routesOf(project, page, "%remove"), ["POST /orders/:id?/remove"]);
    assert.deepEqual(routesOf(project, "apps/kit/src/routes/api/+server.ts", "GET"), ["GET /api"]);
    assert.equal(entryOf(project, "apps/kit/src/hooks.server.ts", "handle"), "middleware");
    assert.deepEqual(routesOf(project, "apps/nuxt/server/api/orders/[id].get.ts", "list"), ["GET /api/orders/:id"]);
    assert.equal(entryOf(project, "apps/nuxt/server/middleware/auth.ts", "check"), "middleware");
    assert.deepEqual(routesOf(project, "apps/astro/src/pages/orders.json.ts", "list"), ["GET /orders.json"]);
    assert.deepEqual(routesOf(project, "apps/remix/src/routes/api/+server.ts", "GET"), []);
  });
});

describe("classes that NestJS runs", () => {
  it("reads controllers, also inherited handlers, and what calls services", async () => {
    const project = await linkScripts({
      "package.json": needs("@nestjs/common"),
      "src/base.ts": `import { Get } from "@nestjs/common";\nexport abstract class Base { @Get("all") all() { this.query(); } protected abstract query(): void; }`,
      "src/orders.controller.ts": `
import { Controller, Get, Post, Param } from "@nestjs/common";
import { Base } from "./base";
import { OrdersService } from "./orders.service";
const PREFIX = "orders";
@Controller({ path: PREFIX, version: "1" })
export class OrdersController extends Base {
  constructor(private readonly orders: OrdersService) { super(); }
  @Get(":id") show(@Param("id") id: string) { return this.orders.find(id); }
  @Post() create() { return this.orders.make(); }
  protected query() {}
}
`,
      "src/orders.service.ts": `
import { Cron } from "@nestjs/schedule";
export class OrdersService {
  find(id: string) { return load(); }
  make() {}
  @Cron("0 * * * *") nightly() { clean(); }
}
function load() {}
function clean() {}
`,
      "src/auth.guard.ts": `import { CanActivate } from "@nestjs/common";\nexport class AuthGuard implements CanActivate { async canActivate() { return check(); } }\nfunction check() { return true; }`,
      "src/orders.processor.ts": `
import { Process, Processor } from "@nestjs/bull";
import { WorkerHost } from "@nestjs/bullmq";
@Processor("orders") export class OrdersProcessor { @Process("send") async send() { work(); } }
@Processor("mails") export class MailsProcessor extends WorkerHost { async process() { mail(); } }
function work() {}
function mail() {}
`,
      "src/orders.gateway.ts": `import { WebSocketGateway, SubscribeMessage } from "@nestjs/websockets";\n@WebSocketGateway() export class Gateway { @SubscribeMessage("x") on() { socket(); } }\nfunction socket() {}`,
    });
    assert.deepEqual(routesOf(project, "src/orders.service.ts", "load"), ["GET /orders/:id"]);
    assert.deepEqual(routesOf(project, "src/orders.service.ts", "OrdersService.make"), ["POST /orders"]);
    assert.deepEqual(routesOf(project, "src/base.ts", "Base.all"), ["GET /orders/all"]);
    assert.equal(entryOf(project, "src/orders.service.ts", "clean"), "task");
    assert.equal(entryOf(project, "src/auth.guard.ts", "check"), "middleware");
    assert.equal(entryOf(project, "src/orders.processor.ts", "work"), "task");
    assert.equal(entryOf(project, "src/orders.processor.ts", "mail"), "task");
    assert.equal(entryOf(project, "src/orders.gateway.ts", "socket"), "socket");
  });
});

describe("resolvers of GraphQL", () => {
  it("tells operations from fields that are resolved per row, in decorated classes", async () => {
    const project = await linkScripts({
      "package.json": needs("@nestjs/graphql", "graphql"),
      "src/order.resolver.ts": `
import { Args, Parent, Query, ResolveField, Resolver, Mutation } from "@nestjs/graphql";
@Resolver(() => Order)
export class OrderResolver {
  @Query(() => [Order], { name: "orders" }) list() { return load(); }
  @Mutation(() => Order) create() {}
  @ResolveField(() => [Line]) lines(@Args("first") first: number, @Parent() order: Order) { return perRow(); }
}
class Order {} class Line {}
function load() {}
function perRow() {}
`,
    });
    assert.deepEqual(routesOf(project, "src/order.resolver.ts", "load"), ["Query.orders"]);
    assert.deepEqual(routesOf(project, "src/order.resolver.ts", "OrderResolver.create"), ["Mutation.create"]);
    assert.equal(entryOf(project, "src/order.resolver.ts", "perRow"), "request");
    assert.equal(perRow(project, "src/order.resolver.ts", "OrderResolver.lines"), 1);
    assert.equal(perRow(project, "src/order.resolver.ts", "OrderResolver.list"), undefined);
  });

  it("reads resolver maps, those that are put together, and files for each field", async () => {
    const project = await linkScripts({
      "package.json": needs("@apollo/server"),
      "src/resolvers.ts": `
import { orderQueries } from "./orders";
import { User } from "./user";
export const resolvers = {
  Query: { ...orderQueries, me: async (_, __, ctx) => me() },
  Mutation: { save: async () => {} },
  Subscription: { added: { subscribe: () => {} } },
  Order: { lines: (order) => lines(), __resolveType: () => "Order" },
  OrderConnection: { total: (page) => total() },
  User,
};
function me() {}
function lines() {}
function total() {}
`,
      "src/orders.ts": `export const orderQueries = { orders: () => list() };\nfunction list() {}`,
      "src/user.ts": `import type { UserResolvers } from "./types";\nexport const User: UserResolvers = { orders: async (parent) => ordersOf() };\nfunction ordersOf() {}`,
      "src/schema/order/resolvers/Query/order.ts": `import type { QueryResolvers } from "./types";\nexport const order: NonNullable<QueryResolvers["order"]> = async (_parent, args, ctx) => one();\nfunction one() {}`,
    });
    assert.deepEqual(routesOf(project, "src/resolvers.ts", "me"), ["Query.me"]);
    assert.deepEqual(routesOf(project, "src/orders.ts", "list"), ["Query.orders"]);
    assert.deepEqual(routesOf(project, "src/schema/order/resolvers/Query/order.ts", "one"), ["Query.order"]);
    assert.equal(perRow(project, "src/resolvers.ts", "%lines"), 0);
    assert.equal(perRow(project, "src/user.ts", "%orders"), 0);
    assert.equal(perRow(project, "src/resolvers.ts", "%total"), undefined, "one page per answer");
    assert.equal(entryOf(project, "src/resolvers.ts", "total"), "request");
    assert.equal(perRow(project, "src/resolvers.ts", "%me"), undefined);
    assert.equal(entryOf(project, "src/user.ts", "ordersOf"), "request");
  });

  it("reads schemas that Pothos, Nexus and graphql-js build", async () => {
    const project = await linkScripts({
      "package.json": needs("@pothos/core", "nexus", "graphql"),
      "src/pothos.ts": `
import { builder } from "./builder";
builder.queryField("orders", (t) => t.prismaField({ type: ["Order"], resolve: async (query, root, args, ctx) => list() }));
builder.prismaObject("Order", {
  fields: (t) => ({
    id: t.exposeID("id"),
    lines: t.field({ type: ["Line"], resolve: (order) => lines() }),
    user: t.prismaField({ type: "User", resolve: (query, order) => user() }),
  }),
});
builder.queryType({ fields: (t) => ({ me: t.field({ resolve: () => me() }) }) });
function list() {} function lines() {} function user() {} function me() {}
`,
      "src/nexus.ts": `
import { objectType, extendType } from "nexus";
export const Order = objectType({ name: "Order", definition(t) { t.nonNull.list.field("lines", { type: "Line", resolve(parent) { return nexusLines(); } }); } });
export const Queries = extendType({ type: "Query", definition: (t) => { t.field("orders", { resolve: () => nexusOrders() }); } });
function nexusLines() {} function nexusOrders() {}
`,
      "src/plain.ts": `
import { GraphQLObjectType } from "graphql";
export const OrderType = new GraphQLObjectType({ name: "Order", fields: () => ({ lines: { type: LineType, resolve: (order) => plainLines() } }) });
export const query = new GraphQLObjectType({ name: "Query", fields: { orders: { type: OrderType, resolve() { return plainOrders(); } } } });
function plainLines() {} function plainOrders() {}
`,
    });
    assert.deepEqual(routesOf(project, "src/pothos.ts", "list"), ["Query.orders"]);
    assert.deepEqual(routesOf(project, "src/pothos.ts", "me"), ["Query.me"]);
    assert.equal(entryOf(project, "src/pothos.ts", "lines"), "request");
    const rows = (path: string): string[] => (project.files.get(`file:///project/${path}`)!.closures ?? []).flatMap(({ id }) => { const row = project.runsPerRow(`file:///project/${path}#${id}`); return row ? [`${id} ${row.parent}`] : []; });
    assert.equal(rows("src/pothos.ts").map((each) => each.at(-1)).join(), "0,1");
    assert.deepEqual(routesOf(project, "src/nexus.ts", "nexusOrders"), ["Query.orders"]);
    assert.equal(rows("src/nexus.ts").length, 1);
    assert.deepEqual(routesOf(project, "src/plain.ts", "plainOrders"), ["Query.orders"]);
    assert.equal(rows("src/plain.ts").length, 1);
  });
});

describe("procedures and jobs", () => {
  it("names procedures of tRPC by their paths", async () => {
    const project = await linkScripts({
      "package.json": needs("@trpc/server"),
      "src/root.ts": `import { createTRPCRouter } from "./trpc";\nimport { orders } from "./orders";\nexport const appRouter = createTRPCRouter({ orders, users: createTRPCRouter({ me: publicProcedure.query(() => me()) }) });\nfunction me() {}`,
      "src/orders.ts": `
import { createTRPCRouter, protectedProcedure } from "./trpc";
export const orders = createTRPCRouter({
  list: protectedProcedure.input(schema).query(async ({ ctx }) => list()),
  create: protectedProcedure.input(schema).mutation(create),
});
function list() {}
async function create() {}
`,
      "src/trpc.ts": `import { initTRPC } from "@trpc/server";\nconst t = initTRPC.create();\nexport const createTRPCRouter = t.router;\nexport const protectedProcedure = t.procedure.use(async ({ next }) => { await check(); return next(); });\nfunction check() {}`,
    });
    assert.deepEqual(routesOf(project, "src/orders.ts", "list"), ["GET /trpc/orders.list"]);
    assert.deepEqual(routesOf(project, "src/orders.ts", "create"), ["POST /trpc/orders.create"]);
    assert.deepEqual(routesOf(project, "src/root.ts", "me"), ["GET /trpc/users.me"]);
  });

  it("reads routers whatever the module is called that they are built with", async () => {
    const project = await linkScripts({
      "package.json": needs("@trpc/server"),
      "src/index.ts": `import { initTRPC } from "@trpc/server";\nconst t = initTRPC.create();\nexport const router = t.router;\nexport const authedProcedure = t.procedure;`,
      "src/routers/_app.ts": `import { router } from "../index";\nimport { invites } from "./invites";\nexport const app = router({ invites });`,
      "src/routers/invites.ts": `import { authedProcedure, router } from "../index";\nexport const invites = router({ list: authedProcedure.query(() => list()) });\nfunction list() {}`,
    });
    assert.deepEqual(routesOf(project, "src/routers/invites.ts", "list"), ["GET /trpc/invites.list"]);
  });

  it("knows what queues, schedulers, consumers, sockets, clouds and command lines run", async () => {
    const project = await linkScripts({
      "package.json": needs("bullmq"),
      "src/jobs.ts": `
import { Worker } from "bullmq";
import Queue from "bull";
import cron from "node-cron";
import { CronJob } from "cron";
import { inngest } from "./client";
import { Inngest } from "inngest";
import { task } from "@trigger.dev/sdk/v3";
const queue = new Queue("mails");
export function start() {
  new Worker("orders", async (job) => worker());
  queue.process("send", 5, processed);
}
cron.schedule("* * * * *", () => scheduled());
new CronJob("* * * * *", function () { ticked(); });
export const one = inngest.createFunction({ id: "one" }, { event: "x" }, async () => functioned());
export const two = task({ id: "two", run: async () => triggered() });
function worker() {} async function processed() {} function scheduled() {} function ticked() {} function functioned() {} function triggered() {}
`,
      "src/kafka.ts": `import { Kafka } from "kafkajs";\nconst kafka = new Kafka({});\nconst consumer = kafka.consumer({});\nexport async function run() { await consumer.run({ eachMessage: async () => consumed() }); const x = kafka; }\nfunction consumed() {}`,
      "src/socket.ts": `import { Server } from "socket.io";\nconst io = new Server();\nio.on("connection", (socket) => connected());\nfunction connected() {}`,
      "src/lambda.ts": `import type { APIGatewayProxyHandler, SQSEvent } from "aws-lambda";\nexport const handler: APIGatewayProxyHandler = async (event) => called();\nexport async function consume(event: SQSEvent) { polled(); }\nfunction called() {}\nfunction polled() {}`,
      "src/worker.ts": `export default { async fetch(request, env) { return fetched(); }, async scheduled() { timed(); } };\nfunction fetched() {}\nfunction timed() {}`,
      "src/commands.ts": `import { Command } from "commander";\nconst program = new Command();\nprogram.command("import").option("-x").action(async () => imported());\nfunction imported() {}`,
      "src/maintenance/fill.ts": `export function filled() {}`,
    });
    assert.equal(entryOf(project, "src/maintenance/fill.ts", "filled"), "command");
    for (const name of ["worker", "processed", "scheduled", "ticked", "functioned", "triggered"]) assert.equal(entryOf(project, "src/jobs.ts", name), "task", name);
    assert.equal(entryOf(project, "src/kafka.ts", "consumed"), "task");
    assert.equal(entryOf(project, "src/socket.ts", "connected"), "socket");
    assert.equal(entryOf(project, "src/lambda.ts", "called"), "request");
    assert.equal(entryOf(project, "src/lambda.ts", "polled"), "task");
    assert.equal(entryOf(project, "src/worker.ts", "fetched"), "request");
    assert.equal(entryOf(project, "src/worker.ts", "timed"), "task");
    assert.equal(entryOf(project, "src/commands.ts", "imported"), "command");
  });

  it("knows by the types of a queue's jobs and processors what functions are for, wherever they are handed over", async () => {
    const project = await linkScripts({
      "package.json": needs("bullmq"),
      "src/mail.ts": `
import { Job, Processor } from "bullmq";
import type { Job as Other } from "./types";
export const send: Processor = async (job) => one();
export async function retry(job: Job<{ id: string }>) { two(); }
export const made = (name: string): Processor => async (job: Job) => three();
export async function print(job: Other) { four(); }
function one() {} function two() {} function three() {} function four() {}
`,
      "src/types.ts": "export interface Job { id: string }",
    });
    assert.deepEqual(["one", "two", "three", "four"].map((name) => entryOf(project, "src/mail.ts", name)), ["task", "task", "task", "unknown"]);
  });
});

describe("what scripts call that somebody runs", () => {
  it("is run by hand where nothing else calls it", async () => {
    const project = await linkScripts({
      "package.json": needs("express"),
      "src/app.ts": `import express from "express";\nimport { both } from "./health";\nconst app = express();\napp.get("/", (req, res) => both());\n`,
      "src/health.ts": "export function checkAll() {}\nexport function both() {}\n",
      "scripts/check.ts": `import { both, checkAll } from "../src/health";\nasync function main() { checkAll(); both(); }\nmain();\n`,
    });
    assert.equal(entryOf(project, "src/health.ts", "checkAll"), "command");
    assert.equal(entryOf(project, "src/health.ts", "both"), "request");
  });
});

describe("changes of entry points", () => {
  it("keeps the graph for edits elsewhere, and finds where addresses stand after moves", async () => {
    const files = {
      "package.json": needs("express"),
      "src/app.ts": `import express from "express";\nimport { list } from "./list";\nconst app = express();\napp.get("/orders", async (req, res) => list());\n`,
      "src/list.ts": `export async function list() {}\n`,
    };
    const before = await linkScripts(files);
    assert.deepEqual(routesOf(before, "src/list.ts", "list"), ["GET /orders"]);
    const moved = await linkScripts({ ...files, "src/app.ts": `// A comment.\n${files["src/app.ts"]}` });
    const at = (project: LinkedProject): number => project.routesOf(keyOf(project, "src/list.ts", "list"))[0].at.span.start;
    assert.equal(at(moved), at(before) + "// A comment.\n".length);
  });
});

describe("what administrators alone get to", () => {
  it("is told by the names of guards and by addresses, and not where others get to it as well", async () => {
    const project = await linkScripts({
      "package.json": needs("express", "@nestjs/common", "@trpc/server"),
      "src/service.ts": `export function theirs() {}\nexport function everybodys() {}\nexport function banned() {}`,
      "src/app.ts": `
import express from "express";
import { theirs, everybodys, banned } from "./service";
const app = express();
app.get("/users", requireAdmin, (req, res) => theirs());
app.get("/reports", hasRole("admin", "editor"), (req, res) => everybodys());
app.get("/own/:id", adminOrSelf, (req, res) => owned());
app.post("/admin/ban", (req, res) => banned());
function requireAdmin(req, res, next) {}
function adminOrSelf(req, res, next) {}
function owned() {}
`,
      "src/users.controller.ts": `
import { Controller, Get, UseGuards } from "@nestjs/common";
@Controller("people")
@UseGuards(AuthGuard, AdminGuard)
export class People { @Get() all() { return people(); } }
@Controller("orders")
@Roles(Role.Admin, Role.Clerk)
export class Orders { @Get() all() { return orders(); } @Roles(Role.Admin) @Get("old") old() { return olds(); } }
function people() {}
function orders() {}
function olds() {}
`,
      "src/router.ts": `
import { adminProcedure, authedProcedure, router } from "./trpc";
import { everybodys } from "./service";
export const reports = router({ list: moderatorProcedure.query(() => reported()) });
function reported() {}
export const users = router({ list: adminProcedure.query(() => { listed(); everybodys(); }), me: authedProcedure.query(() => me()) });
function listed() {}
function me() {}
`,
    });
    const theirs = (path: string, ...names: string[]): boolean[] => names.map((name) => project.isForAdministrators(keyOf(project, path, name)));
    assert.deepEqual(theirs("src/service.ts", "theirs", "everybodys", "banned"), [true, false, true]);
    assert.deepEqual(theirs("src/app.ts", "owned"), [false]);
    assert.deepEqual(theirs("src/users.controller.ts", "people", "orders", "olds"), [true, false, true]);
    assert.deepEqual(theirs("src/router.ts", "listed", "me", "reported"), [true, false, true]);
  });
});
