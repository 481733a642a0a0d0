import { strict as assert } from "node:assert";
import { languageOf } from "../../server/src/engine/languages";
import { rootOfTemplate, templateLanguage } from "../../server/src/engine/languages/template-files";
import { kindOfFile, WATCHED_PATTERNS } from "../../server/src/host/wanted";

describe("files of templates", () => {
  const language = (path: string, text = "{{ x }}"): string | undefined => languageOf(path, text)?.language;

  it("are markup anywhere that has template syntax, and other texts below folders for templates", () => {
    for (const path of ["a.html", "shop/a.htm", "a.djhtml", "shop/templates/mail/a.txt", "templates/a.xml", "templates/a.md", "jinja2/a.csv", "templates/deep/a.ltxt"]) assert.ok(language(path), path);
    for (const path of ["a.txt", "shop/a.xml", "templates/a.png", "templates/requirements.txt", "mytemplates/a.txt"]) assert.equal(language(path), undefined, path);
    assert.equal(language("docs/a.html", "<p>{ }</p>"), undefined);
    assert.ok(language("shop/templates/a.html", "<p>{ }</p>"));
  });

  it("are of the language that their name and folder say", () => {
    const jinja = "{% set x = 1 %}";
    const django = "{% load x %}";
    for (const path of ["a.jinja", "a.jinja2", "a.j2", "a.html.j2", "a.jinja.html", "shop/jinja2/a.html", "jinja2/mail/a.txt"]) assert.equal(templateLanguage(path, django), "jinja", path);
    assert.equal(templateLanguage("a.djhtml", jinja), "django-template");
  });

  it("are of the language that they show otherwise, Django's when in doubt", () => {
    const show = (text: string): string => templateLanguage("templates/a.html", text);
    for (const text of ["{% set x = 1 %}", "{% macro f() %}{% endmacro %}", "{%- if x %}", "{{ x -}}", "{{ x.all() }}", "{{ x|join(', ') }}", "{% for a in b.items() %}", "{% from 'x' import y %}", "{% if x is defined %}", "{{ rows[0] }}"]) assert.equal(show(text), "jinja", text);
    for (const text of ["{% load x %}", "{{ x|date:'Y' }}", "{% url 'x' %}", "{% csrf_token %}", "{{ x }}", "{% if x is None %}", "{% include 'x' with a=b %}", "{% comment %}{% set x = 1 %}{% endcomment %}{% load x %}", "", "function(x) { return a[0](); } {{ x }}", "{% block x %}{{ block.super }}{% endblock %}"]) assert.equal(show(text), "django-template", text);
    // One call in a page that is Django's in all else is a mistake, not a language.
    assert.equal(show("{% load i18n %}{% csrf_token %}{{ x.all() }}"), "django-template");
  });

  it("are named from the folder for templates", () => {
    assert.deepEqual(["shop/templates/shop/a.html", "templates/a.html", "a.html", "shop/templates/x/templates/a.html"].map(rootOfTemplate), ["shop", "", undefined, "shop"]);
  });

  it("are watched where they are listed", () => {
    const patterns = WATCHED_PATTERNS.map(globExpression);
    for (const path of ["a.html", "shop/b.htm", "c.djhtml", "d.jinja", "e.j2", "templates/f.txt", "shop/templates/deep/g.svg", "jinja2/h.ltxt", "shop/templates/i.vcf"]) {
      assert.equal(kindOfFile(path), "source", path);
      assert.ok(patterns.some((each) => each.test(path)), path);
    }
  });

  it("have SQL and changelogs watched beside them", () => {
    const patterns = WATCHED_PATTERNS.map(globExpression);
    for (const path of ["db/dump.sql", "changelog/db.changelog-1.35.xml", "db/dbChangelog.yaml", "src/liquibase/2024/1.yml", "db.changelog.json"]) {
      assert.equal(kindOfFile(path), "resource", path);
      assert.ok(patterns.some((each) => each.test(path)), path);
    }
  });
});

function globExpression(pattern: string): RegExp {
  const source = pattern.replace(/\*\*\/|\*|\{([^}]*)\}|\./g, (part, names?: string) => {
    if (part === "**/") return "(?:.*/)?";
    if (names !== undefined) return `(?:${names.replaceAll(",", "|").replaceAll(".", "\\.").replaceAll("*", "[^/]*")})`;
    return part === "*" ? "[^/]*" : "\\.";
  });
  return new RegExp(`^${source}$`);
}
