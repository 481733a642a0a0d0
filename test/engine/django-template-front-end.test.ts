import { strict as assert } from "node:assert";
import { slotId } from "../../server/src/engine/facts";
import { lowerDjangoTemplate } from "../../server/src/engine/languages/django-template";
import { showTemplate } from "./show-statements";
import { loweringWith } from "./template-lowering";

const uri = "file:///shop/templates/page.html";

const { lower, expectLowered, expectBroken } = loweringWith((text) => lowerDjangoTemplate(text, uri));

describe("the front end for Django templates", () => {
  describe("expressions", () => {
    it("writes out variables, dotted paths and indexes", () => {
      expectLowered("{{ order }}{{order.customer.name}} {{ rows.0.1 }}", "%print(order)", "%print(order.customer.name)", "%print(rows.0.1)");
    });

    it("knows literals", () => {
      expectLowered(`{{ "a" }}{{ 'b "c"' }}{{ "d \\" e" }}{{ _("f g") }}{{ 1 }}{{ -2.5 }}{{ 1e3 }}{{ None }}{{ True }}{{ False }}`,
        '%print("a")', '%print("b \\"c\\"")', '%print("d \\" e")', '%print("f g")', "%print(1)", "%print(-2.5)", "%print(1000)", "%print(null)", "%print(true)", "%print(false)");
    });

    it("applies filters from left to right", () => {
      expectLowered(`{{ a|f:b.c|g }}{{ a | f:"x y" }}`, "%print(|g(|f(a, b.c)))", '%print(|f(a, "x y"))');
      expectLowered(`{{ when|date:"D d M Y"|default:_("never") }}`, '%print(|default(|date(when, "D d M Y"), "never"))');
    });

    it("keeps names that are no ASCII", () => {
      expectLowered("😀{{ größe.名 }}", "%print(größe.名)");
    });

    it("reads the parent's block as a call of its own", () => {
      expectLowered("{{ block.super }}{{ block.super|upper }}{{ block.superb }}{{ blocks.super }}", "%super()", "%print(|upper(%super()))", "%print(block.superb)", "%print(blocks.super)");
    });

    it("reads what is there of half-typed ones", () => {
      expectBroken("{{ order. }}", ["order."], "%print(order)");
      expectBroken("{{ order.name| }}", ["order.name|"], "%print(order.name)");
      expectBroken("{{ order.name|default: }}", ["order.name|default:"], "%print(|default(order.name))");
      expectBroken("{{ a + b }}{{ x }}", ["a + b"], "%print(a)", "%print(x)");
      expectBroken("{{ }}{{}}", ["", ""], "%print(opaque())", "%print(opaque())");
      expectBroken(`{{ "abc }}{{ x }}`, [`"abc`], "%print(opaque())", "%print(x)");
    });

    it("has the exact places of names", () => {
      const text = "é {{ order.customer.name|upper }}";
      const [statement] = lower(text).bodies[""];
      assert.ok(statement.kind === "expression" && statement.expression.kind === "call");
      const [{ value: filter }] = statement.expression.arguments;
      assert.ok(filter.kind === "call" && filter.arguments[0].value.kind === "attribute");
      const path = filter.arguments[0].value;
      assert.deepEqual([text.slice(statement.start, statement.end), text.slice(filter.start, filter.end), text.slice(path.start, path.end), text.slice(path.nameStart, path.end)],
        ["{{ order.customer.name|upper }}", "order.customer.name|upper", "order.customer.name", "name"]);
    });
  });

  describe("loops and conditions", () => {
    it("loops", () => {
      expectLowered("{% for o in orders.all %}{{ o.x }}{% empty %}{{ y }}{% endfor %}", "for o in orders.all:", "  %print(o.x)", "else:", "  %print(y)");
      expectLowered("{% for a , b in rows.items reversed %}{{ a }}{% endfor %}", "for tuple(a, b) in |reversed(rows.items):", "  %print(a)");
      expectLowered(`{% for o in orders|slice:": 5" %}{{ forloop.counter }}{% endfor %}`, 'for o in |slice(orders, ": 5"):', "  %print(forloop.counter)");
      expectLowered("{% for reversed in reversed %}{% endfor %}", "for reversed in reversed:", "  pass");
    });

    it("reads conditions with the precedence that Django has", () => {
      const test = (condition: string, shown: string): void => expectLowered(`{% if ${condition} %}{{ x }}{% endif %}`, `if ${shown}:`, "  %print(x)");
      test("a.b", "a.b");
      test("not a and b or c", "(((not a) and b) or c)");
      test("a or b and c", "(a or (b and c))");
      test("not a == b", "(not (a == b))");
      test("a not in b|f:2 and c is not None", "((a not in |f(b, 2)) and (c is not null))");
      test("not not a", "(not (not a))");
      test('a.count >= 3 and b != "x y"', '((a.count >= 3) and (b != "x y"))');
      test("a < b < c", "((a < b) < c)");
    });

    it("chains branches", () => {
      expectLowered("{% if a %}{{ 1 }}{% elif b %}{{ 2 }}{% elif c %}{{ 3 }}{% else %}{{ 4 }}{% endif %}",
        "if a:", "  %print(1)", "else:", "  if b:", "    %print(2)", "  else:", "    if c:", "      %print(3)", "    else:", "      %print(4)");
    });

    it("compares and watches", () => {
      expectLowered(`{% ifequal a.b "c" %}{{ x }}{% else %}{{ y }}{% endifequal %}`, 'if (a.b == "c"):', "  %print(x)", "else:", "  %print(y)");
      expectLowered("{% ifnotequal a b %}{{ x }}{% endifnotequal %}", "if (a != b):", "  %print(x)");
      expectLowered("{% ifchanged a.b c %}{{ x }}{% else %}{{ y }}{% endifchanged %}", "if %ifchanged(a.b, c):", "  %print(x)", "else:", "  %print(y)");
      expectLowered("{% ifchanged %}{{ x.y }}{% endifchanged %}", "block:", "  %print(x.y)");
    });

    it("says what is missing in broken conditions", () => {
      expectBroken("{% if %}{{ x }}{% endif %}", ["{% if %}"], "if opaque():", "  %print(x)");
      expectBroken("{% if a == %}{{ x }}{% endif %}", ["{% if a == %}"], "if (a == opaque()):", "  %print(x)");
      expectBroken("{% if a==b %}{{ x }}{% endif %}", ["a==b"], "if a:", "  %print(x)");
      expectBroken("{% if (a or b) %}{{ x }}{% endif %}", ["(a", "b)"], "if (opaque() or b):", "  %print(x)");
      expectBroken("{% if a b %}{{ x }}{% endif %}", ["b %}"], "if a:", "  %print(x)");
      expectBroken("{% for x in %}{{ x }}{% endfor %}", ["{% for x in %}"], "for x in opaque():", "  %print(x)");
      expectBroken("{% for %}{{ x }}{% endfor %}", ["{% for %}"], "for opaque() in opaque():", "  %print(x)");
      expectBroken("{% for x xs %}{{ x }}{% endfor %}", ["{% for x xs %}"], "for tuple(x, xs) in opaque():", "  %print(x)");
    });
  });

  describe("names", () => {
    it("binds them for a block", () => {
      expectLowered("{% with a=b.c d=1 %}{{ a }}{% endwith %}", "block:", "  a = b.c", "  d = 1", "  %print(a)");
      expectLowered("{% with b.c|f as a %}{{ a }}{% endwith %}", "block:", "  a = |f(b.c)", "  %print(a)");
      expectLowered("{% with b as a and d as c %}{{ a }}{% endwith %}", "block:", "  a = b", "  c = d", "  %print(a)");
      expectLowered("{% with a=b.c b=a d=b %}{{ a }}{% endwith %}", "block:", "  tuple(a, b, d) = tuple(b.c, a, b)", "  %print(a)");
      expectBroken("{% with %}{{ a }}{% endwith %}", ["{% with %}"], "block:", "  %print(a)");
    });

    it("groups", () => {
      expectLowered("{% regroup people by town.name|lower as towns %}{% for town in towns %}{{ town.grouper }}{% endfor %}",
        "towns = %regroup(people, (regrouped item => |lower(regrouped item.town.name)))", "for town in towns:", "  %print(town.grouper)");
      expectBroken("{% regroup people by %}", ["{% regroup people by %}"]);
    });

    it("translates: what stands in a block reads plain names only, each once", () => {
      expectLowered("{% blocktranslate with a=b.c and d=e.f count n=xs.count trimmed %}{{ a }} {{ a.b }} {{ a }}{% plural %}{{ n }}{{ d|f }}{% endblocktranslate %}",
        "block:", "  a = b.c", "  d = e.f", "  n = xs.count", "  %print(a)", "  %print(n)");
      expectLowered("{% blocktrans count xs.count as n %}{{ n }}{% plural %}{{ n }}{% endblocktrans %}", "block:", "  n = xs.count", "  %print(n)");
      expectLowered('{% blocktrans asvar title %}x{% endblocktrans %}{{ title }}', "block:", "  pass", "title = format()", "%print(title)");
      expectLowered('{% trans "x" %}{% translate a.b context "menu" as c %}{% trans "y" noop %}', '%trans("x")', 'c = %translate(a.b, "menu")', '%trans("y")');
    });
  });

  describe("other templates", () => {
    it("includes", () => {
      expectLowered('{% include "a.html" %}', 'include "a.html"');
      expectLowered('{% include tpl with a=b.c d="x y" only %}', 'include tpl a=b.c d="x y" only');
      expectLowered('{% include "a.html" only with x=y %}', 'include "a.html" x=y only');
      expectLowered('{% include name|default:"b.html" %}', 'include |default(name, "b.html")');
      expectBroken("{% include %}", ["{% include %}"], "include opaque()");
      expectBroken('{% include "a.html" a=b %}', ["a=b"], 'include "a.html"');
    });

    it("keeps blocks apart from what is around them", () => {
      const facts = lower('{% extends "base.html" %}{% block a %}{{ x }}{% block b.c %}{{ y }}{% endblock b.c %}{% endblock %}');
      assert.equal(showTemplate(facts), ['extends "base.html"', "slot a", "== block b.c", "%print(y)", "== block a", "%print(x)", "slot b.c"].join("\n"));
      assert.deepEqual(facts.declares.template!.slots, ["b.c", "a"]);
      assert.deepEqual(Object.keys(facts.bodies).sort(), ["", slotId("a"), slotId("b.c")]);
    });

    it("shows a second block of a name where it stands", () => {
      expectBroken("{% block a %}{{ x }}{% endblock %}{% block a %}{{ y }}{% endblock %}", ["{% block a %}"], "slot a", "block:", "  %print(y)", "== block a", "%print(x)");
    });

    it("has partials", () => {
      expectLowered("{% partialdef row %}{{ x }}{% endpartialdef %}{% partial row %}", "slot partial row", "== block partial row", "%print(x)");
      expectLowered("{% partialdef row inline %}{{ x }}{% endpartialdef row %}", "slot partial row", "== block partial row", "%print(x)");
    });

    it("loads libraries", () => {
      assert.deepEqual(lower("{% load a b.c a %}{% load x y from d %}").declares.template!.loads, ["a", "b.c", "d"]);
    });

    it("lists the templates that it names", () => {
      assert.deepEqual(lower('{% extends a|default:"x.html" %}{% include "y.html" %}{% for o in os %}{% include "z/y.html" with o="no" %}{% endfor %}').declares.template!.references, ["x.html", "y.html", "z/y.html"]);
    });
  });

  describe("other tags", () => {
    it("are calls with what they read", () => {
      expectLowered(`{% url 'order' order.pk page=2 as link %}{% csrf_token %}{% cycle 'a' row.x silent %}{% firstof a b.c "d" %}{% widthratio a b 100 as w %}{% static 'x.css' %}{% now "Y" %}`,
        'link = %url("order", order.pk, page=2)', "%csrf_token()", '%cycle("a", row.x)', '%firstof(a, b.c, "d")', "w = %widthratio(a, b, 100)", '%static("x.css")', '%now("Y")');
    });

    it("leave out what is no expression", () => {
      expectLowered('{% image page.photo width-400 class+="x" as img %}{% get_comments for order.x as list %}{% tag a, b %}', "img = %image(page.photo)", "list = %get_comments(order.x)", "%tag(a, b)");
    });

    it("have content when an end follows", () => {
      expectLowered("{% box a.b %}{{ x }}{% endbox %}{% box c %}", "%box(a.b)", "block:", "  %print(x)", "%box(c)");
      expectLowered("{% box a %}{% box b %}{{ x }}{% endbox %}{{ y }}{% endbox %}", "%box(a)", "block:", "  %box(b)", "  block:", "    %print(x)", "  %print(y)");
      expectLowered('{% thumb a.b "1x1" as im %}{{ im.url }}{% endthumb %}', 'im = %thumb(a.b, "1x1")', "block:", "  %print(im.url)");
      expectLowered("{% ifhasperm a %}{{ x }}{% else %}{{ y }}{% endifhasperm %}", "if %ifhasperm(a):", "  %print(x)", "else:", "  %print(y)");
    });

    it("are blocks when they only change how things look", () => {
      expectLowered("{% filter upper %}{{ a }}{% endfilter %}{% autoescape off %}{{ b }}{% endautoescape %}{% spaceless %}{{ c }}{% endspaceless %}", "block:", "  %print(a)", "block:", "  %print(b)", "block:", "  %print(c)");
    });

    it("may be cached", () => {
      expectLowered("{% cache 500 sidebar user.pk %}{{ x.y }}{% endcache %}", "%cache(500, user.pk)", "cached block:", "  %print(x.y)");
      expectLowered("{% cached a %}{{ x }}{% endcached %}{% wagtailcache 5 'n' %}{{ y }}{% endwagtailcache %}{% nocache %}{{ z }}{% endnocache %}",
        "%cached(a)", "cached block:", "  %print(x)", '%wagtailcache(5, "n")', "cached block:", "  %print(y)", "%nocache()", "block:", "  %print(z)");
    });
  });

  describe("what is no code", () => {
    it("is passed over", () => {
      expectLowered('{# {{ a }} #}{% comment "why" %}{{ b }}{% if %}{% endcomment %}{% verbatim %}{{ c }}{% endverbatim %}{% verbatim x %}{% endverbatim %}{{ d }}{% endverbatim x %}{{ e }}', "%print(e)");
    });

    it("is text when a delimiter is not closed on its line", () => {
      expectLowered("a { b } {# c\n#} {{\n x }} {%\n y %} function() {if (a) {{\n}}", "");
      expectLowered("<style>a{b:c}</style><script>x = {a: {b: 1}}; y = `{{ z.y }}`</script>", "%print(z.y)");
    });

    it("does not hide what is in a comment of HTML, which is run as well", () => {
      expectLowered("<!-- {{ a.b }} -->", "%print(a.b)");
    });
  });

  describe("broken templates", () => {
    it("keep the structure around a tag that is being typed", () => {
      expectBroken("{% for x in xs %}\n{{ x.\n<p>{{ x.y }}</p>\n{% endfor %}{{ z }}", ["{{ x."], "for x in xs:", "  %print(x)", "  %print(x.y)", "%print(z)");
      expectBroken("{% for x in xs\n{{ x.y }}{% endfor %}", ["{% for x in xs"], "for x in xs:", "  %print(x.y)");
      expectBroken("{{ a.b <b>{{ c }}</b>", ["{{ a.b"], "%print(a.b)", "%print(c)");
      expectBroken("{% if a }{{ b }}{% endif %}", ["{% if a"], "if a:", "  %print(b)");
    });

    it("say which tag has no end, and which end no tag", () => {
      expectBroken("{% for x in xs %}{% if x.a %}{{ x.b }}{% endfor %}{{ y }}", ["{% if x.a %}"], "for x in xs:", "  if x.a:", "    %print(x.b)", "%print(y)");
      expectBroken("{% if a %}{{ b }}", ["{% if a %}"], "if a:", "  %print(b)");
      expectBroken("{{ a }}{% endif %}{% endfor %}{% else %}{{ b }}", ["{% endif %}", "{% endfor %}", "{% else %}"], "%print(a)", "%print(b)");
      expectBroken("{% block a %}{{ b }}", ["{% block a %}"], "slot a", "== block a", "%print(b)");
      expectBroken("{% comment %}{{ b }}", ["{% comment %}"], "");
      expectBroken("{% %}{{ b }}", ["{% %}"], "%print(b)");
      expectBroken("{% if a %}{{ 1 }}{% else %}{{ 2 }}{% else %}{{ 3 }}{% endif %}", ["{% else %}"], "if a:", "  %print(1)", "else:", "  %print(2)", "  %print(3)");
      expectBroken("{% blocktrans %}{{ a }}", ["{% blocktrans %}"], "block:", "  %print(a)");
    });

    it("never throw, whatever is cut off", () => {
      const text = `{% extends "b" %}{% load x %}{% block c %}{% for a, b in c.d|e:"f" reversed %}{% if not a.0 == "x" and b %}{{ a|b:c.d|e }}{% elif x %}{% include "y" with a=b only %}{% else %}{% with a=b %}{% url 'x' y=z as u %}{% endwith %}{% endif %}{% empty %}{% regroup a by b.c as d %}{% endfor %}{% blocktrans with a=b count c=d %}{{ a }}{% plural %}{% endblocktrans %}{% cache 1 a b %}{% endcache %}{% comment %}{% endcomment %}{# a #}{% endblock %}`;
      for (let length = 0; length <= text.length; length++) {
        lower(text.slice(0, length));
        lower(text.slice(length));
        lower(text.slice(0, length) + text.slice(length + 1));
      }
    });

    it("stay off the stack, however deep they nest", () => {
      const many = 20_000;
      for (const text of [
        "{% if a %}".repeat(many), "{% for a in b %}".repeat(many) + "{% endfor %}".repeat(many), `{{ a${"|f".repeat(many)} }}`, `{{ a${".f".repeat(many)} }}`,
        `{% if ${"not ".repeat(many)}a %}{% endif %}`, `{% if a${" and a".repeat(many)} %}{% endif %}`, `{% if a %}${"{% elif b %}{{ x }}".repeat(many)}{% endif %}`,
        "{% box %}".repeat(many) + "{% endbox %}".repeat(many), "{{ ".repeat(many), "{% comment %}".repeat(many), `{% block a %}`.repeat(many), "{# ".repeat(many), '{{ "'.repeat(many), "{%".repeat(many),
        `${"{% if a %}".repeat(400)}{{ a${".b".repeat(many)} }}`,
      ]) {
        const started = performance.now();
        const facts = lowerDjangoTemplate(text, uri);
        assert.ok(JSON.stringify(facts).length > 0);
        assert.ok(performance.now() - started < 2_000, `${text.slice(0, 20)}… takes ${performance.now() - started} ms`);
      }
    });
  });

  describe("suppressions", () => {
    const lines = (text: string): readonly [number, string, string][] => lower(text).suppressions.map((each) => [each.line, each.rules.join(), each.reason]);

    it("speak of their own line, or of the next one when they stand alone", () => {
      assert.deepEqual(lines("{{ a }} {# scale-hints: ignore[x] -- why #}\n"), [[0, "x", "why"]]);
      assert.deepEqual(lines("  {# scale-hints: ignore[x, y] #}\n{{ a }}"), [[1, "x,y", ""]]);
      assert.deepEqual(lines("{# scale-hints: ignore[x] #}{{ a }}\n"), [[0, "x", ""]]);
      assert.deepEqual(lines("<!-- scale-hints: ignore[x] -- because -->\n{# scale-hints: ignore #}\n{{ a }}"), [[2, "x", "because"], [2, "", ""]]);
      assert.deepEqual(lines("{% comment %} scale-hints: ignore[x] -- long {% endcomment %}\n{{ a }}"), [[1, "x", "long"]]);
    });

    it("may speak of the whole file, and mean nothing while they are typed", () => {
      assert.deepEqual(lower("{# scale-hints: ignore-file[x] #}").suppressions.map((each) => each.wholeFile), [true]);
      assert.deepEqual(lines("{# scale-hints: ignore[] #}{# other #}<!-- scale-hints -->"), []);
    });
  });

  it("has fingerprints without positions", () => {
    const a = lower("{% block a %}{{ x.y }}{% endblock %}");
    const b = lower("\n\n{% block a %}<p>{{ x.y }}</p>{% endblock %}");
    const c = lower("{% block a %}{{ x.z }}{% endblock %}");
    assert.deepEqual(a.fingerprint, b.fingerprint);
    assert.equal(a.fingerprint.declares, c.fingerprint.declares);
    assert.notEqual(a.fingerprint.bodies[slotId("a")], c.fingerprint.bodies[slotId("a")]);
  });

  it("is plain data", () => {
    const facts = lower("{% for a in b %}{{ a.b }}{% endfor %}");
    assert.deepEqual(JSON.parse(JSON.stringify(facts)), { ...facts, bodies: { ...facts.bodies }, fingerprint: { ...facts.fingerprint, bodies: { ...facts.fingerprint.bodies } } });
  });
});
