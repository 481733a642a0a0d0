import assert from "node:assert/strict";
import { openRewriteProject } from "./django-rewrite-project";

const imports = "from shop.models import Author, Book, Order, OrderItem, Review\n\n\n";

/** Loads every relation that is missing in `views.py`, one fix after the other, and gives the text that comes out. */
async function loaded(code: string, options: { readonly files?: Record<string, string>; readonly path?: string; readonly rounds?: number } = {}): Promise<string> {
  const path = options.path ?? "shop/views.py";
  let files: Record<string, string> = { ...options.files, "shop/views.py": code };
  for (let round = 0; round < (options.rounds ?? 3); round++) {
    const project = await openRewriteProject(files);
    const missing = project.events("shop/views.py", "relationRead").filter((read) => !read.loaded && read.row.loop && read.row.query && !read.continued);
    if (missing.length === 0) {
      assert.ok(round > 0, "nothing is missing");
      break;
    }
    const proposal = project.rewriter.loadWith(missing[0].row.query!, missing[0].path, project.model);
    files = { ...files, ...await project.allFixed(proposal) };
  }
  const project = await openRewriteProject(files);
  assert.deepEqual(project.events("shop/views.py", "relationRead").filter((read) => !read.loaded && read.row.loop && !read.continued).map((read) => read.path), [], files[path]);
  return files[path];
}

async function notOffered(code: string, files: Record<string, string> = {}): Promise<void> {
  const project = await openRewriteProject({ ...files, "shop/views.py": code });
  const missing = project.events("shop/views.py", "relationRead").filter((read) => !read.loaded && read.row.query);
  for (const read of missing) assert.equal(project.edits(project.rewriter.loadWith(read.row.query!, read.path, project.model)), undefined);
}

describe("Django rewriter: loading relations with the query", () => {
  const cases: readonly { readonly name: string; readonly before: string; readonly after: string }[] = [
    {
      name: "replaces an empty all() on the manager",
      before: "for book in Book.objects.all():\n    print(book.author.name)\n",
      after: 'for book in Book.objects.select_related("author"):\n    print(book.author.name)\n',
    },
    {
      name: "replaces all() also when the chain goes on",
      before: 'for book in Book.objects.all().order_by("title"):\n    print(book.author.name)\n',
      after: 'for book in Book.objects.select_related("author").order_by("title"):\n    print(book.author.name)\n',
    },
    {
      name: "appends to a chain on one line",
      before: "books = Book.objects.filter(stock=1)\nfor book in books:\n    print(book.author.name)\n",
      after: 'books = Book.objects.filter(stock=1).select_related("author")\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "stays before a slice",
      before: "for book in Book.objects.filter(stock=1)[:100]:\n    print(book.author.name)\n",
      after: 'for book in Book.objects.filter(stock=1).select_related("author")[:100]:\n    print(book.author.name)\n',
    },
    {
      name: "gives the call its own line in a chain of several lines",
      before: 'books = (\n    Book.objects\n    .filter(stock=1)\n    .order_by("title")\n)\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = (\n    Book.objects\n    .filter(stock=1)\n    .order_by("title")\n    .select_related("author")\n)\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "keeps comments between and behind the lines of a chain",
      before: 'books = (\n    Book.objects\n    # only what is left\n    .filter(stock=1)  # one\n    # nothing more\n)\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = (\n    Book.objects\n    # only what is left\n    .filter(stock=1)  # one\n    .select_related("author")\n    # nothing more\n)\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "follows backslash continuations",
      before: 'books = Book.objects \\\n    .filter(stock=1) \\\n    .order_by("title")\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = Book.objects \\\n    .filter(stock=1) \\\n    .order_by("title") \\\n    .select_related("author")\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "appends behind arguments on several lines without a new line",
      before: "books = Book.objects.filter(\n    stock=1,\n)\nfor book in books:\n    print(book.author.name)\n",
      after: 'books = Book.objects.filter(\n    stock=1,\n).select_related("author")\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "keeps the quotes of the file",
      before: "books = Book.objects.filter(title='x')\nfor book in books:\n    print(book.author.name)\n",
      after: "books = Book.objects.filter(title='x').select_related('author')\nfor book in books:\n    print(book.author.name)\n",
    },
    {
      name: "keeps tabs",
      before: "def view():\n\tbooks = (\n\t\tBook.objects\n\t\t.filter(stock=1)\n\t)\n\tfor book in books:\n\t\tprint(book.author.name)\n",
      after: 'def view():\n\tbooks = (\n\t\tBook.objects\n\t\t.filter(stock=1)\n\t\t.select_related("author")\n\t)\n\tfor book in books:\n\t\tprint(book.author.name)\n',
    },
    {
      name: "counts offsets as the editor does, behind emoji",
      before: 'x = "🐍🐍"; books = Book.objects.filter(title="🐍")\nfor book in books:\n    print("🐍", book.author.name)\n',
      after: 'x = "🐍🐍"; books = Book.objects.filter(title="🐍").select_related("author")\nfor book in books:\n    print("🐍", book.author.name)\n',
    },
    {
      name: "reaches into the arguments of a call",
      before: "print([book.author.name for book in Book.objects.filter(stock=1)], 1)\n",
      after: 'print([book.author.name for book in Book.objects.filter(stock=1).select_related("author")], 1)\n',
    },
    {
      name: "adds to an existing select_related",
      before: 'for book in Book.objects.select_related("publisher"):\n    print(book.author.name)\n',
      after: 'for book in Book.objects.select_related("publisher", "author"):\n    print(book.author.name)\n',
    },
    {
      name: "makes a path longer instead of naming it twice, whatever its quotes",
      before: "x = \"\"\ny = \"\"\nfor order in Order.objects.select_related('customer'):\n    print(order.customer.city.name)\n",
      after: "x = \"\"\ny = \"\"\nfor order in Order.objects.select_related('customer__city'):\n    print(order.customer.city.name)\n",
    },
    {
      name: "adds a line with a comma to arguments on lines of their own",
      before: 'books = Book.objects.select_related(\n    "publisher",  # who\n)\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = Book.objects.select_related(\n    "publisher",  # who\n    "author",\n)\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "keeps a trailing comma on one line",
      before: 'books = Book.objects.select_related("publisher",)\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = Book.objects.select_related("publisher", "author",)\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "adds the missing comma",
      before: 'books = Book.objects.select_related(\n    "publisher"\n)\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = Book.objects.select_related(\n    "publisher",\n    "author"\n)\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "starts anew behind select_related(None)",
      before: 'books = Book.objects.select_related("publisher").select_related(None)\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = Book.objects.select_related("publisher").select_related(None).select_related("author")\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "adds the key to only(), which the join would not find otherwise",
      before: 'for book in Book.objects.only("title"):\n    print(book.author.name)\n',
      after: 'for book in Book.objects.only("title", "author").select_related("author"):\n    print(book.author.name)\n',
    },
    {
      name: "takes the key out of defer()",
      before: 'for book in Book.objects.defer("blurb", "author"):\n    print(book.author.name)\n',
      after: 'for book in Book.objects.defer("blurb").select_related("author"):\n    print(book.author.name)\n',
    },
    {
      name: "prefetches what is many",
      before: "for author in Author.objects.all():\n    for book in author.books.all():\n        print(book)\n",
      after: 'for author in Author.objects.prefetch_related("books"):\n    for book in author.books.all():\n        print(book)\n',
    },
    {
      name: "makes a prefetched path longer",
      before: 'for order in Order.objects.prefetch_related("items"):\n    for item in order.items.all():\n        print(item.book.title)\n',
      after: 'for order in Order.objects.prefetch_related("items__book"):\n    for item in order.items.all():\n        print(item.book.title)\n',
    },
    {
      name: "loads what a Prefetch's own rows need in its own queryset",
      before: 'from django.db.models import Prefetch\n\norders = Order.objects.prefetch_related(Prefetch("items", queryset=OrderItem.objects.filter(quantity=1)))\nfor order in orders:\n    for item in order.items.all():\n        print(item.book.title)\n',
      after: 'from django.db.models import Prefetch\n\norders = Order.objects.prefetch_related(Prefetch("items", queryset=OrderItem.objects.filter(quantity=1).select_related("book")))\nfor order in orders:\n    for item in order.items.all():\n        print(item.book.title)\n',
    },
    {
      name: "joins a reverse one-to-one",
      before: "from django.contrib.auth.models import User\n\nfor user in User.objects.all():\n    print(user.profile.bio)\n",
      after: 'from django.contrib.auth.models import User\n\nfor user in User.objects.select_related("profile"):\n    print(user.profile.bio)\n',
    },
    {
      name: "goes on with a line of its own where a line in parentheses is full",
      before: `books = (\n    Book.objects.filter(title="a rather long title", blurb="and a long blurb", stock=1)\n)\nfor book in books:\n    print(book.author.name)\n`,
      after: `books = (\n    Book.objects.filter(title="a rather long title", blurb="and a long blurb", stock=1)\n    .select_related("author")\n)\nfor book in books:\n    print(book.author.name)\n`,
    },
    {
      name: "appends to what is known of a related manager",
      before: "def view(author):\n    pass\n\n\ndef other():\n    author = Author.objects.get(pk=1)\n    for book in author.books.all():\n        print(book.publisher.name)\n",
      after: 'def view(author):\n    pass\n\n\ndef other():\n    author = Author.objects.get(pk=1)\n    for book in author.books.select_related("publisher"):\n        print(book.publisher.name)\n',
    },
    {
      name: "goes to the last assignment of a query that is built step by step",
      before: 'books = Book.objects.filter(stock=1)\nbooks = books.order_by("title")\nfor book in books:\n    print(book.author.name)\n',
      after: 'books = Book.objects.filter(stock=1)\nbooks = books.order_by("title").select_related("author")\nfor book in books:\n    print(book.author.name)\n',
    },
    {
      name: "goes to the common start of a query that is filtered under a condition",
      before: 'def view(request):\n    books = Book.objects.filter(stock=1)\n    if request.GET:\n        books = books.filter(title="x")\n    for book in books:\n        print(book.author.name)\n',
      after: 'def view(request):\n    books = Book.objects.filter(stock=1).select_related("author")\n    if request.GET:\n        books = books.filter(title="x")\n    for book in books:\n        print(book.author.name)\n',
    },
  ];
  for (const { name, before, after } of cases) {
    it(name, async () => assert.equal(await loaded(imports + before), imports + after));
    it(`${name} (CRLF)`, async () => {
      const windows = (text: string): string => text.replaceAll("\n", "\r\n");
      assert.equal(await loaded(windows(imports + before)), windows(imports + after));
    });
  }

  it("is inserted where the query is defined, in another file", async () => {
    const files = { "shop/orders.py": "from .models import Order\n\n\ndef open_orders():\n    return Order.objects.filter(status=\"open\")\n" };
    const code = "from shop.orders import open_orders\n\nfor order in open_orders():\n    print(order.customer.name)\n";
    assert.equal(await loaded(code, { files, path: "shop/orders.py" }), files["shop/orders.py"].replace('"open")', '"open").select_related("customer")'));
  });

  it("leaves a helper alone that passes any queryset through", async () => {
    const files = { "shop/rows.py": "def newest(rows):\n    return rows.order_by(\"-pk\")\n" };
    const code = "from shop.models import Order\nfrom shop.rows import newest\n\nfor order in newest(Order.objects.all()):\n    print(order.customer.name)\n";
    assert.equal(await loaded(code, { files }), code.replace("all()", 'select_related("customer")'));
  });

  it("leaves a manager's own method alone", async () => {
    const files = {
      "shop/models.py": "from django.db import models\n\n\nclass Author(models.Model):\n    name = models.TextField()\n\n\nclass BookQuerySet(models.QuerySet):\n    def cheap(self):\n        return self.filter(price=1)\n\n\n"
        + "class Book(models.Model):\n    author = models.ForeignKey(Author, on_delete=models.CASCADE)\n    price = models.IntegerField()\n    objects = BookQuerySet.as_manager()\n",
    };
    const code = "from shop.models import Book\n\nfor book in Book.objects.cheap():\n    print(book.author.name)\n";
    assert.equal(await loaded(code, { files }), code.replace("cheap()", 'cheap().select_related("author")'));
  });

  it("uses the other quote inside an interpolated string", async () => {
    const code = `${imports}x = ""\ny = f"{[book.author.name for book in Book.objects.filter(stock=1)]}"\n`;
    assert.equal(await loaded(code), code.replace("(stock=1)", "(stock=1).select_related('author')"));
  });

  it("leaves a base class alone whose query is that of any model", async () => {
    const models = "from django.db import models\n\n\nclass Base(models.Model):\n    class Meta:\n        abstract = True\n\n    @classmethod\n    def visible(cls):\n        return cls.objects.filter(pk__gt=1)\n\n\n"
      + "class Author(Base):\n    name = models.TextField()\n\n\nclass Book(Base):\n    author = models.ForeignKey(Author, on_delete=models.CASCADE)\n";
    await notOffered("from shop.models import Book\n\nfor book in Book.visible():\n    print(book.author.name)\n", { "shop/models.py": models });
    const code = "from shop.models import Book\n\nfor book in Book.visible().order_by('pk'):\n    print(book.author.name)\n";
    assert.equal(await loaded(code, { files: { "shop/models.py": models } }), code.replace("('pk')", "('pk').select_related('author')"));
  });

  it("joins nothing to rows that are locked", async () => {
    const code = `${imports}for book in Book.objects.select_for_update().filter(stock=1):\n    print(book.publisher.name)\n`;
    assert.equal(await loaded(code), code.replace("(stock=1)", '(stock=1).prefetch_related("publisher")'));
  });

  it("is not offered where Django would refuse it", async () => {
    await notOffered(`${imports}books = Book.objects.filter(stock=1).union(Book.objects.filter(stock=2))\nfor book in books:\n    print(book.author.name)\n`);
    await notOffered(`${imports}for book in Book.objects.filter(stock=1).values("author"):\n    print(book)\n`);
  });

  it("is not offered behind a library's manager that is asked later", async () => {
    const models = "from django.db import models\nfrom django_scopes import ScopedManager\n\n\nclass Author(models.Model):\n    name = models.TextField()\n\n\n"
      + "class Book(models.Model):\n    author = models.ForeignKey(Author, on_delete=models.CASCADE)\n    objects = ScopedManager(shop='shop')\n";
    const view = (rows: string): string => "from rest_framework import serializers, viewsets\nfrom shop.models import Author, Book\n\n\n"
      + "class AuthorSerializer(serializers.ModelSerializer):\n    class Meta:\n        model = Author\n        fields = ['name']\n\n\n"
      + "class BookSerializer(serializers.ModelSerializer):\n    author = AuthorSerializer()\n\n    class Meta:\n        model = Book\n        fields = ['author']\n\n\n"
      + `class Books(viewsets.ReadOnlyModelViewSet):\n    queryset = ${rows}\n    serializer_class = BookSerializer\n`;
    await notOffered(view("Book.objects"), { "shop/models.py": models });
    const plain = models.replace("    objects = ScopedManager(shop='shop')\n", "");
    assert.match(await loaded(view("Book.objects"), { files: { "shop/models.py": plain } }), /Book\.objects\.select_related\('author'\)/);
  });

  it("loads with the left side of an or, which is the one Django keeps", async () => {
    const code = `${imports}for book in Book.objects.filter(stock=1) | Book.objects.filter(stock=2):\n    print(book.author.name)\n`;
    assert.equal(await loaded(code), code.replace("(stock=1)", '(stock=1).select_related("author")'));
  });

  it("survives texts that are not those of the facts", async () => {
    const project = await openRewriteProject({ "shop/views.py": `${imports}for book in Book.objects.filter(stock=1):\n    print(book.author.name)\n` });
    const [read] = project.events("shop/views.py", "relationRead").filter((one) => !one.loaded);
    const proposal = project.rewriter.loadWith(read.row.query!, read.path, project.model)!;
    for (const text of ["", "x", "\n".repeat(500), "(".repeat(200), `${" ".repeat(7)}${imports}for book in Book.objects.filter(stock=1):\n    pass`, undefined]) {
      assert.equal(proposal.build(() => text), undefined);
    }
  });
});
