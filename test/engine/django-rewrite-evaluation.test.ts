import assert from "node:assert/strict";
import type { Attribute, Comparison, EventOf, FixProposal } from "#engine";
import { nodesOf } from "../../server/src/engine/orms/django/rewrite/names";
import { openRewriteProject, type RewriteProject } from "./django-rewrite-project";

const imports = "from shop.models import Author, Book, Order, OrderItem, Review\n";
const path = "shop/views.py";

type Make = (project: RewriteProject) => FixProposal | undefined;

/** Each case in both line endings: the text of `views.py` before and after, imports of the shop's models left out. */
function cases(make: Make, all: readonly (readonly [name: string, before: string, after: string | undefined, files?: Record<string, string>])[]): void {
  for (const [name, before, after, files] of all) {
    for (const eol of ["\n", "\r\n"]) {
      it(eol === "\n" ? name : `${name} (CRLF)`, async () => {
        const of = (text: string): string => (imports + text).replaceAll("\n", eol);
        const project = await openRewriteProject({ ...files, [path]: of(before) });
        const proposal = make(project);
        if (after === undefined) assert.equal(project.edits(proposal), undefined);
        else assert.equal(await project.fixed(proposal, path), of(after));
      });
    }
  }
}

const run = (project: RewriteProject, how: string) => {
  const found = project.events(path, "queryRun").filter((event) => event.how === how);
  assert.ok(found.length > 0, `no run by ${how}: ${project.events(path, "queryRun").map((event) => event.how).join(", ")}`);
  return found[0];
};

describe("Django rewriter: counting and asking", () => {
  describe("countInDatabase", () => cases((project) => {
    const event = run(project, "len");
    return project.rewriter.countInDatabase(event.at, event.expression);
  }, [
    ["one line", "n = len(Book.objects.filter(stock=1))\n", "n = Book.objects.filter(stock=1).count()\n"],
    ["a variable", "books = Book.objects.all()\nn = 1 + len(books)\n", "books = Book.objects.all()\nn = 1 + books.count()\n"],
    ["a chain that lives in the parentheses of len()", "n = len(\n    Book.objects\n    .filter(stock=1)\n)\n", "n = (\n    Book.objects\n    .filter(stock=1)\n    .count()\n)\n"],
    ["inside a string", "books = Book.objects.all()\nx = f\"{len(books)} books\"\n", "books = Book.objects.all()\nx = f\"{books.count()} books\"\n"],
    ["inner lines in their own brackets", "n = len(Book.objects.filter(\n    stock=1,\n))\n", "n = Book.objects.filter(\n    stock=1,\n).count()\n"],
    ["a comment inside stays", "n = len(\n    # all\n    Book.objects.filter(stock=1)\n)\n", "n = (\n    # all\n    Book.objects.filter(stock=1).count()\n)\n"],
  ]));

  describe("existsInDatabase", () => cases((project) => {
    const event = run(project, "bool");
    return project.rewriter.existsInDatabase(event.at, event.expression);
  }, [
    ["a test", "if Book.objects.filter(stock=1):\n    print(1)\n", "if Book.objects.filter(stock=1).exists():\n    print(1)\n"],
    ["a negated test", "books = Book.objects.all()\nif not books:\n    print(1)\n", "books = Book.objects.all()\nif not books.exists():\n    print(1)\n"],
  ]));

  describe("existsInsteadOfCount", () => cases((project) => project.rewriter.existsInsteadOfCount(project.events(path, "queryRun").find((event) => event.comparedToZero)!), [
    ["more than none", "if Book.objects.filter(stock=1).count() > 0:\n    print(1)\n", "if Book.objects.filter(stock=1).exists():\n    print(1)\n"],
    ["none", "x = Book.objects.filter(stock=1).count() == 0\n", "x = not Book.objects.filter(stock=1).exists()\n"],
    ["several lines", "x = (\n    Book.objects\n    .filter(stock=1)\n    .count()\n    > 0\n)\n", "x = (\n    Book.objects\n    .filter(stock=1)\n    .exists()\n)\n"],
  ]));

  describe("limit", () => cases((project) => {
    const event = run(project, "iterate");
    return project.rewriter.limit(event.query, 100, { uri: event.at.uri, span: event.expression });
  }, [
    ["one line", "for book in Book.objects.all():\n    print(book)\n", "for book in Book.objects.all()[:100]:\n    print(book)\n"],
    ["not a slice once more", "for book in Book.objects.all()[5:]:\n    print(book)\n", undefined],
    ["already limited", "for book in Book.objects.all()[:5]:\n    print(book)\n", undefined],
  ]));

  describe("stream", () => cases((project) => {
    const event = run(project, "iterate");
    return project.rewriter.stream(event.query, { uri: event.at.uri, span: event.expression });
  }, [
    ["one line", "for book in Book.objects.all():\n    print(book)\n", "for book in Book.objects.all().iterator(chunk_size=2000):\n    print(book)\n"],
    ["several lines", "for book in (\n    Book.objects\n    .filter(stock=1)\n):\n    print(book)\n", "for book in (\n    Book.objects\n    .filter(stock=1)\n    .iterator(chunk_size=2000)\n):\n    print(book)\n"],
  ]));

  describe("orderByKey", () => cases((project) => {
    const [event] = project.events(path, "queryRun");
    return project.rewriter.orderByKey(event.query);
  }, [
    ["instead of all()", "for book in Book.objects.all():\n    print(book)\n", 'for book in Book.objects.order_by("pk"):\n    print(book)\n'],
    ["into an empty order_by()", "for book in Book.objects.order_by():\n    print(book)\n", 'for book in Book.objects.order_by("pk"):\n    print(book)\n'],
  ]));

  describe("passQuery", () => cases((project) => {
    const lookup = project.events(path, "lookup").find((event) => event.lookup.from?.materialised);
    assert.ok(lookup, "no list that came from a query");
    return project.rewriter.passQuery(lookup.lookup.from!.materialised!, lookup.lookup.from!.query);
  }, [
    ["list()", 'ids = list(Author.objects.filter(name="x").values_list("id", flat=True))\nbooks = list(Book.objects.filter(author__in=ids))\n', 'ids = Author.objects.filter(name="x").values_list("id", flat=True)\nbooks = list(Book.objects.filter(author__in=ids))\n'],
    ["a chain on lines of its own", 'ids = list(\n    Author.objects\n    .values_list("id", flat=True)\n)\nbooks = list(Book.objects.filter(author__in=ids))\n', 'ids = (\n    Author.objects\n    .values_list("id", flat=True)\n)\nbooks = list(Book.objects.filter(author__in=ids))\n'],
  ]));

  it("paginate imports, orders and asks the request", async () => {
    const before = `${imports}from django.shortcuts import render\n\n\ndef books(request):\n    rows = Book.objects.all()\n    return render(request, "b.html", {"books": rows})\n`;
    const project = await openRewriteProject({ [path]: before });
    const event = project.events(path, "queryEscapes").at(-1)!;
    const start = before.lastIndexOf("rows");
    const result = await project.fixed(project.rewriter.paginate(event.query, { uri: project.uri(path), span: { start, end: start + 4 } }), path);
    assert.equal(result, `${imports}from django.core.paginator import Paginator\nfrom django.shortcuts import render\n\n\ndef books(request):\n    rows = Book.objects.all()\n    paginator = Paginator(rows.order_by("pk"), 50)\n    page = paginator.get_page(request.GET.get("page"))\n    return render(request, "b.html", {"books": page})\n`);
  });

  it("paginate and limit leave a context alone that has the query among other things", async () => {
    for (const [head, make] of [
      ["", 'context = {"books": Book.published.all()}'], ["", 'context = dict(books=Book.objects.all())'],
      [", **context", "context.update(books=Book.objects.all())"], ["", 'context = base(request)\n    context["books"] = Book.objects.all()'],
    ]) {
      const before = `${imports}from django.shortcuts import render\n\n\ndef books(request${head}):\n    ${make}\n    return render(request, "b.html", context)\n`;
      const project = await openRewriteProject({ [path]: before });
      const run = `${imports}for book in Book.objects.all():\n    print(book)\n`;
      const { query } = (await openRewriteProject({ [path]: run })).events(path, "queryRun")[0];
      const start = before.lastIndexOf("context");
      const at = { uri: project.uri(path), span: { start, end: start + 7 } };
      assert.equal(project.edits(project.rewriter.paginate(query, at)), undefined, make);
      assert.equal(project.edits(project.rewriter.limit(query, 100, at)), undefined, make);
    }
  });

  it("what changes the answer is for a person to choose", async () => {
    const project = await openRewriteProject({ [path]: `${imports}for book in Book.objects.filter(title__iexact="x"):\n    print(book)\n` });
    const { query, at } = run(project, "iterate");
    assert.equal(project.rewriter.limit(query, 100, at)?.safety, "sketch");
    assert.equal(project.rewriter.changeLookup(query.lookups[0].at, "iexact", "exact", "Compare exactly")?.safety, "sketch");
  });

  it("paginateView adds paginate_by and an order behind the attributes", async () => {
    const before = `${imports}from django.views.generic import ListView\n\n\nclass Books(ListView):\n    model = Book  # all\n\n    def get_title(self):\n        return "x"\n`;
    const project = await openRewriteProject({ [path]: before });
    const [view] = project.events(path, "listView");
    const result = await project.fixed(project.rewriter.paginateView(view), path);
    assert.equal(result, before.replace("# all\n", '# all\n    paginate_by = 50\n    ordering = ["pk"]\n'));
  });
});

/** The event for shapes that the rewriter knows before the evaluator does: the first comparison with a column. */
function filteredByHand(project: RewriteProject): EventOf<"rowsFiltered"> {
  const { query } = project.events(path, "queryRun")[0];
  const condition = [...nodesOf(project.model.files.get(project.uri(path))!.bodies[""])].find((node) => node.kind === "comparison") as Comparison;
  const field = [condition.left, condition.right].find((side): side is Attribute => side.kind === "attribute")!.name;
  return {
    kind: "rowsFiltered", query, field, condition, operator: condition.operator, negated: false, whole: true,
    at: { uri: project.uri(path), span: condition }, frames: [], loops: [], entry: "unknown", basis: "resolved",
  };
}

describe("Django rewriter: work for the database", () => {
  describe("aggregateInDatabase", () => cases((project) => {
    const [event] = project.events(path, "rowsReduced");
    assert.ok(event, "nothing is reduced");
    return project.rewriter.aggregateInDatabase(event);
  }, [
    ["a sum in a calculation", "from django.db import models\n\ntotal = 2 * sum(book.stock for book in Book.objects.filter(stock=1))\n", 'from django.db import models\n\ntotal = 2 * (Book.objects.filter(stock=1).aggregate(total=models.Sum("stock"))["total"] or 0)\n'],
    ["the highest", "from django.db.models import Q\n\nx = max(book.stock for book in Book.objects.filter(Q(stock=1)))\n", 'from django.db.models import Max, Q\n\nx = Book.objects.filter(Q(stock=1)).aggregate(highest=Max("stock"))["highest"]\n'],
    ["with a condition", "total = sum(book.stock for book in Book.objects.all() if book.title)\n", undefined],
  ]));

  describe("aggregateInDatabase on a list's first row", () => cases((project) => {
    const event = project.events(path, "rowsReduced").find((one) => one.by === "first-of-list");
    return event && project.rewriter.aggregateInDatabase(event);
  }, [
    ["the query itself", "book = list(Book.objects.filter(stock=1))[0]\n", "book = Book.objects.filter(stock=1)[0]\n"],
    ["turned around", "books = list(reversed(list(Book.objects.distinct())))[:10]\n", undefined],
    ["turned around, one row", "book = list(reversed(Book.objects.all()))[0]\n", undefined],
  ]));

  it("a new import stands in Django's place, before the project's own", async () => {
    const before = `${imports}\ntotal = sum(book.stock for book in Book.objects.all())\n`;
    const project = await openRewriteProject({ [path]: before });
    const [event] = project.events(path, "rowsReduced");
    const result = await project.fixed(project.rewriter.aggregateInDatabase(event), path);
    assert.equal(result, `from django.db.models import Sum\n\n${imports}\ntotal = Book.objects.aggregate(total=Sum("stock"))["total"] or 0\n`);
  });

  describe("filterInDatabase", () => cases((project) => {
    const [event] = project.events(path, "rowsFiltered");
    return project.rewriter.filterInDatabase(event ?? filteredByHand(project));
  }, [
    ["a comprehension", 'x = [book for book in Book.objects.all() if book.title == "new"]\n', 'x = [book for book in Book.objects.filter(title="new")]\n'],
    ["several lines", "x = [\n    book\n    for book in Book.objects.filter(stock=1)\n    if book.price > 3\n]\n", "x = [\n    book\n    for book in Book.objects.filter(stock=1).filter(price__gt=3)\n]\n"],
    ["the other way round", "x = [book for book in Book.objects.all() if 3 < book.price]\n", "x = [book for book in Book.objects.filter(price__gt=3)]\n"],
    ["a guard", 'for book in Book.objects.all():\n    if book.title != "new":\n        continue\n\n    print(book)\n', 'for book in Book.objects.filter(title="new"):\n    print(book)\n'],
    ["an if around everything", 'for book in Book.objects.all():\n    if book.title == "new":\n        # why\n        print(book)\n\n        print(1)\nprint(2)\n', 'for book in Book.objects.filter(title="new"):\n    # why\n    print(book)\n\n    print(1)\nprint(2)\n'],
    ["not equal keeps what exclude keeps", 'x = [book for book in Book.objects.all() if book.title != "new"]\n', 'x = [book for book in Book.objects.exclude(title="new")]\n'],
  ]));
});

describe("Django rewriter: reading keys and columns", () => {
  describe("readKeyColumn", () => cases((project) => {
    const read = project.events(path, "relationRead").find((event) => event.keyOnly);
    assert.ok(read, "no key is read");
    return project.rewriter.readKeyColumn(read);
  }, [
    ["the id", "for book in Book.objects.all():\n    print(book.author.id)\n", "for book in Book.objects.all():\n    print(book.author_id)\n"],
    ["the truth", "for book in Book.objects.all():\n    if book.publisher:\n        print(1)\n", "for book in Book.objects.all():\n    if book.publisher_id:\n        print(1)\n"],
  ]));

  describe("addColumns", () => cases((project) => {
    const read = project.events(path, "columnRead").find((event) => !event.loaded);
    assert.ok(read?.row.query, "no column is missing");
    return project.rewriter.addColumns(read.row.query, [read.field]);
  }, [
    ["into only()", 'for book in Book.objects.only("title"):\n    print(book.stock)\n', 'for book in Book.objects.only("title", "stock"):\n    print(book.stock)\n'],
    ["out of defer(), which goes when it is empty", 'for book in (\n    Book.objects\n    .defer("stock")\n    .filter(price=1)\n):\n    print(book.stock)\n', "for book in (\n    Book.objects\n    .filter(price=1)\n):\n    print(book.stock)\n"],
    ["out of defer() on the manager, which is no queryset by itself", 'for book in Book.objects.defer("stock"):\n    print(book.stock)\n', "for book in Book.objects.all():\n    print(book.stock)\n"],
    ["out of defer()", 'for book in Book.objects.defer("stock", "title"):\n    print(book.stock)\n', 'for book in Book.objects.defer("title"):\n    print(book.stock)\n'],
  ]));

  describe("changeLookup", () => cases((project) => {
    const event = project.events(path, "lookup").find((one) => one.lookup.lookup === "icontains")!;
    return project.rewriter.changeLookup(event.lookup.at, "icontains", "istartswith", "Match the beginning only");
  }, [
    ["a keyword", 'x = list(Book.objects.filter(author__name__icontains="x"))\n', 'x = list(Book.objects.filter(author__name__istartswith="x"))\n'],
  ]));

  it("prefetchFiltered names the wanted rows", async () => {
    const before = `${imports}\nfor author in Author.objects.prefetch_related("books"):\n    for book in author.books.filter(title="new"):\n        print(book)\n`;
    const project = await openRewriteProject({ [path]: before });
    const read = project.events(path, "relationRead").find((event) => event.bypasses)!;
    const result = await project.fixed(project.rewriter.prefetchFiltered(read, project.model), path);
    assert.equal(result, `from django.db.models import Prefetch\n\n${imports}\nfor author in Author.objects.prefetch_related(Prefetch(\n    "books", queryset=Book.objects.filter(title="new"), to_attr="new_books"\n)):\n    for book in author.new_books:\n        print(book)\n`);
  });

  it("prefetchFiltered leaves a helper alone that other rows are handed to as well", async () => {
    const before = `${imports}\ndef titles(author):\n    return [book.title for book in author.books.filter(title="new")]\n\n\ndef view(request):\n    return [titles(author) for author in Author.objects.prefetch_related("books")]\n`;
    const project = await openRewriteProject({ [path]: before });
    const read = project.events(path, "relationRead").find((event) => event.bypasses)!;
    assert.equal(project.rewriter.prefetchFiltered(read, project.model), undefined);
  });
});
