import assert from "node:assert/strict";
import type { FileFacts } from "../../server/src/engine/facts";
import { languageOf } from "../../server/src/engine/languages";
import { djangoProjectAdapter } from "../../server/src/engine/orms/django/model";
import { linkProject, type LinkedProject, type TemplateFunctionKind } from "../../server/src/engine/project";
import { loadParsers } from "../harness/parsers";

const root = "file:///project";
let parsers: Awaited<ReturnType<typeof loadParsers>>;

function link(files: Readonly<Record<string, string>>, previous?: LinkedProject, moved?: readonly string[]): LinkedProject {
  const facts = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries(files)) {
    const uri = `${root}/${path}`;
    facts.set(uri, (moved && !moved.includes(path) && previous?.files.get(uri)) || languageOf(path, text)!.lower(text, uri, parsers));
  }
  return linkProject({ files: facts, folders: [root], adapters: [djangoProjectAdapter], resources: new Map(), previous, moved: moved && new Set(moved.map((path) => `${root}/${path}`)) });
}

const pathOf = (uri: string | undefined): string | undefined => uri?.slice(root.length + 1);

/** A project whose settings are `TEMPLATES = …` behind the usual first lines. */
function project(templates: string, files: readonly string[], { apps = ["shop", "blog"], more = {} }: { readonly apps?: readonly string[]; readonly more?: Readonly<Record<string, string>> } = {}): Record<string, string> {
  return {
    "manage.py": 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n',
    "config/__init__.py": "",
    "config/settings.py": `import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\nHERE = os.path.dirname(os.path.abspath(__file__))\nINSTALLED_APPS = ["django.contrib.admin", ${apps.map((app) => `"${app}"`).join(", ")}]\n${templates}\n`,
    "shop/__init__.py": "", "shop/models.py": "", "blog/__init__.py": "", "blog/models.py": "",
    ...Object.fromEntries(files.map((path) => [path, "{{ x }}"])),
    ...more,
  };
}

const DJANGO = (rest: string): string => `TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", ${rest}}]`;

describe("names of templates", () => {
  before(async () => {
    parsers = await loadParsers();
  });

  const found = (files: Readonly<Record<string, string>>, name: string, from?: string): string | undefined => pathOf(link(files).template(name, from && `${root}/${from}`));

  it("are looked up in DIRS before the apps, in the order of INSTALLED_APPS", () => {
    const files = ["templates/a.html", "shop/templates/a.html", "shop/templates/b.html", "blog/templates/b.html", "blog/templates/c.html"];
    const settings = DJANGO('"DIRS": [BASE_DIR / "templates"], "APP_DIRS": True');
    assert.deepEqual(["a.html", "b.html", "c.html", "d.html"].map((name) => found(project(settings, files), name)), ["templates/a.html", "shop/templates/b.html", "blog/templates/c.html", undefined]);
    assert.equal(found(project(settings, files, { apps: ["blog", "shop"] }), "b.html"), "blog/templates/b.html");
  });

  it("are the same whatever the order of the files", () => {
    const files = project(DJANGO('"DIRS": [], "APP_DIRS": True'), ["shop/templates/a.html", "blog/templates/a.html"]);
    assert.equal(found(Object.fromEntries(Object.entries(files).reverse()), "a.html"), "shop/templates/a.html");
  });

  it("may be in any folder that DIRS can be read to name", () => {
    for (const [folder, expression] of [
      ["pages", 'BASE_DIR / "pages"'], ["pages", 'os.path.join(BASE_DIR, "pages")'], ["pages", 'str(BASE_DIR / "pages")'], ["pages", 'BASE_DIR.joinpath("pages")'], ["pages", '"pages"'],
      ["config/pages", 'os.path.join(HERE, "pages")'], ["pages", 'os.path.join(HERE, "..", "pages")'], ["pages", 'os.path.join(os.path.dirname(HERE), "pages")'],
      ["pages", 'Path(__file__).parents[1] / "pages"'], ["pages", 'ROOT("pages")'], ["pages", 'str(ROOT.path("pages"))'], ["x/pages", 'join(unknown(), "x", "pages")'],
    ] as const) {
      const settings = `import environ\nROOT = environ.Path(__file__) - 2\n${DJANGO(`"DIRS": [${expression}], "APP_DIRS": False`)}`;
      assert.equal(found(project(settings, [`${folder}/a.html`]), "a.html"), `${folder}/a.html`, expression);
    }
  });

  it("heed loaders", () => {
    const files = ["templates/a.html", "shop/templates/a.html"];
    const loaders = (...names: readonly string[]): string => DJANGO(`"DIRS": [BASE_DIR / "templates"], "OPTIONS": {"loaders": [("django.template.loaders.cached.Loader", [${names.map((name) => `"django.template.loaders.${name}.Loader"`).join(", ")}])]}`);
    assert.equal(found(project(loaders("filesystem", "app_directories"), files), "a.html"), "templates/a.html");
    assert.equal(found(project(loaders("app_directories", "filesystem"), files), "a.html"), "shop/templates/a.html");
  });

  it("are Jinja's in the folders that its backend has", () => {
    const jinja = '{"BACKEND": "django.template.backends.jinja2.Jinja2", "DIRS": [], "APP_DIRS": True}';
    const django = '{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [], "APP_DIRS": True}';
    const files = ["shop/jinja2/a.html", "shop/templates/a.html", "shop/templates/b.html"];
    assert.equal(found(project(`TEMPLATES = [${jinja}, ${django}]`, files), "a.html"), "shop/jinja2/a.html");
    assert.equal(found(project(`TEMPLATES = [${django}, ${jinja}]`, files), "a.html"), "shop/templates/a.html");
    assert.equal(found(project(`TEMPLATES = [${jinja}, ${django}]`, files), "b.html"), "shop/templates/b.html");
  });

  it("match what django-jinja is told to match", () => {
    const engine = (options: string): string => `TEMPLATES = [{"BACKEND": "django_jinja.backend.Jinja2", "DIRS": [BASE_DIR / "j"], "APP_DIRS": True, "OPTIONS": {${options}}}, {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "d"], "APP_DIRS": True}]`;
    const files = ["j/a.html", "d/a.html", "j/b.jinja", "shop/jinja2/c.html", "shop/templates/c.html"];
    assert.equal(found(project(engine(""), files), "a.html"), "d/a.html");
    assert.equal(found(project(engine(""), files), "b.jinja"), "j/b.jinja");
    assert.equal(found(project(engine('"match_extension": ""'), files), "a.html"), "j/a.html");
    assert.equal(found(project(engine('"match_extension": None, "match_regex": r"^(?!admin/).*"'), files), "a.html"), "j/a.html");
    assert.equal(found(project(engine('"match_extension": "", "app_dirname": "jinja2"'), files), "c.html"), "shop/jinja2/c.html");
  });

  it("follow `.` and `..` from the template that has them, and leave out a part of a template", () => {
    const files = project(DJANGO('"DIRS": [], "APP_DIRS": True'), ["shop/templates/shop/a/list.html", "shop/templates/shop/a/row.html", "shop/templates/shop/base.html"]);
    const from = "shop/templates/shop/a/list.html";
    assert.equal(found(files, "./row.html", from), "shop/templates/shop/a/row.html");
    assert.equal(found(files, "../base.html", from), "shop/templates/shop/base.html");
    assert.equal(found(files, "../../../base.html", from), undefined);
    assert.equal(found(files, "./row.html"), undefined);
    assert.equal(found(files, "shop/base.html#header"), "shop/templates/shop/base.html");
  });

  it("are guessed where settings cannot be read: the path below a folder for templates, the nearest one", () => {
    const files = { "a/views.py": "", "a/templates/x.html": "{{ x }}", "b/templates/x.html": "{{ x }}", "b/templates/y/templates/z.html": "{{ x }}", "c/views.py": "" };
    assert.equal(found(files, "x.html", "a/views.py"), "a/templates/x.html");
    assert.equal(found(files, "x.html", "c/views.py"), undefined);
    assert.equal(found(files, "z.html"), "b/templates/y/templates/z.html");
    assert.equal(found(files, "y/templates/z.html"), "b/templates/y/templates/z.html");
  });

  it("belong to the project of the file that asks", () => {
    const one = project(DJANGO('"DIRS": [BASE_DIR / "templates"], "APP_DIRS": True'), ["templates/a.html", "templates/b.html", "shop/views.py"].filter((path) => path.endsWith("html")));
    const files: Record<string, string> = {};
    for (const folder of ["one", "two"]) for (const [path, text] of Object.entries(one)) if (folder === "one" || path !== "templates/b.html") files[`${folder}/${path}`] = text;
    assert.equal(found(files, "a.html", "two/shop/models.py"), "two/templates/a.html");
    assert.equal(found(files, "a.html", "one/shop/models.py"), "one/templates/a.html");
    assert.equal(found(files, "b.html", "two/shop/models.py"), undefined);
  });

  it("are recorded with what they lead to, nothing included", () => {
    const files = project(DJANGO('"DIRS": [BASE_DIR / "templates"], "APP_DIRS": True'), ["shop/templates/a.html"]);
    const before = link(files);
    const after = link({ ...files, "templates/a.html": "{{ y }}" }, before);
    const key = `template:${root}/shop/models.py#a.html`;
    assert.notEqual(before.fingerprintOf(key), after.fingerprintOf(key));
    assert.equal(before.fingerprintOf("template:#none.html"), after.fingerprintOf("template:#none.html"));
  });
});

describe("functions behind tags and filters", () => {
  const LIBRARY = [
    "from django import template", "from django.template.defaultfilters import stringfilter", "register = template.Library()", "",
    "@register.filter", "def money(value, currency='EUR'): ...", "",
    "@register.filter('upper2', is_safe=True)", "@stringfilter", "def upper(value): ...", "",
    "@register.filter(name='lower2')", "def lower(value): ...", "",
    "def cut(value): ...", "register.filter('cut2', cut)", "register.filter(cut)", "register.filter(name='cut3', filter_func=cut)", "",
    "@register.simple_tag", "def rows(): ...", "",
    "@register.simple_tag(takes_context=True, name='cart')", "def get_cart(context): ...", "",
    "@register.inclusion_tag('shop/row.html', takes_context=True)", "def row(context, book): ...", "",
    "def plain(book): ...", "register.inclusion_tag('shop/plain.html')(plain)", "",
    "@register.simple_block_tag", "def boxed(content): ...", "",
    "@register.tag", "def compile_it(parser, token): ...", "",
    "@register.tag(name='named')", "def do_named(parser, token): ...", "",
    "register.tag('late', do_named)", "register.tag('node', Node.handle)", "",
    "@other.filter", "def not_ours(value): ...", "",
  ].join("\n");

  const found = (files: Readonly<Record<string, string>>, kind: TemplateFunctionKind, name: string, loads: readonly string[], from?: string): string | undefined => {
    const result = link(files).templateFunction(kind, name, loads, from && `${root}/${from}`);
    return result && [result.as, result.function.key.slice(root.length + 1), result.template, result.takesContext && "context"].filter(Boolean).join(" ");
  };
  const settings = DJANGO('"DIRS": [], "APP_DIRS": True');
  const shop = { "shop/templatetags/__init__.py": "", "shop/templatetags/shop_tags.py": LIBRARY };

  before(async () => {
    parsers = await loadParsers();
  });

  it("are registered in every way that Django has", () => {
    const files = project(settings, [], { more: shop });
    const tags = "shop/templatetags/shop_tags.py";
    const cases: readonly (readonly [TemplateFunctionKind, string, string | undefined])[] = [
      ["filter", "money", `filter ${tags}#money`], ["filter", "upper2", `filter ${tags}#upper`], ["filter", "upper", undefined], ["filter", "lower2", `filter ${tags}#lower`],
      ["filter", "cut2", `filter ${tags}#cut`], ["filter", "cut", `filter ${tags}#cut`], ["filter", "cut3", `filter ${tags}#cut`],
      ["tag", "rows", `simple-tag ${tags}#rows`], ["tag", "cart", `simple-tag ${tags}#get_cart context`], ["tag", "row", `inclusion-tag ${tags}#row shop/row.html context`],
      ["tag", "plain", `inclusion-tag ${tags}#plain shop/plain.html`], ["tag", "boxed", `compiler ${tags}#boxed`], ["tag", "compile_it", `compiler ${tags}#compile_it`],
      ["tag", "named", `compiler ${tags}#do_named`], ["tag", "late", `compiler ${tags}#do_named`], ["tag", "node", undefined], ["filter", "not_ours", undefined], ["tag", "money", undefined],
    ];
    for (const [kind, name, expected] of cases) assert.equal(found(files, kind, name, ["i18n", "shop_tags"]), expected, name);
    assert.equal(found(files, "filter", "money", []), undefined);
  });

  it("are those of the library that was loaded last, and of the app that was installed last", () => {
    const library = (body: string): string => `from django.template import Library\nregister = Library()\n@register.filter\ndef f(value): ${body}\n`;
    const files = project(settings, [], {
      more: { "shop/templatetags/one.py": library("..."), "shop/templatetags/two.py": library("..."), "blog/templatetags/one.py": library("..."), "blog/templatetags/deep/three.py": library("..."), "other/templatetags/one.py": library("..."), "other/templatetags/four.py": library("...") },
    });
    assert.equal(found(files, "filter", "f", ["one", "two"]), "filter shop/templatetags/two.py#f");
    assert.equal(found(files, "filter", "f", ["two", "one"]), "filter blog/templatetags/one.py#f");
    assert.equal(found(files, "filter", "f", ["deep.three"]), "filter blog/templatetags/deep/three.py#f");
    assert.equal(found(files, "filter", "f", ["four"]), "filter other/templatetags/four.py#f");
  });

  it("are there without loading, or under another name, where the options say so", () => {
    const options = DJANGO('"DIRS": [], "APP_DIRS": True, "OPTIONS": {"builtins": ["shop.templatetags.shop_tags"], "libraries": {"mine": "shop.templatetags.shop_tags"}}');
    assert.equal(found(project(options, [], { more: shop }), "filter", "money", []), "filter shop/templatetags/shop_tags.py#money");
    assert.equal(found(project(options, [], { more: shop }), "filter", "money", ["mine"]), "filter shop/templatetags/shop_tags.py#money");
  });

  it("of Jinja are in the environment", () => {
    const jinja = 'TEMPLATES = [{"BACKEND": "django.template.backends.jinja2.Jinja2", "DIRS": [], "APP_DIRS": True, "OPTIONS": {"environment": "config.jinja.environment"}}]';
    const environment = [
      "from jinja2 import Environment, pass_context", "from shop import helpers", "from shop.helpers import money", "",
      "@pass_context", "def here(context): ...", "",
      "def environment(**options):", "    env = Environment(**options)", "    env.globals.update({'here': here, 'cart': helpers.cart, 'static': static})", "    env.globals.update(other=money)",
      "    env.filters['money'] = money", "    env.tests['rich'] = helpers.is_rich", "    return env", "",
    ].join("\n");
    const files = project(jinja, ["shop/jinja2/a.html"], { more: { "config/jinja.py": environment, "shop/helpers.py": "def money(value): ...\ndef cart(): ...\ndef is_rich(value): ...\n", ...shop } });
    const from = "shop/jinja2/a.html";
    assert.equal(found(files, "tag", "here", [], from), "simple-tag config/jinja.py#here context");
    assert.equal(found(files, "tag", "cart", [], from), "simple-tag shop/helpers.py#cart");
    assert.equal(found(files, "tag", "other", [], from), "simple-tag shop/helpers.py#money");
    assert.equal(found(files, "filter", "money", [], from), "filter shop/helpers.py#money");
    assert.equal(found(files, "test", "rich", [], from), "filter shop/helpers.py#is_rich");
    assert.equal(found(files, "tag", "static", [], from), undefined);
    // A library of Django's is none of Jinja's.
    assert.equal(found(files, "tag", "rows", ["shop_tags"], from), undefined);
  });

  it("of django-jinja are registered with its library, or named in its options", () => {
    const jinja = 'TEMPLATES = [{"BACKEND": "django_jinja.backend.Jinja2", "DIRS": [], "APP_DIRS": True, "OPTIONS": {"app_dirname": "jinja2", "filters": {"opt": "shop.helpers.opt"}, "globals": {"glob": "shop.helpers.opt"}}}]';
    const helpers = [
      "import jinja2", "from django_jinja import library", "",
      "@library.filter", "def money(value): ...", "", "@library.filter(name='cut')", "@jinja2.pass_eval_context", "def cut_it(context, value): ...", "",
      "@library.global_function", "@jinja2.contextfunction", "def cart(context): ...", "", "@library.global_function(name='row')", "@library.render_with('shop/row.html')", "def row_of(book): ...", "",
      "@library.test('rich')", "def is_rich(value): ...", "", "def late(): ...", "library.global_function(late)", "",
    ].join("\n");
    const files = project(jinja, ["shop/jinja2/a.html"], { more: { "shop/helpers.py": "def opt(): ...\n", "shop/templatetags/__init__.py": "", "shop/templatetags/helpers.py": helpers } });
    const tags = "shop/templatetags/helpers.py";
    const from = "shop/jinja2/a.html";
    assert.deepEqual(
      (["filter money", "filter cut", "tag cart", "tag row", "test rich", "tag late", "filter opt", "tag glob"] as const).map((each) => found(files, each.split(" ")[0] as TemplateFunctionKind, each.split(" ")[1], [], from)),
      [`filter ${tags}#money`, `filter ${tags}#cut_it context`, `simple-tag ${tags}#cart context`, `inclusion-tag ${tags}#row_of shop/row.html`, `filter ${tags}#is_rich`, `simple-tag ${tags}#late`, "filter shop/helpers.py#opt", "simple-tag shop/helpers.py#opt"],
    );
  });

  it("are where they stand now after a link that only moved them", () => {
    const files = project(settings, [], { more: shop });
    const before = link(files);
    const first = before.templateFunction("filter", "money", ["shop_tags"])!;
    const after = link({ ...files, "shop/templatetags/shop_tags.py": `# moved\n${LIBRARY}` }, before, ["shop/templatetags/shop_tags.py"]);
    const second = after.templateFunction("filter", "money", ["shop_tags"])!;
    assert.equal(second.function.declaration.start, first.function.declaration.start + 8);
    const key = "template-function:#filter money shop_tags";
    assert.equal(after.fingerprintOf(key), before.fingerprintOf(key));
  });
});
