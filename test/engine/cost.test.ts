import { strict as assert } from "node:assert";
import { costText, statementsAt, type EndpointCost } from "#engine";
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
});
