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
}

let parse: (text: string) => ReturnType<Awaited<ReturnType<typeof loadParsers>>["parse"]>;

/** Links files given by path; folders are not packages unless `__init__.py` is given. */
function linkPython(files: Readonly<Record<string, string>>, { root = "file:///project", folders = [root], resources = {} }: Options = {}): LinkedProject {
  const facts = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries(files)) {
    const uri = `${root}/${path}`;
    facts.set(uri, lowerPython(parse(text), text, uri));
  }
  const texts = new Map(Object.entries(resources).map(([path, text]) => [`${root}/${path}`, text]));
  return linkProject({ files: facts, folders, adapters: [djangoProjectAdapter], resources: texts });
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
