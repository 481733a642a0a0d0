import assert from "node:assert/strict";
import type { FixProposal, LoopContext, RowWritten } from "#engine";
import { openRewriteProject, type RewriteProject } from "./django-rewrite-project";

const imports = "from shop.models import Author, Book, Order, OrderItem, Review\n\n\n";
const path = "shop/views.py";

type Make = (project: RewriteProject) => FixProposal | undefined;

function cases(make: Make, all: readonly (readonly [name: string, before: string, after: string | undefined])[]): void {
  for (const [name, before, after] of all) {
    for (const eol of ["\n", "\r\n"]) {
      it(eol === "\n" ? name : `${name} (CRLF)`, async () => {
        const of = (text: string): string => (imports + text).replaceAll("\n", eol);
        const project = await openRewriteProject({ [path]: of(before) });
        const proposal = make(project);
        if (after === undefined) assert.equal(project.edits(proposal), undefined);
        else assert.equal(await project.fixed(proposal, path), of(after));
      });
    }
  }
}

const inLoop = (event: { readonly loops: readonly LoopContext[] }): boolean => event.loops.length > 0;

function written(project: RewriteProject, how: RowWritten["how"]): RowWritten {
  const event = project.events(path, "rowWritten").find((one) => one.how === how && inLoop(one));
  assert.ok(event, `no ${how} in a loop`);
  return event;
}

describe("Django rewriter: queries out of loops", () => {
  describe("hoist", () => cases((project) => {
    const event = project.events(path, "queryRun").find(inLoop);
    assert.ok(event, "no query in a loop");
    return project.rewriter.hoist(event, event.constantIn ?? event.loops.at(-1)!);
  }, [
    [
      "a query in an expression",
      "def view(rows):\n    # every row\n    for row in rows:\n        print(row, Book.objects.count())\n",
      "def view(rows):\n    book_count = Book.objects.count()\n    # every row\n    for row in rows:\n        print(row, book_count)\n",
    ],
    [
      "an assignment moves as it is",
      "def view(rows):\n    for row in rows:\n        total = Book.objects.filter(stock=1).count()  # stays\n        print(row, total)\n",
      "def view(rows):\n    total = Book.objects.filter(stock=1).count()  # stays\n    for row in rows:\n        print(row, total)\n",
    ],
    [
      "an assignment on several lines",
      "def view(rows):\n    for row in rows:\n        total = Book.objects.filter(\n            stock=1,\n        ).count()\n        print(row, total)\n",
      "def view(rows):\n    total = Book.objects.filter(\n        stock=1,\n    ).count()\n    for row in rows:\n        print(row, total)\n",
    ],
    [
      "out of a comprehension",
      "def view(rows):\n    return [(row, Book.objects.count()) for row in rows]\n",
      "def view(rows):\n    book_count = Book.objects.count()\n    return [(row, book_count) for row in rows]\n",
    ],
    [
      "not what a handler in the loop is for",
      "def view(rows):\n    for row in rows:\n        try:\n            print(Book.objects.get(pk=1))\n        except Book.DoesNotExist:\n            pass\n",
      undefined,
    ],
  ]));

  describe("fetchInBulk", () => cases((project) => {
    const event = project.events(path, "queryRun").find((one) => inLoop(one) && ["get", "first"].includes(one.how));
    assert.ok(event, "no lookup in a loop");
    return project.rewriter.fetchInBulk(event, event.loops.at(-1)!, project.model);
  }, [
    [
      "get() by a column of the loop's row",
      "def view():\n    items = OrderItem.objects.filter(quantity=1)\n    for item in items:\n        book = Book.objects.get(pk=item.book_id)\n        print(book)\n",
      "def view():\n    items = OrderItem.objects.filter(quantity=1)\n    books = Book.objects.in_bulk({item.book_id for item in items})\n    for item in items:\n        book = books[item.book_id]\n        print(book)\n",
    ],
    [
      "rows without a name get one",
      "def view():\n    for item in OrderItem.objects.filter(quantity=1):\n        print(Book.objects.get(id=item.book_id))\n",
      "def view():\n    order_items = OrderItem.objects.filter(quantity=1)\n    books = Book.objects.in_bulk({item.book_id for item in order_items})\n    for item in order_items:\n        print(books[item.book_id])\n",
    ],
    [
      "first() gives None",
      "def view():\n    numbers = list({1, 2})\n    for number in numbers:\n        print(Book.objects.filter(isbn=number).first())\n",
      "def view():\n    numbers = list({1, 2})\n    books_by_isbn = Book.objects.in_bulk(numbers, field_name=\"isbn\")\n    for number in numbers:\n        print(books_by_isbn.get(number))\n",
    ],
    ["not what can be walked only once", "def view(numbers):\n    for number in numbers:\n        print(Book.objects.get(pk=number))\n", undefined],
    ["not what a handler is for", "def view():\n    numbers = [1, 2, 3]\n    for number in numbers:\n        try:\n            print(Book.objects.get(pk=number))\n        except Book.DoesNotExist:\n            pass\n", undefined],
  ]));
});

describe("Django rewriter: writes out of loops", () => {
  const insert: Make = (project) => {
    const event = project.events(path, "rowWritten").find((one) => ["create", "save"].includes(one.how) && inLoop(one))!;
    assert.ok(event, "no insert in a loop");
    return project.rewriter.insertTogether(event, event.loops.at(-1)!);
  };
  it("what skips code of the user's own is for a person to choose", async () => {
    const body = "for title in titles:\n    Book.objects.create(title=title)\n";
    const models = "from django.db import models\n\n\nclass Author(models.Model):\n    name = models.TextField()\n\n\nclass Order(models.Model):\n    name = models.TextField()\n\n\nclass OrderItem(models.Model):\n    name = models.TextField()\n\n\n"
      + "class Review(models.Model):\n    name = models.TextField()\n\n\nclass Book(models.Model):\n    title = models.TextField()\n";
    const save = "\n    def save(self, *args, **kwargs):\n        super().save(*args, **kwargs)\n";
    for (const [own, safety] of [["", "review"], [save, "sketch"]]) {
      const project = await openRewriteProject({ "shop/models.py": models + own, [path]: `${imports}\n\ndef view(titles):\n    ${body.replace("\n    ", "\n        ")}` });
      assert.equal(insert(project)?.safety, safety);
    }
  });

  describe("insertTogether", () => cases(insert, [
    [
      "a loop that does nothing else",
      "def view(names):\n    for name in names:\n        Author.objects.create(name=name)\n",
      "def view(names):\n    Author.objects.bulk_create([Author(name=name) for name in names])\n",
    ],
    [
      "on two lines",
      'def view(numbers, order):\n    for number in numbers:\n        OrderItem.objects.create(order=order, book_id=number, quantity=1)\n',
      "def view(numbers, order):\n    OrderItem.objects.bulk_create(\n        [OrderItem(order=order, book_id=number, quantity=1) for number in numbers]\n    )\n",
    ],
    [
      "other statements stay",
      "def view(names):\n    for name in names:\n        print(name)\n        Author.objects.create(name=name)  # new\n        # done\n    return 1\n",
      "def view(names):\n    authors = []\n    for name in names:\n        print(name)\n        authors.append(Author(name=name))  # new\n        # done\n    Author.objects.bulk_create(authors)\n    return 1\n",
    ],
    [
      "a call on several lines",
      "def view(names):\n    for name in names:\n        print(name)\n        Author.objects.create(\n            # who\n            name=name,\n        )\n",
      "def view(names):\n    authors = []\n    for name in names:\n        print(name)\n        authors.append(\n            Author(\n                # who\n                name=name,\n            )\n        )\n    Author.objects.bulk_create(authors)\n",
    ],
    [
      "a constructor and save()",
      "def view(names):\n    for name in names:\n        author = Author(name=name)\n        author.country_id = 1\n        author.save()\n",
      "def view(names):\n    authors = []\n    for name in names:\n        author = Author(name=name)\n        author.country_id = 1\n        authors.append(author)\n    Author.objects.bulk_create(authors)\n",
    ],
    [
      "a list of new rows",
      "def view(names):\n    return [Author.objects.create(name=name) for name in names]\n",
      "def view(names):\n    return Author.objects.bulk_create([Author(name=name) for name in names])\n",
    ],
    ["not when the row is used", "def view(names):\n    for name in names:\n        author = Author.objects.create(name=name)\n        print(author.pk)\n", undefined],
    ["not when the loop can be left", "def view(names):\n    for name in names:\n        Author.objects.create(name=name)\n        if name:\n            return name\n", undefined],
    ["not when the table is asked meanwhile", "def view(names):\n    for name in names:\n        if not Author.objects.filter(name=name).exists():\n            Author.objects.create(name=name)\n", undefined],
  ]));

  describe("updateTogether", () => cases((project) => {
    const event = written(project, "save");
    return project.rewriter.updateTogether(event, event.loops.at(-1)!);
  }, [
    [
      "the same value for all",
      'def view():\n    for book in Book.objects.all():\n        book.title = "x"\n        book.save()\n',
      'def view():\n    Book.objects.update(title="x")\n',
    ],
    [
      "a value of its own for each",
      "def view():\n    for book in Book.objects.all():\n        book.title = book.title.strip()\n        book.save()\n",
      'def view():\n    changed_books = []\n    for book in Book.objects.all():\n        book.title = book.title.strip()\n        changed_books.append(book)\n    Book.objects.bulk_update(changed_books, ["title"])\n',
    ],
  ]));

  it("updateTogether imports F", async () => {
    const before = `${imports}def view():\n    for book in Book.objects.filter(price=1):\n        book.stock += 1\n        book.save()\n`;
    const project = await openRewriteProject({ [path]: before });
    const event = written(project, "save");
    assert.equal(
      await project.fixed(project.rewriter.updateTogether(event, event.loops.at(-1)!), path),
      `from django.db.models import F\n\n${imports}def view():\n    Book.objects.filter(price=1).update(stock=F("stock") + 1)\n`,
    );
  });

  describe("deleteTogether", () => cases((project) => {
    const event = written(project, "delete");
    return project.rewriter.deleteTogether(event, event.loops.at(-1)!);
  }, [
    ["all rows of a query", "def view():\n    for book in Book.objects.filter(stock=0):\n        book.delete()\n", "def view():\n    Book.objects.filter(stock=0).delete()\n"],
    ["not under a condition", "def view():\n    for book in Book.objects.filter(stock=0):\n        if book.title:\n            book.delete()\n", undefined],
    ["not what is sliced", "def view():\n    for book in Book.objects.filter(stock=0)[:100]:\n        book.delete()\n", undefined],
  ]));

  describe("incrementInDatabase", () => cases((project) => {
    const event = project.events(path, "rowWritten").find((one) => one.assigned.some((field) => field.fromOwnValue));
    assert.ok(event, "no increment");
    return project.rewriter.incrementInDatabase(event);
  }, [
    [
      "an assignment",
      "from django.db.models import F\n\n\ndef view(pk):\n    book = Book.objects.get(pk=pk)\n    book.stock = book.stock - 1\n    book.save()\n",
      "from django.db.models import F\n\n\ndef view(pk):\n    book = Book.objects.get(pk=pk)\n    book.stock = F(\"stock\") - 1\n    book.save()\n",
    ],
    [
      "an augmented assignment",
      "from django.db import models\n\n\ndef view(pk, n):\n    book = Book.objects.get(pk=pk)\n    book.stock -= n + 1\n    book.save()\n",
      "from django.db import models\n\n\ndef view(pk, n):\n    book = Book.objects.get(pk=pk)\n    book.stock = models.F(\"stock\") - (n + 1)\n    book.save()\n",
    ],
    ["not when the value is read afterwards", "def view(pk):\n    book = Book.objects.get(pk=pk)\n    book.stock += 1\n    book.save()\n    return book.stock\n", undefined],
  ]));
});
