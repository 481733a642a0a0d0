import assert from "node:assert/strict";
import { createWorkspace, type QueryView } from "#engine";
import { loadParsers } from "../harness/parsers";

const MODELS = [
  "from django.db import models", "", "",
  "class Author(models.Model):", "    name = models.TextField()", "", "",
  "class Book(models.Model):", "    author = models.ForeignKey(Author, models.CASCADE)", "    status = models.CharField(max_length=9)", "    isbn = models.CharField(max_length=13, unique=True)", "",
  "    class Meta:", '        ordering = ["-isbn"]', "",
].join("\n");

async function at(code: string, needle: string): Promise<readonly QueryView[]> {
  const engine = createWorkspace({ parsers: await loadParsers(), rules: [] });
  engine.setFolders(["file:///shop"]);
  const views = `from shop.models import Author, Book\n\n\ndef view(request):\n${code.split("\n").map((line) => `    ${line}`).join("\n")}\n`;
  engine.apply([{ uri: "file:///shop/requirements.txt", text: "django==5.2\n" }, { uri: "file:///shop/shop/models.py", text: MODELS }, { uri: "file:///shop/shop/views.py", text: views }]);
  return engine.queriesAt("file:///shop/shop/views.py", views.indexOf(needle) + 1);
}

describe("what a query asks, where somebody points at it", () => {
  it("is its SQL in outline", async () => {
    const [view] = await at('return list(Book.objects.select_related("author").filter(status="new", author__name__icontains="x").exclude(isbn=None)[:20])', "objects");
    assert.equal(view.sql, "SELECT *\nFROM Book\nLEFT JOIN author\nWHERE status = ? AND author.name ILIKE '%?%' AND NOT (isbn IS NULL)\nORDER BY isbn DESC\nLIMIT 20");
    assert.deepEqual([view.model, view.sends, view.loads, view.leaves, view.rows], ["Book", true, ["author"], [], 20]);
  });

  it("says which index finds the rows, or that none does", async () => {
    const indexOf = async (condition: string): Promise<string | undefined> => (await at(`return list(Book.objects.filter(${condition}))`, "objects"))[0].index;
    assert.equal(await indexOf("status='new'"), "no index begins with `status`: every row is read");
    assert.match((await indexOf("isbn='1'"))!, /finds `isbn`$/);
    assert.equal(await indexOf("pk=1"), "the primary key finds `id`");
    assert.match((await indexOf("author=1"))!, /finds `author`$/);
    assert.match((await indexOf("isbn__icontains='1'"))!, /^an index begins with `isbn`, but `icontains` may not use it$/);
  });

  it("is a count, a test, or one row, where that is asked", async () => {
    const sql = async (code: string): Promise<string> => (await at(`return ${code}`, "objects"))[0].sql;
    assert.equal(await sql("Book.objects.count()"), "SELECT COUNT(*)\nFROM Book");
    assert.equal(await sql("Book.objects.filter(status='a').exists()"), "SELECT 1\nFROM Book\nWHERE status = ?\nLIMIT 1");
    assert.equal(await sql("Book.objects.get(pk=request.GET['id'])"), "SELECT *\nFROM Book\nWHERE id = ?");
  });

  it("is one statement per row at a relation in a loop, and none where it was loaded", async () => {
    const [read] = await at("for book in Book.objects.all():\n    print(book.author.name)", "author.name");
    assert.deepEqual([read.sql, read.model, read.sends, read.perRowOf], ["SELECT *\nFROM Author\nWHERE id = ?", "Author", true, ["Book"]]);
    const loaded = await at('for book in Book.objects.select_related("author"):\n    print(book.author.name)', "author.name");
    assert.ok(loaded.every(({ sends }) => !sends));
  });

  it("is nothing where there is no query", async () => {
    assert.deepEqual(await at("x = 1\nreturn x", "x = 1"), []);
  });
});
