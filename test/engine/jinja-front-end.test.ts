import { strict as assert } from "node:assert";
import { slotId } from "../../server/src/engine/facts";
import { lowerJinja } from "../../server/src/engine/languages/jinja";
import { showTemplate } from "./show-statements";
import { loweringWith } from "./template-lowering";

const uri = "file:///shop/jinja2/page.html";

const { lower, expectLowered, expectBroken } = loweringWith((text) => lowerJinja(text, uri));

const expectExpression = (expression: string, shown: string): void => expectLowered(`{{ ${expression} }}`, `%print(${shown})`);

describe("the front end for Jinja", () => {
  describe("expressions", () => {
    it("reads paths, subscripts and calls", () => {
      expectExpression("order.customer.name", "order:customer:name");
      expectExpression("rows[0]['a'].b.0.1", 'rows[0]["a"]:b[0][1]');
      expectExpression("x[1:2], x[:], x[::2], x[a, b]", "tuple(x[1:2], x[:], x[::2], x[tuple(a, b)])");
      expectExpression("order.lines.filter(paid=True).count()", "order:lines:filter(paid=true):count()");
      expectExpression("f(a, *b, k=c.d, **e)", "f(a, *b, k=c:d, **e)");
      expectExpression("_('x %(a)s', a=b)", '_("x %(a)s", a=b)');
    });

    it("knows literals", () => {
      expectExpression(`"a" 'b', 'c"\\n\\'', 1, 1_000, 2.5, 1e3, true, False, none, None`, `tuple("ab", ${JSON.stringify(`c"\n'`)}, 1, 1000, 2.5, 1000, true, false, null, null)`);
      expectExpression("[1, a.b,], (), (1,), (a, b), {'k': a.b, c: 1}", 'tuple(list(1, a:b), tuple(), tuple(1), tuple(a, b), {"k": a:b, c: 1})');
    });

    it("has the precedence of Jinja", () => {
      expectExpression("a + b * c - d ** 2 // e % f", "((a + (b * c)) - (((d ** 2) // e) % f))");
      expectExpression("not a and b or c", "(((not a) and b) or c)");
      expectExpression("not a == b", "(not (a == b))");
      expectExpression("a < b <= c", "((a < b) and (b <= c))");
      expectExpression("a not in b and c in d", "((a not in b) and (c in d))");
      expectExpression("a ~ b ~ 'c' + d", '(format(a, b, "c") + d)');
      expectExpression("-a|abs", "|abs((- a))");
      expectExpression("(a + b).c", "(a + b):c");
      expectExpression("a if b else c if d else e", "(a if b else (c if d else e))");
      expectExpression("a.b if c", "(a:b if c else null)");
    });

    it("applies filters and tests", () => {
      expectExpression("a.b|f|g(c, d=1)|h.i", "|h.i(|g(|f(a:b), c, d=1))");
      expectExpression("a|f + b|g", "(|f(a) + |g(b))");
      expectExpression("a is defined and b is not none", "(?defined(a) and (not ?none(b)))");
      expectExpression("a is divisibleby 3 or a is sameas(b)", "(?divisibleby(a, 3) or ?sameas(a, b))");
      expectExpression("a.b is in c.d", "?in(a:b, c:d)");
      expectExpression("x if x is string else y", "(x if ?string(x) else y)");
      expectExpression("xs|selectattr('a.b')|list|length > 2", '(|length(|list(|selectattr(xs, "a.b"))) > 2)');
    });

    it("has the exact places of names", () => {
      const text = "é {{ order . customer.name|upper }}";
      const [statement] = lower(text).bodies[""];
      assert.ok(statement.kind === "expression" && statement.expression.kind === "call");
      const [{ value: filter }] = statement.expression.arguments;
      assert.ok(filter.kind === "call" && filter.arguments[0].value.kind === "attribute");
      const path = filter.arguments[0].value;
      assert.deepEqual([text.slice(statement.start, statement.end), text.slice(filter.start, filter.end), text.slice(path.start, path.end), text.slice(path.nameStart, path.end)],
        ["{{ order . customer.name|upper }}", "order . customer.name|upper", "order . customer.name", "name"]);
    });

    it("reads what is there of half-typed ones", () => {
      expectBroken("{{ order. }}", [""], "%print(order)");
      expectBroken("{{ order.name| }}", [""], "%print(order:name)");
      expectBroken("{{ f(a.b, }}", [""], "%print(f(a:b))");
      expectBroken("{{ a b }}{{ c }}", ["b"], "%print(a)", "%print(c)");
      expectBroken("{{ a if , b }}", [", b"], "%print(tuple((a if opaque() else null), b))");
      expectBroken("{{ }}", [""], "%print(opaque())");
      expectBroken("{{ a[ }}{{ b + }}{{ [c }}{{ {d: }}", ["", "", "", "{{ {d:"], "%print(a[opaque()])", "%print((b + opaque()))", "%print(list(c))", "%print({d: opaque()})");
    });
  });

  describe("tags", () => {
    it("loop", () => {
      expectLowered("{% for a, (b, c) in d.e() %}{{ a }}{% else %}{{ f }}{% endfor %}", "for tuple(a, tuple(b, c)) in d:e():", "  %print(a)", "else:", "  %print(f)");
      expectLowered("{%- for x in xs if x.a and not x.b recursive -%}{{ loop.index }}{{ loop(x.y) }}{%- endfor -%}", "for x in xs:", "  if (x:a and (not x:b)):", "    %print(loop:index)", "    %print(loop(x:y))");
      expectLowered("{% for x in a if b %}{% if x %}{% break %}{% else %}{% continue %}{% endif %}{% endfor %}", "for x in a:", "  if b:", "    if x:", "      break", "    else:", "      continue");
    });

    it("branch", () => {
      expectLowered("{% if a.b() > 1 %}{{ 1 }}{% elif(c) %}{{ 2 }}{% else %}{{ 3 }}{% endif %}", "if (a:b() > 1):", "  %print(1)", "else:", "  if c:", "    %print(2)", "  else:", "    %print(3)");
    });

    it("set names", () => {
      expectLowered("{% set a = b.c %}{% set d, e = 1, f %}{% set ns.x = a %}", "a = b:c", "tuple(d, e) = tuple(1, f)", "ns:x = a");
      expectLowered("{% set a %}{{ b.c }}{% endset %}{{ a }}", "block:", "  %print(b:c)", "a = format()", "%print(a)");
      expectLowered("{% set a | upper | f(b) %}x{% endset %}", "block:", "  pass", "a = |f(|upper(format()), b)");
      expectLowered("{% with a=b.c, d=1 %}{{ a }}{% endwith %}{% with %}{{ e }}{% endwith %}", "block:", "  a = b:c", "  d = 1", "  %print(a)", "block:", "  %print(e)");
      expectLowered("{% with a=b, b=a %}{{ a }}{% endwith %}", "block:", "  tuple(a, b) = tuple(b, a)", "  %print(a)");
      expectLowered("{% do xs.append(a.b) %}", "xs:append(a:b)");
    });

    it("have blocks and their parents", () => {
      expectLowered('{% extends "a.html" if x else base %}{% block title scoped required %}{{ super() }}{{ super()|upper }}{{ x }}{% endblock title %}{{ self.title() }}',
        'extends ("a.html" if x else base)', "slot title", "slot title", "== block title", "%super()", "%print(|upper(%super()))", "%print(x)");
    });

    it("include", () => {
      expectLowered('{% include "a.html" %}{% include ["a.html", b] ignore missing without context %}{% include c with context %}', 'include "a.html"', 'include list("a.html", b) only', "include c");
    });

    it("import", () => {
      const facts = lower('{% import "f.html" as forms with context %}{% from "g.html" import a as b, with, c with context %}{% include x ~ "y.html" %}');
      assert.deepEqual(facts.errors, []);
      assert.deepEqual(facts.declares.template!.imports.map(({ name, local }) => [name, local]), [[undefined, "forms"], ["a", "b"], ["with", "with"], ["c", "c"]]);
      assert.deepEqual(facts.declares.template!.references, ["f.html", "g.html"]);
    });

    it("define macros", () => {
      const facts = lower("{% macro field(name, value='', *rest) %}{{ name.x }}{% endmacro %}{% macro line(a, b=c.d) -%}{{ caller(a) }}{%- endmacro %}{{ line(1) }}{% macro line() %}{% endmacro %}");
      assert.deepEqual(facts.declares.functions.map(({ id, name, parameters }) => [id, name, parameters.map((each) => each.name)]), [["field", "field", ["name", "value"]], ["line", "line", ["a", "b"]], ["line#2", "line", []]]);
      assert.deepEqual(Object.keys(facts.bodies).sort(), ["", "field", "line", "line#2"]);
      assert.match(showTemplate(facts), /^def field\(name, value=""\)\ndef line\(a, b=c:d\)\n%print\(line\(1\)\)\ndef line#2\(\)\n== field\n%print\(name:x\)/);
    });

    it("call macros with content", () => {
      expectLowered("{% call(user) list_of(users.all()) %}{{ user.name }}{% endcall %}{% call f() %}{{ a }}{% endcall %}", "list_of(users:all())", "block:", "  user = opaque()", "  %print(user:name)", "f()", "block:", "  %print(a)");
    });

    it("translate: each name once", () => {
      expectLowered("{% trans 'menu' n=xs|length, user=order.user, trimmed, y %}{{ n }} {{ user }}{% pluralize n %}{{ n }}{% endtrans %}", "block:", "  n = |length(xs)", "  user = order:user", "  y", "  %print(n)", "  %print(user)");
    });

    it("filter, escape and cache", () => {
      expectLowered("{% filter upper %}{{ a }}{% endfilter %}{% filter f(b.c)|g %}{{ a }}{% endfilter %}{% autoescape false %}{{ a }}{% endautoescape %}", "block:", "  %print(a)", "block:", "  %print(a)", "block:", "  %print(a)");
      expectLowered("{% filter f(b.c) %}{{ a }}{% endfilter %}", "block:", "  %print(a)", "|f(format(), b:c)");
      expectLowered('{% cache 60 * 5, "x", user.id %}{{ a }}{% endcache %}', '%cache((60 * 5), "x", user:id)', "cached block:", "  %print(a)");
    });

    it("of extensions are calls", () => {
      expectLowered("{% csrf_token %}{% url 'x' a.b c=d as link %}{% spaceless %}{{ a }}{% endspaceless %}{% switch a %}{{ b }}{% else %}{{ c }}{% endswitch %}",
        "%csrf_token()", 'link = %url("x", a:b, c=d)', "%spaceless()", "block:", "  %print(a)", "if %switch(a):", "  %print(b)", "else:", "  %print(c)");
    });
  });

  describe("what is no code", () => {
    it("is passed over", () => {
      expectLowered("{# {{ a }}\n{% b %} #}{% raw %}{{ c }}{% if %}{%- endraw -%}{{ d }}<style>a{b:c}</style>", "%print(d)");
    });

    it("may hide in strings", () => {
      expectLowered(`{{ "}}" }}{% set a = '%}' %}{{ {'a': {'b': 1}} }}{{ {'a': 1}}}`, '%print("}}")', 'a = "%}"', '%print({"a": {"b": 1}})', '%print({"a": 1})');
    });

    it("spans lines", () => {
      expectLowered("{{\n  a(\n    b.c,\n  )\n}}{% set x = {\n  'a': b,\n} %}", "%print(a(b:c))", 'x = {"a": b}');
      expectLowered("{{- a -}}{%+ if b +%}{{ -c }}{{ d - 1 }}{%- endif -%}", "%print(a)", "if b:", "  %print((- c))", "  %print((d - 1))");
    });
  });

  describe("broken templates", () => {
    it("keep the structure around a tag that is being typed", () => {
      expectBroken('{% for x in xs %}\n{{ x.\n<p class="a">{{ x.y }}</p>\n{% endfor %}{{ z }}', ["{{ x."], "for x in xs:", "  %print(x)", "  %print(x:y)", "%print(z)");
      expectBroken("{% for x in xs\n{{ x.y }}{% endfor %}", ["{% for x in xs"], "for x in xs:", "  %print(x:y)");
      expectBroken("{% if a }}{{ b }}{% endif %}", ["{% if a"], "if a:", "  %print(b)");
      expectBroken("{% for x %}{{ x.y }}{% endfor %}{% set a %}{% macro %}{{ c }}{% endmacro %}{% from 'x' %}{% import 'y' %}{% block %}{{ d }}{% endblock %}",
        ["", "", "", "", "", ""], "for x in opaque():", "  %print(x:y)", "block:", "  %print(d)");
    });

    it("say which tag has no end, and which end no tag", () => {
      expectBroken("{% for x in xs %}{% if x.a %}{{ x.b }}{% endfor %}{{ y }}", ["{% if x.a %}"], "for x in xs:", "  if x:a:", "    %print(x:b)", "%print(y)");
      expectBroken("{{ a }}{% endif %}{% else %}{{ b }}", ["{% endif %}", "{% else %}"], "%print(a)", "%print(b)");
      expectBroken("{% block a %}{{ b }}", ["{% block a %}"], "slot a", "== block a", "%print(b)");
      expectBroken("{% raw %}{{ b }}", ["{% raw %}"], "");
      expectBroken("{% %}{{ b }}", ["{% %}"], "%print(b)");
    });

    it("never throw, whatever is cut off", () => {
      const text = `{% extends "b" %}{% from "x" import a as b, c with context %}{% block c %}{% for a, b in c.d(e="f", *g)[1:2] if x is not none recursive %}{% if not a[0] == "x" and (b or [c, {d: e}]) %}{{ a|b(c.d)|e ~ f if g else h }}{% else %}{% set x = 1, -2 ** y %}{% set z %}{% endset %}{% with a=b %}{% endwith %}{% endif %}{% endfor %}{% trans a=b %}{{ a }}{% pluralize %}{% endtrans %}{% macro m(a, b=1) %}{{ caller() }}{% endmacro %}{% call(x) m(1) %}{% endcall %}{# a #}{% raw %}{% endraw %}{% endblock %}`;
      for (let length = 0; length <= text.length; length++) {
        lower(text.slice(0, length));
        lower(text.slice(length));
        lower(text.slice(0, length) + text.slice(length + 1));
      }
    });

    it("stay off the stack, however deep they nest", () => {
      const many = 20_000;
      const deep = (open: string, close: string): string => open.repeat(many) + "a" + close.repeat(many);
      for (const text of [
        "{% if a %}".repeat(many), "{% for a in b %}".repeat(many) + "{% endfor %}".repeat(many), `{{ a${"|f".repeat(many)} }}`, `{{ a${".f".repeat(many)} }}`, `{{ a${"[0]".repeat(many)} }}`,
        `{{ ${deep("(", ")")} }}`, `{{ ${deep("f(", ")")} }}`, `{{ ${deep("[", "]")} }}`, `{{ ${deep("{1: ", "}")} }}`, `{{ ${deep("-", "")} }}`, `{{ ${deep("not ", "")} }}`, `{{ ${deep("a + ", "")} }}`,
        `{{ ${deep("a if b else ", "")} }}`, `{{ ${deep("a and ", "")} }}`, `{{ ${deep("a < ", "")} }}`, `{{ ${deep("a ** ", "")} }}`, `{{ a${" is b".repeat(many)} }}`, `{{ a${" if b".repeat(many)} }}`,
        `{% for ${deep("(", ")")} in b %}{% endfor %}`, `{% if a %}${"{% elif b %}{{ x }}".repeat(many)}{% endif %}`, "{{ ".repeat(many), '{{ "'.repeat(many), "{%".repeat(many), "{% raw %}".repeat(many), "{# ".repeat(many),
        `{{ ${"f(x".repeat(90)}${`)${".b".repeat(400)}`.repeat(90)} }}`, "{% block a %}".repeat(many), "{% macro a() %}".repeat(many),
      ]) {
        const started = performance.now();
        const facts = lowerJinja(text, uri);
        assert.ok(JSON.stringify(facts).length > 0);
        assert.ok(performance.now() - started < 2_000, `${text.slice(0, 20)}… takes ${performance.now() - started} ms`);
      }
    });
  });

  it("reads suppressions", () => {
    const { suppressions } = lower("{#- scale-hints: ignore[x] -- why -#}\n{{ a }} {# scale-hints: ignore #}\n");
    assert.deepEqual(suppressions.map((each) => [each.line, each.rules.join(), each.reason]), [[1, "x", "why"], [1, "", ""]]);
  });

  it("has fingerprints without positions", () => {
    const a = lower("{% macro m(a) %}{{ a.b }}{% endmacro %}{% block c %}{{ x[0] }}{% endblock %}");
    const b = lower("\n{%- macro m( a ) -%}{{ a.b }}{% endmacro %}<p>{% block c %}{{ x[0] }}{% endblock %}");
    const c = lower("{% macro m(a) %}{{ a.c }}{% endmacro %}{% block c %}{{ x[0] }}{% endblock %}");
    assert.deepEqual(a.fingerprint, b.fingerprint);
    assert.equal(a.fingerprint.declares, c.fingerprint.declares);
    assert.notEqual(a.fingerprint.bodies.m, c.fingerprint.bodies.m);
    assert.equal(a.fingerprint.bodies[slotId("c")], c.fingerprint.bodies[slotId("c")]);
  });
});
