import assert from "node:assert/strict";
import type { FileFacts } from "../../server/src/engine/facts";
import { lowerPython } from "../../server/src/engine/languages/python";
import { djangoProjectAdapter } from "../../server/src/engine/orms/django/model";
import { linkProject, type DatabaseIndex, type Entity, type LinkedProject, type Symbol } from "../../server/src/engine/project";
import { loadParsers } from "../harness/parsers";

interface Options {
  readonly root?: string;
  readonly folders?: readonly string[];
  readonly resources?: Readonly<Record<string, string>>;
  readonly previous?: LinkedProject;
  readonly moved?: readonly string[];
}

let parse: (text: string) => ReturnType<Awaited<ReturnType<typeof loadParsers>>["parse"]>;

/** Links files given by path; folders are not packages unless `__init__.py` is given. */
function linkPython(files: Readonly<Record<string, string>>, { root = "file:///project", folders = [root], resources = {}, previous, moved }: Options = {}): LinkedProject {
  const facts = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries(files)) {
    const uri = `${root}/${path}`;
    // Of a link after another one, files outside `moved` are the same facts.
    const same = previous && moved && !moved.includes(path) ? previous.files.get(uri) : undefined;
    facts.set(uri, same ?? lowerPython(parse(text), text, uri));
  }
  const texts = new Map(Object.entries(resources).map(([path, text]) => [`${root}/${path}`, text]));
  return linkProject({ files: facts, folders, adapters: [djangoProjectAdapter], resources: texts, previous, moved: moved && new Set(moved.map((path) => `${root}/${path}`)) });
}

const uri = (path: string): string => `file:///project/${path}`;

function entity(project: LinkedProject, key: string): Entity {
  const found = project.entity(key);
  assert.ok(found, `no entity ${key}; there are ${[...project.entities.values()].filter((each) => each.class).map((each) => each.key).join(", ")}`);
  return found;
}

/** A symbol as short text. */
function show(symbol: Symbol | undefined): string {
  switch (symbol?.kind) {
    case "class": return `class ${symbol.class.key.replace("file:///project/", "")}`;
    case "function": return `function ${symbol.function.key.replace("file:///project/", "")}`;
    case "value": return `value ${symbol.uri.replace("file:///project/", "")}#${symbol.value.name}`;
    case "type": return `type ${symbol.uri.replace("file:///project/", "")}#${symbol.type.name}`;
    case "module": return `module ${symbol.name}`;
    case "external": return `external ${symbol.name}`;
    case undefined: return "nothing";
  }
}

/** An index as short text: `unique(a, -b) gin partial`. */
function showIndex(index: DatabaseIndex): string {
  const columns = index.columns.map((each) => `${each.descending ? "-" : ""}${each.field ?? each.expression}${each.opclass ? ` ${each.opclass}` : ""}`).join(", ");
  const extras = [index.unique ? "unique" : "", index.method === "btree" ? "" : index.method, index.partial ? "partial" : "", index.include.length > 0 ? `include ${index.include.join(",")}` : ""].filter(Boolean);
  return `${index.source}(${columns})${extras.length > 0 ? ` ${extras.join(" ")}` : ""}`;
}

/** A relation as short text: `foreign-key one -> shop.Author via book_set`. */
function showRelation(from: Entity, name: string): string {
  const relation = from.relations.get(name);
  if (!relation) return `none of ${[...from.relations.keys()].join(", ")}`;
  return `${relation.form} ${relation.cardinality} -> ${relation.target ?? "?"}${relation.inverse === undefined ? "" : ` via ${relation.inverse}`}`;
}

const head = "from django.db import models\n";

function models(body: string, more: Readonly<Record<string, string>> = {}, options: Options = {}): LinkedProject {
  return linkPython({ "shop/__init__.py": "", "shop/models.py": head + body, ...more }, options);
}

function withSettings(settings: string, more: Readonly<Record<string, string>> = {}, options: Options = {}): LinkedProject {
  return linkPython({
    "manage.py": `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n`,
    "config/__init__.py": "",
    "config/settings.py": settings,
    ...more,
  }, options);
}

before(async () => {
  const parsers = await loadParsers();
  parse = (text) => parsers.parse(text, "python");
});

describe("names of a project", () => {
  it("follows imports, aliases and re-exports to the definition", () => {
    const project = linkPython({
      "shop/__init__.py": "from .models import Book as PublicBook\nfrom . import models\n",
      "shop/models/__init__.py": "from .book import *\nfrom .author import Author\n",
      "shop/models/book.py": "__all__ = ['Book', '_Draft']\nclass Book: pass\nclass _Draft: pass\nclass Hidden: pass\n",
      "shop/models/author.py": "class Author: pass\n",
      "web/__init__.py": "",
      "web/views.py": "import shop.models\nimport shop.models.book as b\nfrom shop import PublicBook\nfrom ..shop.models import Author as A\nfrom shop.models import _Draft, Hidden\n",
    });
    const views = uri("web/views.py");
    assert.equal(show(project.resolveName(views, "PublicBook")), "class shop/models/book.py#Book");
    assert.equal(show(project.resolveName(views, "A")), "class shop/models/author.py#Author");
    assert.equal(show(project.resolveName(views, "_Draft")), "class shop/models/book.py#_Draft");
    assert.equal(show(project.resolveName(views, "Hidden")), "nothing");
    assert.equal(show(project.resolveName(views, "b")), "module shop.models.book");
    const shop = project.resolveName(views, "shop");
    assert.equal(show(shop), "module shop");
    assert.equal(show(project.resolveMember(project.resolveMember(shop!, "models")!, "Author")), "class shop/models/author.py#Author");
    assert.equal(show(project.resolveMember(project.resolveMember(shop!, "models")!, "book")), "module shop.models.book");
  });

  it("leaves underscore names out of star imports without __all__", () => {
    const project = linkPython({ "a.py": "X = 1\n_Y = 2\n", "b.py": "from a import *\n" });
    assert.equal(show(project.resolveName(uri("b.py"), "X")), "value a.py#X");
    assert.equal(show(project.resolveName(uri("b.py"), "_Y")), "nothing");
  });

  it("names what is outside by its dotted path", () => {
    const project = linkPython({ "a.py": "import os.path\nimport django.db.models as m\nfrom django.db import models, transaction as t\nfrom requests import get\n" });
    const a = uri("a.py");
    assert.equal(show(project.resolveName(a, "os")), "external os");
    assert.equal(show(project.resolveName(a, "m")), "external django.db.models");
    assert.equal(show(project.resolveMember(project.resolveName(a, "models")!, "Model")), "external django.db.models.Model");
    assert.equal(show(project.resolveName(a, "t")), "external django.db.transaction");
    assert.equal(show(project.resolveName(a, "get")), "external requests.get");
    assert.equal(show(project.resolveName(a, "print")), "nothing");
  });

  it("takes the last definition, but not the None of a failed import", () => {
    const project = linkPython({
      "lib.py": "def fast(): pass\n",
      "a.py": "def f(): pass\ndef f(): pass\ntry:\n    from lib import fast\nexcept ImportError:\n    fast = None\nX = 1\nX = 2\n",
    });
    assert.equal(show(project.resolveName(uri("a.py"), "f")), "function a.py#f#2");
    assert.equal(show(project.resolveName(uri("a.py"), "fast")), "function lib.py#fast");
    const x = project.resolveName(uri("a.py"), "X");
    assert.ok(x?.kind === "value" && x.value.value?.kind === "literal" && x.value.value.value === 2);
  });

  it("survives circular imports, in whatever order names are asked for", () => {
    const files = {
      "a.py": "from c import *\nfrom b import *\nfrom b import Loop\nA = 1\n",
      "b.py": "from a import *\nfrom a import Loop\nB = 1\n",
      "c.py": "from b import *\nC = 1\n",
    };
    for (const order of [["a", "b", "c"], ["b", "c", "a"], ["c", "a", "b"]]) {
      const project = linkPython(files);
      for (const file of order) {
        for (const name of ["A", "B", "C"]) assert.match(show(project.resolveName(uri(`${file}.py`), name)), new RegExp(`^value ${name.toLowerCase()}.py`), `${name} in ${file}`);
        assert.equal(show(project.resolveName(uri(`${file}.py`), "Loop")), "nothing");
      }
    }
  });

  it("prefers the project of the importing file in a monorepo", () => {
    const shop = { "manage.py": "", "shop/__init__.py": "", "shop/models.py": "class Order: pass\n", "web/__init__.py": "", "web/views.py": "from shop.models import Order\n" };
    const files: Record<string, string> = {};
    for (const [path, text] of Object.entries(shop)) for (const each of ["one", "two"]) files[`${each}/${path}`] = text;
    const project = linkPython(files);
    for (const each of ["one", "two"]) assert.equal(show(project.resolveName(uri(`${each}/web/views.py`), "Order")), `class ${each}/shop/models.py#Order`);
  });

  it("finds modules under src, beside a script, and in folders without __init__", () => {
    const project = linkPython({
      "src/shop/__init__.py": "",
      "src/shop/models.py": "class Order: pass\n",
      "tests/test_order.py": "from shop.models import Order\n",
      "scripts/load.py": "from loader import go\n",
      "scripts/loader.py": "def go(): pass\n",
      "plain/parts/deep.py": "X = 1\n",
      "use.py": "from plain.parts import deep\nimport plain.parts.deep\n",
    });
    assert.equal(show(project.resolveName(uri("tests/test_order.py"), "Order")), "class src/shop/models.py#Order");
    assert.equal(show(project.resolveName(uri("scripts/load.py"), "go")), "function scripts/loader.py#go");
    assert.equal(show(project.resolveName(uri("use.py"), "deep")), "module plain.parts.deep");
    const plain = project.resolveName(uri("use.py"), "plain")!;
    assert.equal(show(project.resolveMember(project.resolveMember(project.resolveMember(plain, "parts")!, "deep")!, "X")), "value plain/parts/deep.py#X");
  });

  it("does not take a file of the same name for a package outside", () => {
    const project = linkPython({ "shop/__init__.py": "", "shop/requests.py": "def get(): pass\n", "shop/views.py": "from requests import get\nfrom .requests import get as own\n", "tests/redis/__init__.py": "", "shop/cache.py": "import redis\n" });
    assert.equal(show(project.resolveName(uri("shop/views.py"), "get")), "external requests.get");
    assert.equal(show(project.resolveName(uri("shop/views.py"), "own")), "function shop/requests.py#get");
    assert.equal(show(project.resolveName(uri("shop/cache.py"), "redis")), "external redis");
  });

  it("works with Windows URIs and CRLF", () => {
    const root = "file:///c%3A/My%20Work/site";
    const text = { "shop/__init__.py": "", "shop/models.py": "from django.db import models\r\n\r\nclass Book(models.Model):\r\n    title = models.CharField(max_length=10)\r\n", "shop/views.py": "from shop.models import Book\r\nfrom . import models\r\n" };
    for (const folder of [root, "file:///C:/My%20Work/site", "file:///c:/My Work/site/"]) {
      const project = linkPython(text, { root, folders: [folder] });
      const book = project.resolveName(`${root}/shop/views.py`, "Book");
      assert.ok(book?.kind === "class");
      assert.equal(project.entityOfClass(book.class)?.key, "shop.Book");
      assert.equal(project.entity("shop.Book")?.fields.get("title")?.maxLength, 10);
      assert.equal(project.moduleName(`${root}/shop/models.py`), "shop.models");
    }
  });
});

describe("classes of a project", () => {
  const ancestorNames = (project: LinkedProject, path: string, name: string): string[] => {
    const symbol = project.resolveName(uri(path), name);
    assert.ok(symbol?.kind === "class");
    return project.ancestors(symbol.class).map((each) => ("class" in each ? each.class.declaration.name : each.external));
  };

  it("orders ancestors by C3, and depth first when that fails", () => {
    const project = linkPython({
      "a.py": "class A: pass\nclass B(A): pass\nclass C(A): pass\nclass D(B, C): pass\nclass X(A, B): pass\n",
    });
    assert.deepEqual(ancestorNames(project, "a.py", "D"), ["D", "B", "C", "A"]);
    assert.deepEqual(ancestorNames(project, "a.py", "X"), ["X", "A", "B"]);
  });

  it("knows external, generic, aliased and unknown bases", () => {
    const project = linkPython({
      "a.py": "from typing import Generic, TypeVar\nimport six\nfrom lib import Base\nAlias = Base\nclass A(Alias, Generic[T]): pass\nclass B(six.with_metaclass(Meta, A)): pass\nclass C(make_base(), object): pass\n",
    });
    assert.deepEqual(ancestorNames(project, "a.py", "B"), ["B", "A", "lib.Base", "typing.Generic"]);
    assert.deepEqual(ancestorNames(project, "a.py", "C"), ["C", "?"]);
    const a = project.resolveName(uri("a.py"), "B");
    assert.ok(a?.kind === "class" && project.inheritsFrom(a.class, "x.Y", "lib.Base") && !project.inheritsFrom(a.class, "lib.Other"));
  });

  it("survives circular bases", () => {
    const project = linkPython({ "a.py": "from b import B\nclass A(B):\n    def f(self): pass\n", "b.py": "from a import A\nclass B(A):\n    def g(self): pass\nclass Self(Self): pass\n" });
    assert.deepEqual(ancestorNames(project, "a.py", "A"), ["A", "B"]);
    assert.deepEqual(ancestorNames(project, "b.py", "B"), ["B", "A"]);
    assert.deepEqual(ancestorNames(project, "b.py", "Self").slice(0, 1), ["Self"]);
  });

  it("lets a class extend an import of its own name", () => {
    const project = linkPython({ "a.py": "class Page: pass\n", "b.py": "from a import Page\nclass Page(Page): pass\n" });
    assert.deepEqual(ancestorNames(project, "b.py", "Page"), ["Page", "Page"]);
  });

  it("finds methods and attributes in order, and what super() means", () => {
    const project = linkPython({
      "a.py": `
class Base:
    size = 1
    def f(self): pass
    def g(self): pass
class Left(Base):
    def f(self): pass
class Right(Base):
    size = 2
    def f(self): pass
class Child(Left, Right):
    g = None
    @property
    def total(self): pass
    @total.setter
    def total(self, value): pass
    class Inner: pass
`,
    });
    const child = project.resolveName(uri("a.py"), "Child");
    assert.ok(child?.kind === "class");
    const left = project.method(child.class, "f");
    assert.equal(left?.declaration.id, "Left.f");
    assert.equal(project.method(child.class, "f", left?.owner)?.declaration.id, "Right.f");
    assert.equal(project.method(child.class, "g"), undefined);
    assert.equal(project.method(child.class, "total")?.declaration.id, "Child.total");
    assert.equal(project.attribute(child.class, "size")?.owner.declaration.name, "Right");
    assert.equal(project.nestedClass(child.class, "Inner")?.declaration.id, "Child.Inner");
    assert.equal(project.functionByKey(`${uri("a.py")}#Left.f`), left);
  });
});

describe("recorded reads", () => {
  const files = {
    "shop/__init__.py": "",
    "shop/models.py": `${head}class Author(models.Model):\n    name = models.CharField(max_length=9)\nclass Book(models.Model):\n    author = models.ForeignKey(Author, models.CASCADE)\n    def title(self):\n        return 1\n`,
    "shop/views.py": "from shop.models import Book\nfrom shop.helpers import missing\n",
  };
  const read = (project: LinkedProject): ReadonlySet<string> =>
    project.recording(uri("shop/views.py"), () => {
      const book = project.resolveName(uri("shop/views.py"), "Book");
      project.resolveName(uri("shop/views.py"), "missing");
      assert.ok(book?.kind === "class");
      project.entityOfClass(book.class);
      project.setting("PAGE_SIZE");
      const method = project.method(book.class, "title");
      if (method) project.bodyOf(method);
    }).keys;
  const changed = (next: Readonly<Record<string, string>>): string[] => {
    const before = linkPython(files);
    const after = linkPython({ ...files, ...next });
    return [...read(before)].filter((key) => before.fingerprintOf(key) !== after.fingerprintOf(key)).map((key) => key.replaceAll("file:///project/", "")).sort();
  };

  it("names every key, misses included", () => {
    const keys = [...read(linkPython(files))].map((key) => key.replaceAll("file:///project/", "")).sort();
    assert.deepEqual(keys, [
      "body:shop/models.py#Book.title", "class:shop/models.py#Book", "entity-of:shop/models.py#Book", "entity:shop.Book",
      "name:shop/views.py#Book", "name:shop/views.py#missing", "setting:PAGE_SIZE",
    ]);
  });

  it("sees no change when declarations only move", () => {
    assert.deepEqual(changed({ "shop/models.py": `# moved\n\n${files["shop/models.py"]}` }), []);
  });

  it("sees a changed body, a changed entity, and a miss that is answered", () => {
    assert.deepEqual(changed({ "shop/models.py": files["shop/models.py"].replace("return 1", "return 2") }), ["body:shop/models.py#Book.title"]);
    assert.ok(changed({ "shop/models.py": files["shop/models.py"].replace("models.CASCADE", "models.CASCADE, related_name='books'") }).includes("entity:shop.Book"));
    assert.deepEqual(changed({ "shop/helpers.py": "def missing(): pass\n" }), ["name:shop/views.py#missing"]);
  });

  it("sees a change of the other side of a relation only where it shows", () => {
    assert.deepEqual(changed({ "shop/models.py": files["shop/models.py"].replace("max_length=9", "max_length=10") }), []);
  });

  it("gives an inner recording's keys to the outer one", () => {
    const project = linkPython(files);
    const { keys } = project.recording("a", () => project.recording("b", () => project.setting("X")));
    assert.ok(keys.has("setting:X"));
  });
});

describe("a link that follows another one", () => {
  const models = `${head}
class BookQuerySet(models.QuerySet):
    def cheap(self):
        return self
class Author(models.Model):
    name = models.CharField(max_length=9, db_index=True)
    class Meta:
        ordering = ["name"]
        indexes = [models.Index(fields=["name"], name="n")]
class Book(models.Model):
    author = models.ForeignKey(Author, models.CASCADE)
    objects = BookQuerySet.as_manager()
    def title(self):
        return 1
`;
  const files = { "shop/__init__.py": "", "shop/models.py": models, "shop/views.py": "from shop.models import Book\n", "other/__init__.py": "", "other/models.py": `${head}class Shelf(models.Model): pass\n` };
  /** All places of an entity as the text that stands there. */
  const places = (project: LinkedProject, key: string, text: string): (string | undefined)[] => {
    const found = entity(project, key);
    const at = (location?: { readonly span: { readonly start: number; readonly end: number } }) => location && text.slice(location.span.start, location.span.end);
    return [
      at(found.declaredAt), at(found.orderingAt), ...[...found.fields.values()].map((each) => at(each.declaredAt)), ...[...found.relations.values()].map((each) => at(each.declaredAt)),
      ...[...found.managers.values()].map((each) => at(each.declaredAt)), ...found.indexes.map((each) => at(each.declaredAt)),
      ...found.indexes.map((each) => each.declaration && text.slice(each.declaration.expression.start, each.declaration.expression.end)),
      found.class && text.slice(found.class.declaration.nameStart, found.class.declaration.nameEnd), found.meta && text.slice(found.meta.start, found.meta.end).slice(0, 10),
    ];
  };

  it("knows where declarations went whose file changed in bodies only, twice in a row", () => {
    const first = linkPython(files);
    const expected = ["shop.Author", "shop.Book"].map((key) => places(first, key, models));
    const untouched = entity(first, "other.Shelf");
    let previous = first;
    for (const comment of ["# one\n", "# one\n# and\n# two\n"]) {
      const text = comment + models.replace("return 1", "return 12345").replace("def cheap(self):", "def cheap(self):\n        x = 1");
      const next = linkPython({ ...files, "shop/models.py": text }, { previous, moved: ["shop/models.py"] });
      assert.deepEqual(["shop.Author", "shop.Book"].map((key) => places(next, key, text)), expected);
      const book = next.resolveName(uri("shop/views.py"), "Book");
      assert.ok(book?.kind === "class");
      assert.equal(next.entityOfClass(book.class), entity(next, "shop.Book"));
      assert.equal(entity(next, "shop.Book").class, book.class);
      const { queryset } = entity(next, "shop.Book").managers.get("objects")!;
      assert.equal(next.method(queryset!, "cheap")?.declaration.start, text.indexOf("def cheap"));
      assert.equal(entity(next, "other.Shelf"), untouched);
      assert.equal(next.fingerprintOf("entity:shop.Book"), first.fingerprintOf("entity:shop.Book"));
      previous = next;
    }
  });

  it("takes nothing over when the declarations differ after all, or files do", () => {
    const first = linkPython(files);
    entity(first, "shop.Book");
    const text = models.replace("author =", "writer =");
    assert.ok(entity(linkPython({ ...files, "shop/models.py": text }, { previous: first, moved: ["shop/models.py"] }), "shop.Book").relations.has("writer"));
    const { "other/models.py": _, ...fewer } = files;
    assert.equal(linkPython(fewer, { previous: first, moved: ["shop/views.py"] }).entity("other.Shelf"), undefined);
  });

  it("reads settings again when their statements changed", () => {
    const settings = { "manage.py": "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'settings')\n", "settings.py": "APPS = ['other']\nINSTALLED_APPS = []\nINSTALLED_APPS += APPS\n" };
    const first = linkPython({ ...files, ...settings });
    first.entity("shop.Book");
    assert.ok(first.dependsOnBodies(uri("settings.py")) && first.dependsOnBodies(uri("manage.py")) && !first.dependsOnBodies(uri("shop/models.py")));
    const next = linkPython({ ...files, ...settings, "settings.py": `${settings["settings.py"]}INSTALLED_APPS.append('shop')\n` }, { previous: first, moved: ["settings.py"] });
    const apps = next.setting("INSTALLED_APPS");
    assert.ok(apps?.expression.kind === "binary" && apps.expression.right.kind === "sequence");
  });
});

describe("settings of a Django project", () => {
  it("reads sums, star imports and augmented assignments", () => {
    const project = withSettings("from .base import *\nINSTALLED_APPS += ['shop']\nINSTALLED_APPS.append('blog')\nPAGE = 5\nPAGE = 6\n", {
      "config/base.py": "OWN = ['one']\nOWN += ['two']\nINSTALLED_APPS = ['django.contrib.auth'] + OWN\nAUTH_USER_MODEL = 'people.Person'\n",
      "people/__init__.py": "", "people/models.py": "from django.contrib.auth.models import AbstractUser\nclass Person(AbstractUser): pass\n",
    });
    const page = project.setting("PAGE");
    assert.ok(page?.expression.kind === "literal" && page.expression.value === 6);
    const user = project.setting("AUTH_USER_MODEL");
    assert.equal(user?.uri, uri("config/base.py"));
    assert.equal(project.setting("INSTALLED_APPS")?.uri, uri("config/settings.py"));
    assert.equal(project.setting("NOT_SET"), undefined);
  });

  it("prefers the settings that the server runs under", () => {
    const set = (name: string): string => `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.${name}")\n`;
    const project = linkPython({
      "manage.py": `def main():\n    if True:\n        ${set("local").split("\n")[1]}\n`,
      "config/__init__.py": "", "config/wsgi.py": set("production"),
      "config/settings/__init__.py": "", "config/settings/base.py": "X = 'base'\nINSTALLED_APPS = []\n",
      "config/settings/local.py": "from .base import *\nX = 'local'\n", "config/settings/production.py": "from .base import *\nX = 'production'\n",
    });
    const x = project.setting("X");
    assert.ok(x?.expression.kind === "literal" && x.expression.value === "production");
  });

  const engineOf = (settings: string, resources: Readonly<Record<string, string>> = {}, more: Readonly<Record<string, string>> = {}) => withSettings(settings, more, { resources }).engine;

  it("tells the database engine from names and URLs", () => {
    assert.equal(engineOf("DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n"), "postgresql");
    assert.equal(engineOf("DATABASES = {'default': {'ENGINE': 'django.contrib.gis.db.backends.postgis'}}\n"), "postgresql");
    assert.equal(engineOf("DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql'}}\n"), "mysql");
    assert.equal(engineOf("DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\n"), "sqlite");
    assert.equal(engineOf("DATABASES = {'default': env.db('DATABASE_URL', default='postgres:///shop')}\n"), "postgresql");
    assert.equal(engineOf("DATABASES = {'default': dj_database_url.config(default='mysql://u@h/d')}\n"), "mysql");
    assert.equal(engineOf("DATABASES = {}\nDATABASES['default'] = dj_database_url.parse('postgres://x')\n"), "postgresql");
    assert.equal(engineOf("ENGINE = 'django.db.backends.postgresql'\nDATABASES = {'default': {'ENGINE': ENGINE}}\n"), "postgresql");
    assert.equal(engineOf("DATABASES = {'default': {'ENGINE': os.environ.get('DB', 'django.db.backends.postgresql_psycopg2')}}\n"), "postgresql");
    assert.equal(engineOf("DATABASES = DATABASES\n"), "unknown");
    assert.equal(engineOf(""), "unknown");
  });

  it("does not guess between several engines", () => {
    assert.equal(engineOf("if X:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3'}}\nelse:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n"), "postgresql");
    assert.equal(engineOf("if X:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.mysql'}}\nelse:\n    DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql'}}\n"), "unknown");
    assert.equal(engineOf("DATABASES = {'default': env.db(default='sqlite:///db')}\n", { "requirements.txt": "psycopg2-binary==2.9\n" }), "postgresql");
    assert.equal(engineOf("DATABASES = {'default': env.db()}\n", { "requirements.txt": "psycopg[binary]==3.1\n" }), "postgresql");
    assert.equal(engineOf("DATABASES = {'default': env.db()}\n", { "requirements.txt": "psycopg\nmysqlclient\n" }), "unknown");
  });

  it("takes the lowest version of the files with the most to say", () => {
    const version = (resources: Readonly<Record<string, string>>) => linkPython({}, { resources }).version("django")?.join(".");
    assert.equal(version({ "requirements.txt": "# django==1.0 is old\nDjango==4.2.7\ndjango-filter==23.1\n" }), "4.2");
    assert.equal(version({ "requirements/base.in": "django>=5.0,<5.2\n" }), "5.0");
    assert.equal(version({ "requirements.txt": "Django[argon2] ~= 5.1\n" }), "5.1");
    assert.equal(version({ "requirements.txt": "django<5,>=4.2\n" }), "4.2");
    assert.equal(version({ "pyproject.toml": '[project]\ndependencies = [\n  "Django>=4.2",\n  "django-debug-toolbar>=9",\n]\n' }), "4.2");
    assert.equal(version({ "pyproject.toml": '[tool.poetry.dependencies]\ndjango = "^4.1"\n' }), "4.1");
    assert.equal(version({ "Pipfile": '[packages]\ndjango = {version = "~=3.2", extras = ["x"]}\n' }), "3.2");
    assert.equal(version({ "setup.py": "setup(install_requires=['Django>=3.2'])\n" }), "3.2");
    assert.equal(version({ "poetry.lock": '[[package]]\nname = "django"\nversion = "5.0.6"\n', "pyproject.toml": 'django = "^4.1"\n' }), "5.0");
    assert.equal(version({ "uv.lock": '[[package]]\nname = "django"\nversion = "5.2.1"\n' }), "5.2");
    assert.equal(version({ "Pipfile.lock": '{"default": {"django": {"hashes": ["a"], "version": "==4.2.3"}}}' }), "4.2");
    assert.equal(version({ "requirements.txt": "celery==5.3\n" }), undefined);
    assert.equal(version({}), undefined);
  });
});

describe("apps and models of a Django project", () => {
  it("labels apps by folder, AppConfig, INSTALLED_APPS and Meta", () => {
    const model = `${head}class Thing(models.Model): pass\n`;
    const project = withSettings("INSTALLED_APPS = ['apps.plain', 'named.apps.NamedConfig', 'labelled.apps.LabelledConfig', 'outer']\n", {
      "apps/plain/__init__.py": "", "apps/plain/models/__init__.py": "from .thing import Thing\n", "apps/plain/models/thing.py": model,
      "named/__init__.py": "", "named/apps.py": "from django.apps import AppConfig\nclass NamedConfig(AppConfig):\n    name = 'named'\n", "named/models.py": model,
      "labelled/__init__.py": "", "labelled/apps.py": "from django.apps import AppConfig\nclass LabelledConfig(AppConfig):\n    name = 'labelled'\n    label = 'other'\n", "labelled/models.py": model,
      "outer/__init__.py": "", "outer/inner/__init__.py": "", "outer/inner/models.py": model,
      "loose/__init__.py": "", "loose/migrations/__init__.py": "", "loose/tables/things.py": model,
      "meta/__init__.py": "", "meta/models.py": `${head}class Thing(models.Model):\n    class Meta:\n        app_label = 'given'\n`,
    });
    const keys = [...project.entities.values()].filter((each) => each.name === "Thing").map((each) => each.key).sort();
    assert.deepEqual(keys, ["given.Thing", "loose.Thing", "named.Thing", "other.Thing", "outer.Thing", "plain.Thing"]);
  });

  it("tells two apps' models of one name apart", () => {
    const project = linkPython({
      "a/__init__.py": "", "a/models.py": `${head}class Item(models.Model):\n    x = models.IntegerField()\nclass Use(models.Model):\n    item = models.ForeignKey("Item", models.CASCADE)\n    other = models.ForeignKey("b.Item", models.CASCADE, related_name="+")\n`,
      "b/__init__.py": "", "b/models.py": `${head}class Item(models.Model):\n    y = models.IntegerField()\n`,
    });
    assert.ok(entity(project, "a.Item").fields.has("x") && entity(project, "b.Item").fields.has("y"));
    assert.equal(showRelation(entity(project, "a.Use"), "item"), "foreign-key one -> a.Item via use_set");
    assert.equal(showRelation(entity(project, "a.Use"), "other"), "foreign-key one -> b.Item");
  });

  it("keeps two projects of a monorepo apart", () => {
    const files: Record<string, string> = {};
    for (const each of ["one", "two"]) {
      files[`${each}/manage.py`] = "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\n";
      files[`${each}/config/__init__.py`] = "";
      files[`${each}/config/settings.py`] = each === "one" ? "AUTH_USER_MODEL = 'people.Person'\n" : "INSTALLED_APPS = []\n";
      files[`${each}/people/__init__.py`] = "";
      files[`${each}/people/models.py`] = `${head}from django.contrib.auth.models import AbstractUser\nfrom django.conf import settings\nclass Person(AbstractUser): pass\nclass Note(models.Model):\n    person = models.ForeignKey("people.Person", models.CASCADE)\n    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")\n`;
    }
    const project = linkPython(files);
    const notes = [...project.entities.values()].filter((each) => each.name === "Note");
    assert.equal(notes.length, 2);
    for (const note of notes) {
      const target = project.entity(note.relations.get("person")!.target!);
      assert.equal(target?.class?.uri, note.class?.uri);
    }
    const users = notes.map((each) => project.entity(each.relations.get("user")!.target!)).map((each) => each?.class?.uri.replace("file:///project/", "") ?? each?.key);
    assert.deepEqual(users, ["one/people/models.py", "auth.User"]);
  });

  it("does not depend on the order of files", () => {
    const files = { "a/__init__.py": "", "a/models.py": `${head}class A(models.Model):\n    b = models.ForeignKey("b.B", models.CASCADE)\n`, "b/__init__.py": "", "b/models.py": `${head}from a.models import A\nclass B(A): pass\n` };
    const there = linkPython(files);
    const back = linkPython(Object.fromEntries(Object.entries(files).reverse()));
    assert.deepEqual([...there.entities.keys()], [...back.entities.keys()]);
    for (const key of there.entities.keys()) assert.equal(there.fingerprintOf(`entity:${key}`), back.fingerprintOf(`entity:${key}`), key);
  });

  it("finds models through imports, aliases and bases of the workspace, and nothing else", () => {
    const project = linkPython({
      "core/__init__.py": "", "core/base.py": "from django.db.models import Model as Root\nclass Base(Root):\n    class Meta:\n        abstract = True\n",
      "shop/__init__.py": "", "shop/models.py": "from django.contrib.gis.db import models as gis\nfrom core.base import Base\nimport django.db.models\nclass A(Base): pass\nclass B(gis.Model): pass\nclass C(django.db.models.Model): pass\nclass Plain: pass\nclass Form(forms.ModelForm): pass\n",
    });
    const keys = [...project.entities.values()].filter((each) => each.class).map((each) => each.key);
    assert.deepEqual(keys, ["core.Base", "shop.A", "shop.B", "shop.C"]);
    assert.ok(entity(project, "core.Base").abstract && !entity(project, "shop.A").abstract);
  });

  it("knows what it does not know about unknown bases", () => {
    const project = models(`from thing import Unknown, Other
from rest_framework import serializers
class A(Unknown):
    name = models.CharField(max_length=3)
class B(Unknown):
    name = "x"
class C(Other, models.Model): pass
class D(Unknown, serializers.Serializer):
    name = serializers.CharField()
class E(models.Model): pass
`);
    assert.ok(entity(project, "shop.A").incomplete && entity(project, "shop.C").incomplete && !entity(project, "shop.E").incomplete);
    assert.equal(project.entity("shop.B"), undefined);
    assert.equal(project.entity("shop.D"), undefined);
  });

  it("copies fields down from abstract models, but not from plain mixins", () => {
    const project = models(`
class Timed(models.Model):
    created = models.DateTimeField(db_index=True)
    note = models.TextField()
    gone = models.TextField()
    class Meta:
        abstract = True
        ordering = ["-created"]
class Mixin:
    extra = models.CharField(max_length=3)
    note = "hidden"
class Book(Mixin, Timed):
    title = models.CharField(max_length=5)
    gone = None
class Pamphlet(Timed):
    class Meta(Timed.Meta):
        verbose_name = "x"
class Leaflet(Timed):
    class Meta:
        verbose_name = "x"
`);
    const book = entity(project, "shop.Book");
    assert.deepEqual([...book.fields.keys()], ["id", "created", "title"]);
    assert.deepEqual(book.ordering, ["-created"]);
    assert.ok(!book.abstract && book.fields.get("created")?.entity === "shop.Book");
    assert.deepEqual(book.indexes.map(showIndex), ["primary-key(id) unique", "db-index(created)"]);
    assert.deepEqual(entity(project, "shop.Pamphlet").ordering, ["-created"]);
    assert.deepEqual(entity(project, "shop.Leaflet").ordering, []);
    assert.equal(entity(project, "shop.Leaflet").meta?.id, "Leaflet.Meta");
    assert.equal(book.meta, undefined);
  });

  it("lays out multi-table children with a link to their parent", () => {
    const project = models(`
class Place(models.Model):
    name = models.CharField(max_length=5)
    class Meta:
        ordering = ["name"]
class Restaurant(Place):
    stars = models.IntegerField()
class Bar(Place):
    at = models.OneToOneField(Place, models.CASCADE, parent_link=True, primary_key=True)
class Bistro(Restaurant): pass
class Visit(models.Model):
    place = models.ForeignKey(Place, models.CASCADE)
`);
    const restaurant = entity(project, "shop.Restaurant");
    assert.deepEqual([...restaurant.fields].map(([name, field]) => `${name}@${field.entity}`), ["stars@shop.Restaurant", "place_ptr@shop.Restaurant", "id@shop.Place", "name@shop.Place"]);
    assert.deepEqual(restaurant.parents, ["shop.Place"]);
    assert.equal(restaurant.primaryKey, "place_ptr");
    assert.deepEqual(restaurant.ordering, ["name"]);
    assert.equal(showRelation(restaurant, "place_ptr"), "one-to-one one -> shop.Place via restaurant");
    assert.equal(showRelation(entity(project, "shop.Place"), "restaurant"), "reverse-one-to-one one -> shop.Restaurant via place_ptr");
    assert.equal(showRelation(restaurant, "visit_set"), "reverse-foreign-key many -> shop.Visit via place");
    assert.deepEqual(entity(project, "shop.Bistro").parents, ["shop.Restaurant", "shop.Place"]);
    assert.ok(!restaurant.relations.has("restaurant") && !restaurant.relations.has("bar") && restaurant.relations.has("bistro"));
    const bar = entity(project, "shop.Bar");
    assert.ok(bar.primaryKey === "at" && !bar.fields.has("place_ptr"));
    assert.deepEqual(bar.indexes.map(showIndex), ["primary-key(at) unique"]);
  });

  it("gives proxies the table of what they stand for", () => {
    const project = models(`
class Book(models.Model):
    title = models.CharField(max_length=5, unique=True)
class Novel(Book):
    class Meta:
        proxy = True
        ordering = ["title"]
class Review(models.Model):
    novel = models.ForeignKey(Novel, models.CASCADE)
`);
    const novel = entity(project, "shop.Novel");
    assert.equal(novel.proxyOf, "shop.Book");
    assert.deepEqual([...novel.fields.keys()], ["id", "title"]);
    assert.deepEqual(novel.indexes, entity(project, "shop.Book").indexes);
    assert.equal(showRelation(novel, "review_set"), "reverse-foreign-key many -> shop.Review via novel");
    assert.equal(showRelation(entity(project, "shop.Book"), "review_set"), "reverse-foreign-key many -> shop.Review via novel");
    assert.equal(showRelation(entity(project, "shop.Review"), "novel"), "foreign-key one -> shop.Novel via review_set");
  });

  it("survives models that extend each other, and unreadable ones", () => {
    const project = models(`
class A(B, models.Model):
    x = models.ForeignKey("A", models.CASCADE)
class B(A): pass
class C(models.Model):
    a = models.ForeignKey()
    b = models.ForeignKey(to=unknown())
    c = models.CharField(max_length=SIZE, choices=[*])
    class Meta:
        indexes = [x for x in y]
        ordering = get()
        unique_together = 3
`);
    assert.ok(project.entity("shop.A") && project.entity("shop.B"));
    assert.ok(entity(project, "shop.C").orderingUnknown);
    assert.equal(entity(project, "shop.C").relations.get("b")?.target, undefined);
  });
});

describe("fields", () => {
  it("reads options", () => {
    const project = models(`
LENGTH = 12
class Status(models.TextChoices):
    OPEN = "o", "Open"
    DONE = "d", "Done"
class Book(models.Model):
    KINDS = (("a", "A"), ("b", "B"), ("c", "C"))
    code = models.CharField(max_length=LENGTH, unique=True, null=True)
    status = models.CharField(max_length=1, choices=Status.choices)
    kind = models.CharField(max_length=1, choices=KINDS, db_index=True)
    other = models.CharField(max_length=1, choices=load())
    slug = models.SlugField()
    plain = models.SlugField(db_index=False)
    key = models.UUIDField(primary_key=True)
    mail = models.EmailField()
`);
    const { fields, primaryKey } = entity(project, "shop.Book");
    assert.equal(primaryKey, "key");
    assert.ok(!fields.has("id"));
    const code = fields.get("code")!;
    assert.deepEqual([code.type, code.maxLength, code.unique, code.nullable], ["CharField", 12, true, true]);
    assert.deepEqual(["status", "kind", "other", "code"].map((each) => [fields.get(each)!.choices, fields.get(each)!.hasChoices]), [[2, true], [3, true], [undefined, true], [undefined, false]]);
    assert.deepEqual(["slug", "plain", "kind", "mail"].map((each) => fields.get(each)!.indexed), [true, false, true, false]);
    assert.deepEqual([fields.get("slug")!.maxLength, fields.get("mail")!.maxLength], [50, 254]);
    assert.equal(code.call?.expression.kind, "call");
  });

  it("tells custom and third-party fields by their base or name", () => {
    const project = models(`
from functools import partial
from django.contrib.postgres.fields import ArrayField, JSONField, HStoreField
from django.contrib.postgres.search import SearchVectorField
from django_countries.fields import CountryField
from phonenumber_field.modelfields import PhoneNumberField
from djmoney.models.fields import MoneyField
from imagekit.models import ImageSpecField
from somewhere import SecretField, make_thing, FieldTracker
from django import forms
class Lower(models.CharField): pass
class Lowest(Lower): pass
class Base(models.Field): pass
Short = partial(models.CharField, max_length=7)
class Book(models.Model):
    a = Lowest(max_length=3)
    b = Base()
    c = CountryField()
    d = PhoneNumberField()
    e = MoneyField()
    f = ArrayField(models.TextField())
    g = SecretField()
    h = Short()
    i = SearchVectorField()
    j = HStoreField()
    k = JSONField()
    no1 = ImageSpecField(source="x")
    no2 = make_thing()
    no3 = FieldTracker()
    no4 = forms.CharField()
`);
    const types = [...entity(project, "shop.Book").fields].map(([name, field]) => `${name}:${field.type}`);
    assert.deepEqual(types, ["id:AutoField", "a:CharField", "b:Base", "c:CharField", "d:CharField", "e:DecimalField", "f:ArrayField", "g:SecretField", "h:CharField", "i:SearchVectorField", "j:HStoreField", "k:JSONField"]);
    assert.equal(entity(project, "shop.Book").fields.get("h")?.maxLength, 7);
  });

  it("takes the automatic key's type from the settings", () => {
    const project = withSettings("DEFAULT_AUTO_FIELD = 'django.db.models.BigAutoField'\n", { "shop/__init__.py": "", "shop/models.py": `${head}class A(models.Model): pass\n` });
    assert.equal(entity(project, "shop.A").fields.get("id")?.type, "BigAutoField");
  });
});

describe("relations", () => {
  it("resolves every way to name a target", () => {
    const project = models(`
from django.apps import apps
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from other.models import Publisher as P
import other.models
User = get_user_model()
TARGET = "other.Publisher"
class Author(models.Model): pass
class Book(models.Model):
    a = models.ForeignKey(Author, models.CASCADE, related_name="+")
    b = models.ForeignKey("Author", models.CASCADE, related_name="+")
    c = models.ForeignKey("shop.author", models.CASCADE, related_name="+")
    d = models.ForeignKey("self", models.CASCADE, related_name="+")
    e = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    f = models.ForeignKey(get_user_model(), models.CASCADE, related_name="+")
    g = models.ForeignKey(to=User, on_delete=models.CASCADE, related_name="+")
    h = models.ForeignKey(P, models.CASCADE, related_name="+")
    i = models.ForeignKey(other.models.Publisher, models.CASCADE, related_name="+")
    j = models.ForeignKey(TARGET, models.CASCADE, related_name="+")
    k = models.ForeignKey(Group, models.CASCADE, related_name="+")
    l = models.ForeignKey(getattr(settings, "AUTH_USER_MODEL", "auth.User"), models.CASCADE, related_name="+")
    m = models.ForeignKey(apps.get_model("other", "Publisher"), models.CASCADE, related_name="+")
    n = models.ForeignKey("nowhere.Thing", models.CASCADE, related_name="+")
`, { "other/__init__.py": "", "other/models.py": `${head}class Publisher(models.Model): pass\n` });
    const book = entity(project, "shop.Book");
    const targets = [..."abcdefghijklmn"].map((each) => `${each}:${book.relations.get(each)?.target ?? "?"}`);
    assert.deepEqual(targets, [
      "a:shop.Author", "b:shop.Author", "c:shop.Author", "d:shop.Book", "e:auth.User", "f:auth.User", "g:auth.User", "h:other.Publisher", "i:other.Publisher",
      "j:other.Publisher", "k:auth.Group", "l:auth.User", "m:other.Publisher", "n:?",
    ]);
    assert.equal(book.relations.get("a")?.column, "a_id");
    assert.equal(book.fields.get("a")?.column, "a_id");
    assert.equal(book.queryNames.get("a")?.kind, "relation");
  });

  it("points at the custom user model when there is one", () => {
    const files = {
      "people/__init__.py": "", "people/models.py": `${head}from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin\nclass Person(AbstractBaseUser, PermissionsMixin):\n    email = models.EmailField(unique=True)\n`,
      "shop/__init__.py": "", "shop/models.py": `${head}from django.contrib.auth import get_user_model\nfrom django.contrib.auth.models import User\nclass Order(models.Model):\n    user = models.ForeignKey(get_user_model(), models.CASCADE)\n    old = models.ForeignKey(User, models.CASCADE, related_name='+')\n`,
    };
    for (const project of [withSettings("AUTH_USER_MODEL = 'people.Person'\n", files), linkPython(files)]) {
      const order = entity(project, "shop.Order");
      assert.equal(showRelation(order, "user"), "foreign-key one -> people.Person via order_set");
      assert.equal(order.relations.get("old")?.target, "auth.User");
      const person = entity(project, "people.Person");
      assert.deepEqual([...person.fields.keys()], ["id", "password", "last_login", "is_superuser", "email"].sort((a, b) => [...person.fields.keys()].indexOf(a) - [...person.fields.keys()].indexOf(b)));
      assert.equal(showRelation(person, "groups"), "many-to-many many -> auth.Group via user_set");
      assert.equal(showRelation(person, "logentry_set"), "reverse-foreign-key many -> admin.LogEntry via user");
      assert.equal(entity(project, "auth.Group").relations.get("user_set")?.target, "people.Person");
      assert.equal(entity(project, "auth.Group").queryNames.get("user")?.kind, "relation");
    }
  });

  it("names the way back as Django does", () => {
    const project = models(`
class Tagged(models.Model):
    tag = models.ForeignKey("Tag", models.CASCADE, related_name="%(app_label)s_%(class)s_items", related_query_name="%(class)ss")
    class Meta:
        abstract = True
class Tag(models.Model): pass
class Book(Tagged):
    first = models.ForeignKey(Tag, models.CASCADE)
    only = models.OneToOneField(Tag, models.CASCADE, null=True)
    all = models.ManyToManyField(Tag, related_name="books_of")
    hidden = models.ForeignKey(Tag, models.CASCADE, related_name="+")
    asked = models.ForeignKey(Tag, models.CASCADE, related_name="asking", related_query_name="ask")
class Film(Tagged):
    x = models.ForeignKey(Tag, models.CASCADE)
    class Meta:
        default_related_name = "films"
`);
    const tag = entity(project, "shop.Tag");
    assert.equal(showRelation(tag, "shop_book_items"), "reverse-foreign-key many -> shop.Book via tag");
    assert.equal(showRelation(tag, "shop_film_items"), "reverse-foreign-key many -> shop.Film via tag");
    assert.equal(showRelation(tag, "book_set"), "reverse-foreign-key many -> shop.Book via first");
    assert.equal(showRelation(tag, "book"), "reverse-one-to-one one -> shop.Book via only");
    assert.equal(showRelation(tag, "books_of"), "reverse-many-to-many many -> shop.Book via all");
    assert.equal(showRelation(tag, "films"), "reverse-foreign-key many -> shop.Film via x");
    assert.deepEqual([...tag.queryNames.keys()].sort(), ["ask", "book", "books", "books_of", "films", "id"].sort());
    assert.equal(tag.relations.get("asking")?.queryName, "ask");
    assert.equal(tag.relations.size, 7);
    assert.equal(entity(project, "shop.Book").relations.get("first")?.inverse, "book_set");
    assert.equal(entity(project, "shop.Book").relations.get("hidden")?.inverse, undefined);
    assert.equal(tag.relations.get("book")?.nullable, true);
  });

  it("knows many-to-many tables, declared or not, and those of a model with itself", () => {
    const project = models(`
class Author(models.Model): pass
class Book(models.Model):
    authors = models.ManyToManyField(Author)
    editors = models.ManyToManyField("Author", through="Editing", through_fields=("book", "editor"), related_name="edited")
    similar = models.ManyToManyField("self")
    sequels = models.ManyToManyField("self", symmetrical=False, related_name="prequels")
class Editing(models.Model):
    book = models.ForeignKey(Book, models.CASCADE)
    editor = models.ForeignKey(Author, models.CASCADE)
`);
    const book = entity(project, "shop.Book");
    assert.equal(showRelation(book, "authors"), "many-to-many many -> shop.Author via book_set");
    assert.equal(book.relations.get("editors")?.through, "shop.Editing");
    assert.equal(entity(project, "shop.Author").relations.get("edited")?.through, "shop.Editing");
    assert.equal(showRelation(book, "similar"), "many-to-many many -> shop.Book via similar");
    assert.equal(showRelation(book, "prequels"), "reverse-many-to-many many -> shop.Book via sequels");
    assert.ok(!book.fields.has("authors") && !book.relations.has("book_set"));
    const through = entity(project, "shop.Book_authors");
    assert.ok(through.implicit);
    assert.deepEqual(through.indexes.map(showIndex), ["primary-key(id) unique", "foreign-key(book)", "foreign-key(author)", "many-to-many(book, author) unique"]);
    assert.deepEqual([...entity(project, "shop.Book_sequels").fields.keys()], ["id", "from_book", "to_book"]);
    assert.equal(project.entity("shop.Book_editors"), undefined);
  });

  it("reads generic relations both ways", () => {
    const project = models(`
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
class Comment(models.Model):
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.PositiveIntegerField()
    target = GenericForeignKey("content_type", "object_id")
class Book(models.Model):
    comments = GenericRelation(Comment, related_query_name="book")
class Film(models.Model):
    comments = GenericRelation("Comment")
`);
    const comment = entity(project, "shop.Comment");
    assert.equal(showRelation(comment, "target"), "generic-foreign-key one -> ?");
    assert.equal(comment.relations.get("target")?.column, "object_id");
    assert.equal(showRelation(entity(project, "shop.Book"), "comments"), "generic-relation many -> shop.Comment via target");
    assert.equal(comment.queryNames.get("book")?.kind, "relation");
    assert.ok(!comment.relations.has("book") && !comment.queryNames.has("film"));
    assert.ok(!entity(project, "shop.Book").fields.has("comments"));
  });

  it("knows relation fields of other packages", () => {
    const project = models(`
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from mptt.models import MPTTModel, TreeForeignKey
from taggit.managers import TaggableManager
from taggit.models import TaggedItemBase, TagBase, GenericTaggedItemBase
from sortedm2m.fields import SortedManyToManyField
from annoying.fields import AutoOneToOneField
from filer.fields.image import FilerImageField
from nowhere import MagicForeignKey
class Topic(MPTTModel):
    parent = TreeForeignKey("self", models.CASCADE, null=True, related_name="children")
class Genre(TagBase): pass
class GenreBook(TaggedItemBase):
    content_object = ParentalKey("Book", related_name="genre_items")
class GenreLink(GenericTaggedItemBase):
    tag = models.ForeignKey(Genre, models.CASCADE)
class Book(models.Model):
    topics = ParentalManyToManyField(Topic)
    sorted = SortedManyToManyField(Topic, related_name="+")
    one = AutoOneToOneField(Topic, on_delete=models.CASCADE)
    cover = FilerImageField(on_delete=models.CASCADE)
    magic = MagicForeignKey(Topic)
    tags = TaggableManager()
    genres = TaggableManager(through=GenreLink)
`);
    const topic = entity(project, "shop.Topic");
    assert.equal(showRelation(topic, "parent"), "foreign-key one -> shop.Topic via children");
    assert.deepEqual([...topic.fields.keys()].sort(), ["id", "level", "lft", "parent", "rght", "tree_id"]);
    assert.equal(topic.managers.get("objects")?.opaque, false);
    const book = entity(project, "shop.Book");
    assert.equal(showRelation(book, "genre_items"), "reverse-foreign-key many -> shop.GenreBook via content_object");
    assert.equal(showRelation(book, "topics"), "many-to-many many -> shop.Topic via book_set");
    assert.equal(showRelation(book, "sorted"), "many-to-many many -> shop.Topic");
    assert.equal(showRelation(book, "one"), "one-to-one one -> shop.Topic via book");
    assert.equal(showRelation(book, "cover"), "foreign-key one -> filer.Image via book_set");
    assert.match(showRelation(book, "magic"), /^foreign-key one -> shop.Topic/);
    assert.equal(showRelation(book, "tags"), "many-to-many many -> taggit.Tag");
    assert.equal(showRelation(book, "genres"), "many-to-many many -> shop.Genre");
    assert.equal(entity(project, "shop.GenreBook").relations.get("tag")?.target, "taggit.Tag");
    assert.ok(!book.managers.has("tags"));
  });

  it("takes no default name for a way back whose name it cannot read", () => {
    const project = models(`
from django.conf import settings
from elsewhere import NAME
OPEN = getattr(settings, "SHOP_NAME", "offers")
class Shop(models.Model): pass
class Offer(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE, related_name=OPEN)
    other = models.ForeignKey(Shop, models.CASCADE, related_name=NAME)
`);
    const shop = entity(project, "shop.Shop");
    assert.deepEqual([...shop.relations.keys()], ["offers"]);
    assert.ok(shop.incomplete);
  });

  it("resolves an abstract model's self and string targets for each child", () => {
    const project = models(`
class Node(models.Model):
    parent = models.ForeignKey("self", models.CASCADE, null=True)
    owner = models.ForeignKey("Owner", models.CASCADE)
    class Meta:
        abstract = True
class Owner(models.Model): pass
class Folder(Node): pass
`, { "blog/__init__.py": "", "blog/models.py": `${head}from shop.models import Node\nclass Owner(models.Model): pass\nclass Post(Node): pass\n` });
    assert.equal(showRelation(entity(project, "shop.Folder"), "parent"), "foreign-key one -> shop.Folder via folder_set");
    assert.equal(showRelation(entity(project, "blog.Post"), "parent"), "foreign-key one -> blog.Post via post_set");
    assert.equal(showRelation(entity(project, "shop.Folder"), "owner"), "foreign-key one -> shop.Owner via folder_set");
    assert.equal(showRelation(entity(project, "blog.Post"), "owner"), "foreign-key one -> blog.Owner via post_set");
  });
});

describe("indexes and ordering", () => {
  it("reads Meta.indexes and constraints", () => {
    const project = models(`
from django.contrib.postgres.indexes import GinIndex, GistIndex, BrinIndex, HashIndex, BTreeIndex, OpClass
from django.db.models import F, Q
from django.db.models.functions import Upper, Lower, Cast
MORE = [models.Index(fields=["d"])]
class Base(models.Model):
    class Meta:
        abstract = True
        indexes = [models.Index(fields=["a"], name="%(app_label)s_%(class)s_a")]
class Book(Base):
    class Meta(Base.Meta):
        indexes = Base.Meta.indexes + [
            models.Index(fields=["a", "-b"], name="ab", include=["c"]),
            models.Index(fields=("b",), condition=Q(a=1), name="p"),
            models.Index(Upper("a"), F("b").desc(), name="e"),
            models.Index(OpClass(Upper("a"), name="varchar_pattern_ops"), name="o"),
            models.Index(fields=["c"], opclasses=["text_pattern_ops"], name="t"),
            GinIndex(fields=["s"], name="g", opclasses=["gin_trgm_ops"]),
            GistIndex(fields=["s"]), BrinIndex(fields=["d"]), HashIndex(fields=["d"]), BTreeIndex(fields=["d"]),
            *MORE,
        ]
        constraints = [
            models.UniqueConstraint(fields=["a", "c"], name="u"),
            models.UniqueConstraint(Lower("a"), "c", name="ue"),
            models.UniqueConstraint(fields=["a"], condition=Q(b=1), include=["d"], name="up"),
            models.CheckConstraint(check=Q(a=1), name="k"),
        ]
        unique_together = ("a", "d")
        index_together = [["b", "c"], ("c", "d")]
`);
    const indexes = entity(project, "shop.Book").indexes;
    assert.deepEqual(indexes.map(showIndex), [
      "primary-key(id) unique", "meta-index(a)", "meta-index(a, -b) include c", "meta-index(b) partial", "meta-index(Upper(a), -b)", "meta-index(Upper(a) varchar_pattern_ops)",
      "meta-index(c text_pattern_ops)", "meta-index(s gin_trgm_ops) gin", "meta-index(s) gist", "meta-index(d) brin", "meta-index(d) hash", "meta-index(d)", "meta-index(d)",
      "constraint(a, c) unique", "constraint(Lower(a), c) unique", "constraint(a) unique partial include d",
      "unique-together(a, d) unique", "index-together(b, c)", "index-together(c, d)",
    ]);
    assert.equal(indexes[1].name, "shop_book_a");
    assert.equal(indexes[2].declaration?.expression.kind, "call");
    assert.equal(indexes.at(-1)?.declaration?.expression.kind, "sequence");
  });

  it("knows the indexes nobody writes down", () => {
    const files = {
      "shop/__init__.py": "",
      "shop/models.py": `${head}class A(models.Model): pass
class B(models.Model):
    fk = models.ForeignKey(A, models.CASCADE)
    bare = models.ForeignKey(A, models.CASCADE, db_index=False, related_name="+")
    one = models.OneToOneField(A, models.CASCADE)
    code = models.CharField(max_length=5, unique=True)
    name = models.CharField(max_length=5, db_index=True)
    text = models.TextField(db_index=True)
    slug = models.SlugField()
    n = models.IntegerField(db_index=True)
    both = models.IntegerField(db_index=True, unique=True)
    none = models.CharField(max_length=5)
`,
    };
    const of = (engine: string) => entity(withSettings(`DATABASES = {'default': {'ENGINE': 'django.db.backends.${engine}'}}\n`, files), "shop.B").indexes.map(showIndex);
    const plain = ["primary-key(id) unique", "foreign-key(fk)", "unique(one) unique", "unique(code) unique", "db-index(name)", "db-index(text)", "db-index(slug)", "db-index(n)", "unique(both) unique"];
    assert.deepEqual(of("mysql"), plain);
    assert.deepEqual(of("postgresql").filter((each) => !each.startsWith("pattern")), plain);
    assert.deepEqual(of("postgresql").filter((each) => each.startsWith("pattern")), ["pattern(code varchar_pattern_ops)", "pattern(name varchar_pattern_ops)", "pattern(text text_pattern_ops)", "pattern(slug varchar_pattern_ops)"]);
  });

  it("reads ordering in every form, own or inherited", () => {
    const project = models(`
from django.db.models import F
ORDER = ("name",)
class A(models.Model):
    class Meta:
        ordering = ["-created", "author__name", F("x").desc(nulls_last=True), F("y"), "?"]
class B(models.Model):
    class Meta:
        ordering = ORDER
class C(B):
    class Meta:
        verbose_name = "c"
class D(models.Model):
    class Meta:
        ordering = make()
class E(B):
    class Meta:
        ordering = []
class F2(models.Model):
    a = models.ForeignKey(A, models.CASCADE)
    class Meta:
        order_with_respect_to = "a"
`);
    assert.deepEqual(entity(project, "shop.A").ordering, ["-created", "author__name", "-x", "y", "?"]);
    assert.deepEqual(entity(project, "shop.B").ordering, ["name"]);
    assert.deepEqual(entity(project, "shop.C").ordering, ["name"]);
    assert.ok(entity(project, "shop.D").orderingUnknown && !entity(project, "shop.E").orderingUnknown);
    assert.deepEqual(entity(project, "shop.E").ordering, []);
    assert.deepEqual(entity(project, "shop.F2").ordering, ["_order"]);
    assert.ok(entity(project, "shop.F2").fields.has("_order"));
    assert.ok(entity(project, "shop.A").orderingAt);
  });

  it("reads managed and small", () => {
    const project = models(`
from solo.models import SingletonModel
class View(models.Model):
    class Meta:
        managed = False
class Country(models.Model): pass
class ShopSettings(models.Model): pass
class UserSettings(models.Model): pass
class Home(SingletonModel): pass
class Order(models.Model): pass
`);
    assert.equal(entity(project, "shop.View").managed, false);
    const small = [...project.entities.values()].filter((each) => each.class && each.small).map((each) => each.name);
    assert.deepEqual(small, ["Country", "ShopSettings", "Home"]);
    for (const key of ["contenttypes.ContentType", "auth.Permission", "auth.Group", "sites.Site"]) assert.ok(entity(project, key).small, key);
    assert.ok(!entity(project, "auth.User").small);
  });
});

describe("managers", () => {
  const managersOf = (project: LinkedProject, key: string): string[] => {
    const found = entity(project, key);
    return [...found.managers.values()].map((each) => `${each.name}:${each.class?.declaration.name ?? "-"}/${each.queryset?.declaration.name ?? "-"}${each.opaque ? "?" : ""}${each.name === found.defaultManager ? "*" : ""}`);
  };

  it("reads every way to make one", () => {
    const project = models(`
from unknown import MagicManager
from polymorphic.managers import PolymorphicManager
class BookQuerySet(models.QuerySet):
    def cheap(self): return self
class BookManager(models.Manager):
    def get_queryset(self): return BookQuerySet(self.model)
Made = models.Manager.from_queryset(BookQuerySet)
class Named(BookManager.from_queryset(BookQuerySet)): pass
class Aliased(Made): pass
class Typed(models.Manager["Book"]):
    _queryset_class = BookQuerySet
shared = BookManager()
class Book(models.Model):
    a = BookManager()
    b = BookQuerySet.as_manager()
    c = models.Manager.from_queryset(BookQuerySet)()
    d = Made()
    e = Named()
    f = Aliased()
    g = Typed()
    h = shared
    i = MagicManager()
    j = models.Manager()
    k = PolymorphicManager()
    objects = something()
    n = other()
`);
    assert.deepEqual(managersOf(project, "shop.Book"), [
      "a:BookManager/-*", "b:-/BookQuerySet", "c:-/BookQuerySet", "d:-/BookQuerySet", "e:Named/BookQuerySet", "f:Aliased/BookQuerySet", "g:Typed/BookQuerySet",
      "h:BookManager/-", "i:-/-?", "j:-/-", "k:-/-", "objects:-/-?",
    ]);
  });

  it("inherits them, nearest first, and lets Meta choose", () => {
    const project = models(`
from django.contrib.auth.models import AbstractUser
class M(models.Manager): pass
class Base(models.Model):
    objects = M()
    everything = models.Manager()
    class Meta:
        abstract = True
class Book(Base):
    special = M()
class Film(Base):
    class Meta:
        default_manager_name = "everything"
class Plain(models.Model): pass
class Person(AbstractUser): pass
class Child(Book): pass
`);
    assert.deepEqual(managersOf(project, "shop.Book"), ["special:M/-*", "objects:M/-", "everything:-/-"]);
    assert.deepEqual(managersOf(project, "shop.Film"), ["objects:M/-", "everything:-/-*"]);
    assert.deepEqual(managersOf(project, "shop.Plain"), ["objects:-/-*"]);
    assert.deepEqual(managersOf(project, "shop.Person"), ["objects:-/-*"]);
    assert.deepEqual(managersOf(project, "shop.Child"), ["special:M/-*", "objects:M/-", "everything:-/-"]);
  });
});

describe("a project as Django itself describes it", () => {
  // What `Model._meta` says of these models under Django 6.0: fields, and what an instance has, by name.
  const text = `${head}
class Timed(models.Model):
    created = models.DateTimeField(db_index=True)
    owner = models.ForeignKey("auth.User", models.CASCADE, related_name="%(app_label)s_%(class)ss", related_query_name="%(class)s_q")
    class Meta:
        abstract = True
        ordering = ["-created"]
class Mixin:
    note = "x"
    def body(self): pass
class Noted(models.Model):
    note = models.TextField()
    body = models.TextField()
    keep = models.TextField()
    class Meta:
        abstract = True
class M1(models.Manager): pass
class M2(models.Manager): pass
class Place(Timed):
    name = models.CharField(max_length=5, unique=True, db_index=True)
    special = M1()
    objects = M2()
class Restaurant(Mixin, Noted, Place): pass
class Shop(Place):
    base = models.OneToOneField(Place, models.CASCADE, parent_link=True, related_name="as_shop")
    class Meta:
        default_manager_name = "objects"
class Both(Restaurant, Shop): pass
class Child(Timed, Noted):
    created = None
    class Meta(Noted.Meta, Timed.Meta):
        pass
`;
  const expected: Record<string, { fields: string[]; relations: string[]; ordering: string[]; pk: string; managers: string[] }> = {
    Place: { fields: ["created", "id", "name", "owner"], relations: ["as_shop", "owner", "restaurant"], ordering: ["-created"], pk: "id", managers: ["special", "objects"] },
    Restaurant: { fields: ["created", "id", "keep", "name", "owner", "place_ptr"], relations: ["both", "owner", "place_ptr"], ordering: [], pk: "place_ptr", managers: ["special", "objects"] },
    Shop: { fields: ["base", "created", "id", "name", "owner"], relations: ["base", "both", "owner"], ordering: ["-created"], pk: "base", managers: ["objects", "special"] },
    Both: { fields: ["base", "created", "id", "keep", "name", "owner", "place_ptr", "restaurant_ptr", "shop_ptr"], relations: ["base", "owner", "place_ptr", "restaurant_ptr", "shop_ptr"], ordering: [], pk: "restaurant_ptr", managers: ["special", "objects"] },
    Child: { fields: ["body", "id", "keep", "note", "owner"], relations: ["owner"], ordering: ["-created"], pk: "id", managers: ["objects"] },
  };

  for (const [name, { fields, relations, ordering, pk, managers }] of Object.entries(expected)) {
    it(`agrees on ${name}`, () => {
      const found = entity(linkPython({ "shop/__init__.py": "", "shop/models.py": text }), `shop.${name}`);
      assert.deepEqual([...found.fields.keys()].sort(), fields);
      assert.deepEqual([...found.relations.keys()].sort(), relations);
      assert.deepEqual(found.ordering, ordering);
      assert.equal(found.primaryKey, pk);
      assert.deepEqual([found.defaultManager, ...[...found.managers.keys()].filter((each) => each !== found.defaultManager)], managers);
    });
  }
});

describe("built-in models", () => {
  it("has those of django.contrib", () => {
    const project = linkPython({ "a.py": "" });
    const user = project.entityOfExternal("django.contrib.auth.models.User");
    assert.equal(user?.key, "auth.User");
    assert.equal(showRelation(user!, "groups"), "many-to-many many -> auth.Group via user_set");
    assert.equal(showRelation(user!, "user_permissions"), "many-to-many many -> auth.Permission via user_set");
    assert.ok(user!.fields.has("username") && user!.fields.get("username")!.unique);
    assert.deepEqual(entity(project, "auth.Permission").ordering, ["content_type__app_label", "content_type__model", "codename"]);
    assert.equal(showRelation(entity(project, "auth.Permission"), "content_type"), "foreign-key one -> contenttypes.ContentType via permission_set");
    assert.equal(showRelation(entity(project, "auth.Group"), "permissions"), "many-to-many many -> auth.Permission via group_set");
    for (const key of ["sessions.Session", "sites.Site", "admin.LogEntry", "flatpages.FlatPage", "redirects.Redirect"]) entity(project, key);
    assert.equal(project.entityOfExternal("django.contrib.auth.forms.UserCreationForm"), undefined);
    assert.equal(project.entity("taggit.Tag"), undefined);
  });

  it("has those of other packages once they are imported, unless the package is the workspace's own", () => {
    const use = `${head}from wagtail.models import Page, Orderable\nclass Home(Page):\n    x = models.IntegerField()\n`;
    const project = linkPython({ "home/__init__.py": "", "home/models.py": use });
    const home = entity(project, "home.Home");
    assert.ok(home.incomplete && home.primaryKey === "page_ptr" && home.fields.get("title")?.entity === "wagtailcore.Page");
    assert.equal(showRelation(home, "owner"), "foreign-key one -> auth.User via owned_pages");
    const own = linkPython({ "home/__init__.py": "", "home/models.py": use, "wagtail/__init__.py": "", "wagtail/models.py": `${head}class Page(models.Model):\n    own = models.IntegerField()\n    class Meta:\n        app_label = 'wagtailcore'\nclass Orderable: pass\n` });
    assert.ok(entity(own, "home.Home").fields.has("own") && !entity(own, "home.Home").incomplete);
    assert.equal(entity(own, "wagtailcore.Page").class?.declaration.name, "Page");
  });

  it("gives nothing to an empty project", () => {
    const project = linkPython({});
    assert.equal(project.engine, "unknown");
    assert.equal(project.module("x"), undefined);
    assert.equal(project.resolveName("file:///nowhere.py", "x"), undefined);
  });
});
