import assert from "node:assert/strict";
import { createWorkspace } from "#engine";
import { loadParsers } from "../harness/parsers";
import { runIn, type Outcome } from "./memory-output";
import { removeTemporaryFolders, temporaryFolder } from "./temporary-folder";

const FILES = {
  "requirements.txt": "django==5.2\n",
  "config/urls.py": 'from django.urls import path\nfrom shop import views\n\nurlpatterns = [path("books/", views.books), path("count/", views.count)]\n',
  "shop/models.py": "from django.db import models\n\n\nclass Author(models.Model):\n    name = models.TextField()\n\n\nclass Book(models.Model):\n    author = models.ForeignKey(Author, models.CASCADE)\n",
  "shop/views.py": [
    "from django.http import JsonResponse", "from shop.models import Book", "", "",
    "def count(request):", "    return JsonResponse({'n': Book.objects.count()})", "", "",
    "def books(request):", "    return JsonResponse({'names': [book.author.name for book in Book.objects.all()]})", "",
  ].join("\n"),
};

async function costIn(args: readonly string[], files: Readonly<Record<string, string>> = FILES): Promise<Outcome> {
  return runIn(temporaryFolder(files), ["cost", ...args], { createEngine: async () => createWorkspace({ parsers: await loadParsers(), rules: [] }) });
}

describe("scale-hints cost", () => {
  afterEach(removeTemporaryFolders);

  it("tells the fastest growing first, with the place of each term", async () => {
    const { code, out } = await costIn([]);
    assert.equal(code, 0);
    const lines = out.split("\n");
    assert.match(lines[0], /^1 \+ books queries {2}unbounded {2}\S*\/books\/ {2}books {2}shop\/views\.py:9$/);
    assert.match(lines[1], /^ {2}per books: .*`author`.* shop\/views\.py:10$/);
    assert.match(lines[2], /^1 queries {2}bounded {2}\S*\/count\/ {2}count {2}shop\/views\.py:5$/);
    assert.match(out, /\n2 entry points, 1 of them grow with the tables\.\n$/);
  });

  it("puts row counts in, and the time of the round trips", async () => {
    assert.match((await costIn(["--at", "books=2_000", "--round-trip", "0.5"])).out, /2,001 queries, about 1,001 ms of round trips/);
    assert.match((await costIn(["--rows", "10"])).out, /11 queries, about 11 ms of round trips/);
  });

  it("is data for programs, of the given paths only", async () => {
    const { out } = await costIn(["shop", "--format", "json", "--rows", "10"]);
    const report = JSON.parse(out);
    assert.equal(report.version, 1);
    assert.deepEqual(report.endpoints.map((each: { name: string; queries: string; exact: boolean; at: object }) => [each.name, each.queries, each.exact, each.at]), [
      ["books", "1 + books", true, { queries: 11, least: 11, milliseconds: 11 }],
      ["count", "1", true, { queries: 1, least: 1, milliseconds: 1 }],
    ]);
    assert.deepEqual(JSON.parse((await costIn(["config", "--format", "json"])).out).endpoints, []);
  });

  it("says of each address what it sends, for what, how many rows come, and how sure that is", async () => {
    const { endpoints } = JSON.parse((await costIn(["--format", "json"])).out);
    const books = endpoints[0];
    assert.match(books.route, /\/books\/$/);
    assert.deepEqual({ ...books, route: "", routes: [] }, {
      name: "books", route: "", routes: [], entry: "request", path: "shop/views.py", line: 9, queries: "1 + books",
      terms: [
        { per: [], count: 1, because: [{ path: "shop/views.py", line: 10, message: "Book" }] },
        { per: ["books"], count: 1, because: [{ path: "shop/views.py", line: 10, message: "`author` of each Book" }] },
      ],
      writes: [], limits: {}, rows: "unbounded", scans: [{ path: "shop/views.py", line: 10, message: "every Book" }], exact: true, gaps: [],
    });
    assert.equal(endpoints[1].rows, "bounded");
  });

  it("gives ranges for branches, and marks what is a lower bound", async () => {
    const { out } = await costIn(["--format", "json"], {
      ...FILES,
      "shop/views.py": [
        "import elsewhere", "from django.http import JsonResponse", "from shop.models import Book", "", "",
        "def count(request):", "    if request.GET.get('skip'):", "        return JsonResponse({})", "    return JsonResponse({'n': Book.objects.count()})", "", "",
        "def books(request):", "    return JsonResponse({'names': elsewhere.names(Book.objects.all())})", "",
      ].join("\n"),
    });
    const [count, books] = ["count", "books"].map((wanted) => JSON.parse(out).endpoints.find(({ name }: { name: string }) => name === wanted));
    assert.deepEqual([count.queries, count.exact, count.terms[0].count, count.terms[0].least], ["0–1", false, 1, 0]);
    assert.deepEqual([books.queries, books.exact, books.gaps], ["≥ 0", false, [{ path: "shop/views.py", line: 13, message: "what `elsewhere.names` does with Book is not seen" }]]);
  });

  it("2: numbers that are none, and a path that is not there", async () => {
    for (const [args, message] of [
      [["--at", "books"], /--at needs a name and a number, as in --at orders=50000, not "books"/],
      [["--rows", "many"], /--rows needs a number above zero, not "many"/],
      [["--round-trip", "0"], /--round-trip needs a number above zero, not "0"/],
      [["nowhere"], /nowhere: no such file or folder/],
    ] as const) {
      const { code, err } = await costIn(args);
      assert.equal(code, 2);
      assert.match(err, message);
    }
  });
});
