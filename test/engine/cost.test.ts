import { strict as assert } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { costText, statementsAt, type EndpointCost } from "#engine";
import { rules } from "../../rules";
import { openProject } from "../harness/project";

/** The costs of a view by the name of its function or class. */
async function costs(files: Record<string, string>, shop = "django"): Promise<ReadonlyMap<string, EndpointCost>> {
  const workspace = await openProject(new Map(Object.entries(files)), [], {}, shop);
  workspace.checkAll();
  return new Map(workspace.costs().map((each) => [each.name, each]));
}

const URLS = (names: readonly string[]): string => ["from django.urls import path", "from shop import views", "urlpatterns = [", ...names.map((name) => `    path("${name}/", views.${name}),`), "]", ""].join("\n");

async function views(body: string): Promise<ReadonlyMap<string, EndpointCost>> {
  const names = [...body.matchAll(/^def (\w+)\(request/gm)].map(([, name]) => name);
  return costs({
    "shop/urls.py": URLS(names), "config/urls.py": `from django.urls import include, path\nurlpatterns = [path("", include("shop.urls"))]\n`, "shop/views.py": `from django.http import JsonResponse\nfrom shop.models import Author, Book, Order, OrderItem\n\n${body}`,
  });
}

const text = (all: ReadonlyMap<string, EndpointCost>, name: string): string => costText(all.get(name)!.cost);

describe("costs", () => {
  it("count one of the clients that a name may hold", async () => {
    const all = await costs({
      "src/kept.ts": 'import { PrismaClient } from "@prisma/client";\nconst made = (options: object): PrismaClient => new PrismaClient(options);\nconst other = new PrismaClient({ log: ["warn"] });\nexport const db = process.env.OTHER ? other : made({ log: ["error"] });\n',
      "src/app.ts": 'import express from "express";\nimport { db } from "./kept";\nconst app = express();\napp.get("/books", async function books(req, res) {\n  const found = await db.book.findMany();\n  for (const book of found) await db.order.count({ where: { id: book.id } });\n  res.json(found);\n});\n',
    }, "prisma");
    const [books] = [...all.values()].filter(({ routes }) => routes.length > 0);
    assert.equal(costText(books.cost), "1 + books");
  });

  it("call the rounds of a loop so, where its variable has no name", async () => {
    const all = await costs({
      "src/app.ts": 'import express from "express";\nimport { prisma } from "./db";\nconst app = express();\napp.patch("/books", async function books(req, res) {\n  for (const { id, title } of req.body.updates) await prisma.book.update({ where: { id }, data: { title } });\n  res.json({});\n});\n',
    }, "prisma");
    const [books] = [...all.values()].filter(({ routes }) => routes.length > 0);
    assert.equal(costText(books.cost), "rounds");
  });

  it("are a polynomial in the rows that loops walk", async () => {
    const all = await views([
      "def constant(request):", "    return JsonResponse({'n': Book.objects.count()})", "",
      "def linear(request):", "    return JsonResponse({'names': [book.author.name for book in Book.objects.all()]})", "",
      "def nested(request):", "    result = []", "    for order in Order.objects.all():", "        for item in order.items.all():", "            result.append(item.book.title)", "    return JsonResponse({'r': result})", "",
      "def loaded(request):", "    return JsonResponse({'names': [book.author.name for book in Book.objects.select_related('author')]})", "",
    ].join("\n"));
    assert.equal(text(all, "constant"), "1");
    assert.equal(text(all, "linear"), "1 + books");
    assert.equal(text(all, "nested"), "1 + orders + orderItemsPerOrder·orders");
    assert.equal(text(all, "loaded"), "1");
    assert.deepEqual(all.get("linear")!.cost.exact, true);
    assert.equal(all.get("linear")!.cost.rows, "unbounded");
    assert.match(all.get("linear")!.routes[0].path, /\/linear\/$/);
  });

  it("count helpers wherever they are called from, also those that are called again", async () => {
    const all = await views([
      "def author_of(book):", "    return book.author.name", "", "def total():", "    return Book.objects.count()", "",
      "def twice(request):", "    return JsonResponse({'a': total(), 'b': total()})", "",
      "def helped(request):", "    return JsonResponse({'names': [author_of(book) for book in Book.objects.all()]})", "",
    ].join("\n"));
    assert.equal(text(all, "twice"), "2");
    assert.equal(text(all, "helped"), "1 + books");
  });

  it("give a range where it depends on a branch", async () => {
    const all = await views([
      "def either(request):", "    if request.GET.get('all'):", "        n = Book.objects.count() + Order.objects.count()", "    else:", "        n = Book.objects.count()", "    return JsonResponse({'n': n})", "",
      "def early(request):", "    if request.GET.get('none'):", "        return JsonResponse({})", "    return JsonResponse({'n': Book.objects.count()})", "",
    ].join("\n"));
    assert.equal(text(all, "either"), "1–2");
    assert.equal(text(all, "early"), "0–1");
    assert.equal(all.get("either")!.cost.exact, false);
  });

  it("know how many rows a limit leaves", async () => {
    const all = await views(["def first(request):", "    return JsonResponse({'names': [book.author.name for book in Book.objects.all()[:100]]})", ""].join("\n"));
    const { cost } = all.get("first")!;
    assert.equal(costText(cost), "1 + books");
    assert.deepEqual(cost.limits, { books: 100 });
    assert.deepEqual(statementsAt(cost, new Map([["books", 50_000]]), 1), { least: 101, most: 101 });
    assert.deepEqual(statementsAt(cost, new Map([["books", 10]]), 1), { least: 11, most: 11 });
  });

  it("count prefetched relations with their query", async () => {
    const all = await views(["def prefetched(request):", "    return JsonResponse({'n': [len(order.items.all()) for order in Order.objects.prefetch_related('items__book')]})", ""].join("\n"));
    assert.equal(all.get("prefetched")!.cost.terms[0].most, 3);
  });

  it("are there for TypeScript as well", async () => {
    const all = await costs({
      "src/server.ts": ['import express from "express";', 'import { db } from "./db";', "const app = express();", 'app.get("/books", async (request, response) => {', '  const books = await db("books").select("id", "author_id");', "  for (const book of books) await db(\"authors\").where({ id: book.author_id }).first();", "  response.json(books);", "});", ""].join("\n"),
    }, "knex");
    const [only] = [...all.values()];
    assert.equal(costText(only.cost), "1 + books");
    assert.deepEqual(only.routes[0].methods, ["GET"]);
  });

  it("count what a transaction sends of a client that nothing is known of but its name", async () => {
    const all = await costs({
      "prisma/schema.prisma": 'generator client {\n  provider = "prisma-client-js"\n}\ndatasource db {\n  provider = "postgresql"\n}\nmodel Recipient {\n  id Int @id\n}\n',
      "package.json": '{ "dependencies": { "@prisma/client": "6.19.0", "express": "5.0.0" } }',
      "src/client.ts": 'import { PrismaClient } from "@prisma/client";\nimport { remember } from "somewhere";\nexport const prisma = remember("prisma", () => new PrismaClient());\n',
      "src/service.ts": 'import { prisma } from "./client";\nexport const update = async ({ recipients }: { recipients: { id: number }[] }) =>\n  prisma.$transaction(async (tx) => {\n    await Promise.all(recipients.map(async (recipient) => tx.recipient.update({ where: { id: recipient.id }, data: recipient })));\n  });\n',
      "src/server.ts": 'import express from "express";\nimport { update } from "./service";\nconst app = express();\napp.post("/recipients", async (request, response) => {\n  response.json(await update({ recipients: request.body }));\n});\n',
    }, "prisma");
    const [only] = [...all.values()];
    assert.deepEqual([only.name, costText(only.cost)], ["a handler in server.ts", "recipients"]);
  });

  it("know that a cache may have the answer: functions, pages, values and dictionaries", async () => {
    const all = await views([
      "import functools", "from django.core.cache import cache", "from django.views.decorators.cache import cache_page", "",
      "@functools.lru_cache", "def total():", "    return Book.objects.count()", "",
      "def function(request):", "    return JsonResponse({'n': [total() for order in Order.objects.all()]})", "",
      "@cache_page(60)", "def page(request):", "    return JsonResponse({'n': Book.objects.count()})", "",
      "def value(request):", "    n = cache.get('n')", "    if n is None:", "        n = Book.objects.count()", "    return JsonResponse({'n': n})", "",
      "def made(request):", "    return JsonResponse({'n': cache.get_or_set('n', lambda: Book.objects.count())})", "",
      "def dictionary(request):", "    known = {}", "    for order in Order.objects.all():", "        if order.customer_id not in known:", "            known[order.customer_id] = order.customer", "    return JsonResponse({})", "",
    ].join("\n"));
    assert.deepEqual(["function", "page", "value", "made", "dictionary"].map((name) => text(all, name)), ["1–2", "0–1", "0–1", "0–1", "1 + 0–1·orders"]);
  });

  it("count SQL, and say that they are a lower bound where a query goes out of sight", async () => {
    const all = await views([
      "import elsewhere", "from django.db import connection", "",
      "def sql(request):", "    with connection.cursor() as cursor:", "        cursor.execute('SELECT 1')", "    return JsonResponse({'n': len(list(Book.objects.raw('SELECT * FROM book')))})", "",
      "def unknown(request):", "    return JsonResponse({'n': elsewhere.load(Book.objects.all())})", "",
    ].join("\n"));
    assert.equal(text(all, "sql"), "2");
    assert.equal(text(all, "unknown"), "≥ 0");
    assert.deepEqual(all.get("unknown")!.cost.gaps.map(({ message }) => message), ["what `elsewhere.load` does with Book is not seen"]);
    assert.equal(all.get("unknown")!.cost.exact, false);
  });

  it("tell writes, rows and scans apart", async () => {
    const all = await views([
      "",
      "def writes(request):", "    for order in Order.objects.all():", "        order.total = 0", "        order.save()", "    return JsonResponse({})", "",
      "def page(request):", "    return JsonResponse({'names': [book.title for book in Book.objects.order_by('id')[:int(request.GET['size'])]]})", "",
      "def few(request):", "    return JsonResponse({'names': [book.title for book in Book.objects.order_by('id')[:5]]})", "",
    ].join("\n"));
    assert.equal(costText({ terms: all.get("writes")!.cost.writes, gaps: [] }), "orders");
    assert.deepEqual(all.get("writes")!.cost.scans.map(({ message }) => message), ["every Order"]);
    assert.deepEqual(["writes", "page", "few"].map((name) => all.get(name)!.cost.rows), ["unbounded", "page", "bounded"]);
    assert.deepEqual(all.get("few")!.cost.scans, []);
  });

  it("are in the findings about loops, and in their words where an address starts them", async () => {
    const workspace = await openProject(new Map(Object.entries({
      "shop/urls.py": URLS(["books"]), "config/urls.py": 'from django.urls import include, path\nurlpatterns = [path("", include("shop.urls"))]\n',
      "shop/views.py": "from django.http import JsonResponse\nfrom shop.models import Book\n\n\ndef books(request):\n    return JsonResponse({'names': [[book.author.name, book.publisher.name] for book in Book.objects.all()]})\n\n\ndef helper():\n    return [book.author.name for book in Book.objects.all()]\n",
    })), rules, {}, "django");
    workspace.checkAll();
    const found = workspace.allFindings().filter(({ ruleId }) => ruleId === "relation-read-in-loop");
    const inView = found.find(({ cost }) => cost?.isEntryPoint)!;
    assert.match(inView.message, /: 1 \+ N queries; `\/…\/books\/` sends 51 to 101 for 50 books\. Load /);
    assert.equal(inView.cost!.of, "/…/books/");
    assert.equal(inView.cost!.queries, "1 + 1–2·books");
    const inHelper = found.find(({ cost }) => cost?.of === "helper")!;
    assert.deepEqual(inHelper.cost, { of: "helper", isEntryPoint: false, queries: "1 + books", term: "books", per: ["books"], rows: 50, least: 51, most: 51, exact: true });
    assert.doesNotMatch(inHelper.message, /sends/);
  });

  it("know TypeORM's pages, and MikroORM's identity map and unit of work", async () => {
    const typeorm = await all("typeorm", "typeorm", [
      'import { dataSource } from "./db";', 'import { Note, User } from "./entities";', "const users = dataSource.getRepository(User);",
      'export const plain = () => users.find({ take: 5 });', 'export const joined = () => users.find({ relations: { posts: true }, take: 5 });', 'export const numbered = () => users.findAndCount({ relations: { posts: true }, take: 5 });',
      'export const apart = () => users.find({ relations: { posts: true }, relationLoadStrategy: "query" });', 'export const one = () => users.findOne({ where: { id: 1 }, relations: { posts: true } });', 'export const sql = () => dataSource.query("SELECT 1");',
    ]);
    assert.deepEqual(Object.fromEntries([...typeorm].map(([name, { cost }]) => [name, costText(cost)])), { plain: "1", joined: "2", numbered: "2–3", apart: "3", one: "1–2", sql: "1" });
    const mikro = await all("mikroorm", "mikroorm", [
      'import { orm } from "./db";', 'import { Post, Tag, User } from "./entities";',
      "export async function keys(ids: number[]) { const em = orm.em.fork(); for (const id of ids) await em.findOne(User, { id }); }",
      "export async function add(name: string) { const em = orm.em.fork(); em.create(Tag, { name }); await em.flush(); await em.flush(); }",
      "export async function perhaps(name: string) { const em = orm.em.fork(); if (name) em.create(Tag, { name }); await em.flush(); }",
      "export async function many(names: string[]) { const em = orm.em.fork(); for (const name of names) em.create(Tag, { name }); await em.flush(); }",
      "export async function each(names: string[]) { const em = orm.em.fork(); for (const name of names) { em.create(Tag, { name }); await em.flush(); } }",
      "export async function change() { const em = orm.em.fork(); for (const post of await em.find(Post, {})) post.views += 1; await em.flush(); }",
      "export async function both() { await orm.em.fork().transactional(async (em) => { const user = em.create(User, { email: 'a', name: 'b' }); em.create(Post, { title: 'c', views: 0, user }); }); }",
      "export async function unknown(em: typeof orm.em) { await em.flush(); }",
    ]);
    assert.deepEqual(Object.fromEntries([...mikro].map(([name, { cost }]) => [name, costText(cost)])), {
      keys: "0–1·ids", add: "1", perhaps: "0–1", many: "batches", each: "names", change: "1 + 0–1·batches", both: "2", unknown: "≥ 0",
    });
  });
});

/** The costs of functions of a file beside the entities of an application of `test/projects`. */
async function all(project: string, shop: string, lines: readonly string[]): Promise<ReadonlyMap<string, EndpointCost>> {
  const source = (name: string): string => readFileSync(join(__dirname, `../projects/${project}/src/${name}.ts`), "utf8");
  const workspace = await openProject(new Map(Object.entries({ "app/db.ts": source("db"), "app/entities.ts": source("entities"), "app/code.ts": `${lines.join("\n")}\n` })), [], {}, shop);
  workspace.checkAll();
  return new Map(workspace.costs("everything").filter(({ at }) => at.uri.endsWith("app/code.ts")).map((each) => [each.name, each]));
}
