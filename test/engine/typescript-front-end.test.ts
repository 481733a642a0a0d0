import assert from "node:assert/strict";
import type { Call, ClassDeclaration, Expression, FileFacts } from "../../server/src/engine/facts";
import { lowerTypeScript } from "../../server/src/engine/languages/typescript";
import { createParsers, type GrammarName, type Parsers } from "../../server/src/engine/syntax";
import { sameTree } from "../../server/src/engine/syntax/memory";
import { loadGrammars } from "../../server/src/host/node/grammars";
import { show, showFunction, showImport, showStatement } from "./show-typescript";

/** Most of the language in a few lines. */
const PROGRAM = [
  "import a, { type b as c } from 'm'; import * as d from './n';", "export { e as f } from 'o'; export * from 'p';",
  "@D({ x: 1 }) export class A<T> extends B<T> implements C {", "  @F() private readonly g?: H<T>[] = [1, ...z];", "  constructor(@I(J) private k: K, { l, m = 1 }: M, ...n: N[]) { super(k); this.o = l }",
  "  async *p(): AsyncGenerator<Q> { for await (const { r } of s?.t!.u ?? []) yield* r }", "  static { v() } get w() { return `é😀${this.g}` }", "}",
  "export const x = async (y: number, z = 2) => { switch (y) { case 1: case 2: await a(); break; default: return } };",
  "function f(this: A) { try { do { a.b.c ??= 1; i++ } while (d) } catch ({ e }) { throw new E(e) } finally { delete a.b } }",
  "lbl: for (let i = 0, j; i < 3; i++) { for (const k in o) continue lbl }", "export default { a, [b]: c as D, ...e, async f() {}, get g() { return 1 } } satisfies G;",
  "const q = db.sql<R[]>`select ${x} from y`; enum E { A, B = 'b' } interface I extends J { a?: string; m(): void } type T = A['b'] | typeof c | keyof D;", "",
].join("\n");
const PAGE = "const App = <T,>({ a }: P<T>) => <div {...a} b='c'>é😀 {a.map((x) => <B.C key={x} d>{/* e */}{x}</B.C>)}<></></div>;\n";

describe("TypeScript front end", () => {
  let parsers: Parsers;

  before(async () => {
    parsers = await createParsers(await loadGrammars());
  });

  after(() => parsers.dispose());

  const lower = (text: string, name = "a.ts"): FileFacts => lowerTypeScript(text, `file:///${name}`, parsers);
  const body = (text: string, id = "", name = "a.ts"): string[] => lower(text, name).bodies[id].map(showStatement);
  const one = (text: string, name = "a.ts"): string => {
    const statements = body(text, "", name);
    assert.equal(statements.length, 1, statements.join("; "));
    return statements[0];
  };
  const value = (text: string, name = "a.ts"): Expression => {
    const [statement] = lower(text, name).bodies[""];
    assert.ok(statement.kind === "expression", statement.kind);
    return statement.expression;
  };
  const covered = (text: string, node: { readonly start: number; readonly end: number }): string => text.slice(node.start, node.end);
  const attributes = ({ attributes: all }: ClassDeclaration): string[] => all.map((each) => [
    ...(each.decorators ?? []).map((decorator) => `@${show(decorator)} `), each.isStatic ? "static " : "", each.name, each.isOptional ? "?" : "",
    each.annotation ? `: ${show(each.annotation)}` : "", each.value ? ` = ${show(each.value)}` : "",
  ].join(""));
  const values = (text: string, name = "a.ts"): string[] => lower(text, name).declares.values.map((each) => `${each.name}${each.annotation ? `: ${show(each.annotation)}` : ""}${each.value ? ` = ${show(each.value)}` : ""}`);

  describe("trees", () => {
    for (const [grammar, program] of [["typescript", PROGRAM], ["tsx", PROGRAM + PAGE]] as const) {
      it(`of ${grammar} are the same whether read from memory or through the cursor`, async () => {
        const names: readonly GrammarName[] = [grammar];
        const cursors = await createParsers(await loadGrammars(undefined, names), { reading: "cursor" });
        assert.equal(cursors.reading(grammar), "cursor");
        // A runtime with another layout would still work, only slower: that should not go unnoticed.
        assert.equal(parsers.reading(grammar), "memory");
        const texts = [program, program.replaceAll("\n", "\r\n"), "", "\0", "\uFEFFa", "a!", "x = a as\ny", "(".repeat(3_000), `${"a.".repeat(3_000)}b`];
        for (let at = 0; at < program.length; at += 7) texts.push(program.slice(0, at), program.slice(at), program.slice(0, at) + program.slice(at + 5));
        for (const text of texts) assert.ok(sameTree(parsers.parse(text, grammar), cursors.parse(text, grammar)), JSON.stringify(text.slice(0, 200)));
        cursors.dispose();
      });
    }
  });

  describe("expressions", () => {
    const cases: readonly (readonly [source: string, shown: string])[] = [
      ["a.b.c", "a.b.c"],
      ["a?.b.c", "a?.b.c"],
      ["a?.(b)", "a?.(b)"],
      ["a?.[0]", "a[0]"],
      ["a!.b!", "a.b"],
      ["f(a, ...b)", "f(a, ...b)"],
      ["f<A, B[]>(c)", "f<A, Array[B]>(c)"],
      ["new A", "new A()"],
      ["new A.B<C>(d)", "new A.B<C>(d)"],
      ["a[b]", "a[b]"],
      ["[a, , ...b]", "list<a, opaque<>, ...b>"],
      ["({ a, b: 1, 'c': 2, [d]: 3, ...e, 4: 5 })", '{"a": a, "b": 1, "c": 2, d: 3, ...e, 4: 5}'],
      ["({ async f() {}, get g() { return 1 }, h: () => 1 })", '{"f": function %1, "g": opaque<function %2>, "h": function %3}'],
      ["a + b * c ** d", "(a + (b * (c ** d)))"],
      ["a === b", "(a == b)"],
      ["a !== b", "(a != b)"],
      ["a instanceof B", "(a instanceof B)"],
      ["'a' in b", '("a" in b)'],
      ["a && b || (c ?? d)", "((a and b) or (c coalesce d))"],
      ["!a", "(not a)"],
      ["-a", "(- a)"],
      ["typeof a", "(typeof a)"],
      ["void a", "(void a)"],
      ["a ? b : c", "(a ? b : c)"],
      ["await a.b()", "await a.b()"],
      ["a as B<C>", "(a as B[C])"],
      ["a as unknown as B", "((a as unknown) as B)"],
      ["a satisfies B", "(a satisfies B)"],
      ["<B>a", "(a as B)"],
      ["({ a: 1 } as const)", '{"a": 1}'],
      ["f(a = b)", "f((a := b))"],
      ["f(a += b)", "f((a := (a + b)))"],
      ["f(a ??= b)", "f((a := (a coalesce b)))"],
      ["f(i++, --j)", "f((i := (i + 1)), (j := (j - 1)))"],
      ["f((a, b))", "f(opaque<a, b>)"],
      ["`a${b}c\\n${d}`", 'format{"a" b "c\\n" d ""}'],
      ["`plain`", '"plain"'],
      ["sql`a ${b}`", 'sql`format{"a " b ""}`'],
      ["sql<A>`a`", 'sql<A>`"a"`'],
      ["await sql<A[]>`a`", 'await sql<Array[A]>`"a"`'],
      ["await a.b<A.C>`x`.d(e)", 'await a.b<A.C>`"x"`.d(e)'],
      ["await sql<A[]>`x`.execute(db, f(y))[0]", 'await sql<Array[A]>`"x"`.execute(db, f(y))[0]'],
      ["f(await a.b<A[]>`x`, c)", 'f(await a.b<Array[A]>`"x"`, c)'],
      ["f(sql<A | B | null>`a`.as('b'))", 'f(sql<((A | B) | null)>`"a"`.as("b"))'],
      ["sql<A<B>>`a`", 'sql<A[B]>`"a"`'],
      ["await a.b<A[]>`x ${y}`", 'await a.b<Array[A]>`format{"x " y ""}`'],
      ["/a\\/b/gi", "opaque<>"],
      ["import.meta.env", "opaque<>.env"],
      ["import('./a')", 'import("./a")'],
      ["async () => { await a }", "function %1"],
      ["(function* named() { yield* a; yield })", "function %1"],
      ["class extends A {}", "class %1"],
      ["null", "null"], ["undefined", "null"], ["true", "true"],
      ["1_000", "1000"], ["0xff", "255"], ["10n", "10"], ["1.5e3", "1500"],
      ["this.a", "this.a"],
      ["super.a(b)", "super.a(b)"],
      ["f<A>", "f[A]"],
      ["a\n  // note\n  .b()", "a.b()"],
    ];
    for (const [source, shown] of cases) {
      it(source, () => {
        assert.equal(one(source), shown);
        assert.deepEqual(lower(source).errors, []);
      });
    }

    it("gives calls the offsets of their parentheses", () => {
      const text = "foo . bar ( 1, ...x )";
      const call = value(text) as Call;
      assert.equal(text[call.open], "(");
      assert.equal(text[call.close], ")");
      assert.equal(covered(text, call.arguments[1]), "...x");
      assert.equal(covered(text, call.arguments[1].value), "x");
    });

    it("puts an await before a typed tag around the whole template", () => {
      const text = "await prisma.$queryRaw<User[]>`a ${x}`";
      const awaited = value(text);
      assert.ok(awaited.kind === "await");
      assert.equal(covered(text, awaited.operand), "prisma.$queryRaw<User[]>`a ${x}`");
      for (const type of ["number", "A[]"]) {
        const chained = `await sql<${type}>\`a\`.execute(db)`;
        const call = value(chained);
        assert.ok(call.kind === "await" && call.operand.kind === "call" && call.operand.callee.kind === "attribute");
        assert.deepEqual([call, call.operand, call.operand.callee, call.operand.callee.object].map((each) => covered(chained, each)), [
          chained, `sql<${type}>\`a\`.execute(db)`, `sql<${type}>\`a\`.execute`, `sql<${type}>\`a\``,
        ]);
      }
    });

    it("decodes strings", () => {
      for (const [source, expected] of [["'a\\n\\x41\\u00e9\\u{1F600}\\q'", "a\nAé😀q"], ['"a\\\nb"', "ab"], ["`a\r\nb`", "a\nb"]]) {
        const literal = value(`(${source})`);
        assert.ok(literal.kind === "literal");
        assert.equal(literal.value, expected);
      }
    });
  });

  describe("elements", () => {
    const cases: readonly (readonly [source: string, shown: string])[] = [
      ["<A/>", "<>A({})"],
      ["<A.B c='d' e={f} {...g} h>{i} text {/* j */}<K/></A.B>", '<>A.B({"c": "d", "e": f, ...g, "h": true, "children": list<i, <>K({})>})'],
      ["<div a={b} {...c}>{d}<E/></div>", "opaque<b, c, d, <>E({})>"],
      ["<><A/>{b}</>", "opaque<<>A({}), b>"],
      ["<A<B> c={1}/>", '<>A<B>({"c": 1})'],
    ];
    for (const [source, shown] of cases) it(source, () => assert.equal(one(`(${source})`, "a.tsx"), shown));
  });

  describe("statements", () => {
    const cases: readonly (readonly [source: string, shown: string])[] = [
      ["const a = b", "a = b"],
      ["let a: B<C>", "a: B[C]"],
      ["let a", "a = null"],
      ["const { a, b: c, d = 1, e: { f }, ...g } = h", '{"a": a, "b": c, "d": (d coalesce 1), "e": {"f": f}, ...g} = h'],
      ["const [a, , b = 1, ...c] = d", "list<a, opaque<>, (b coalesce 1), ...c> = d"],
      ["({ a, b: c.d, e = 1 } = f)", '{"a": a, "b": c.d, "e": (e coalesce 1)} = f'],
      ["[a, b] = [b, a]", "list<a, b> = list<b, a>"],
      ["a = b = c", "a = b = c"],
      ["a.b += c", "a.b += c"],
      ["a ??= b", "a = (a coalesce b)"],
      ["i++", "i += 1"],
      ["delete a.b", "delete a.b"],
      ["using a = b()", "a = b()"],
      ["await using a = b()", "a = b()"],
      ["if (a) b(); else if (c) d(); else { e() }", "if a {b()} else {if c {d()} else {e()}}"],
      ["for (const [a, b] of c) d", "for list<a, b> in c {d}"],
      ["for await (const a of b) {}", "async for a in b {}"],
      ["for (const a in b) {}", "for a in keys of b {}"],
      ["for (;;) { break }", "while true {break}"],
      ["while (a) { continue }", "while a {continue}"],
      ["do { a() } while (b)", "while true {a(); if (not b) {break}}"],
      ["try { a } catch (e) { b } finally { c }", "try {a} catch e {b} finally {c}"],
      ["try { a } catch { b }", "try {a} catch {b}"],
      ["try { a } catch ({ message }) { b }", 'try {a} catch {{"message": message} = opaque<>; b}'],
      ["throw new A(b)", "raise new A(b)"],
      ["switch (a) { case 1: b(); break; case 'c': case D.E: { d(); break } default: e() }", 'match a {1 {b()}; "c" | D.E {d()}; any {e()}}'],
      ["switch (a) { case 1: b(); case 2: c(); break; case 3: return }", "match a {1 {b(); c()}; 2 {c()}; 3 {return}}"],
      ["switch (a) { default: x(); case 1: y() }", "match a {1 {y()}; any {x(); y()}}"],
      ["switch (a) { case 1: if (b) break; c() }", "match a {1 {if b {pass}; c()}}"],
      ["switch (a) { case 1: for (const b of c) { if (b) break } }", "match a {1 {for b in c {if b {break}}}}"],
      ["a: for (const b of c) { for (const d of e) continue a }", "for b in c {for d in e {break}}"],
      ["a: for (const b of c) { continue a }", "for b in c {continue}"],
      ["a: for (;;) switch (b) { case 1: break a }", "while true {match b {1 {break}}}"],
      ["a = function () {}", "a = function %1"],
      ["const a = require('b')", "import b/ as a"],
      ["const { a: b, ...c } = require('d')", "import d/a as b, d/ as c"],
      ["const a = require('b').c", "import b/c as a"],
      ["import a = B.C", "a = B.C"],
      ["const a = require('b')(c)", 'a = require("b")(c)'],
      ["'use server'", '"use server"'],
    ];
    for (const [source, shown] of cases) {
      it(source, () => {
        assert.equal(one(source), shown);
        assert.deepEqual(lower(source).errors, []);
      });
    }

    it("takes a for loop apart", () => {
      assert.deepEqual(body("for (let i = 0, j = 1; i < n; i++, j--) f(i)"), ["i = 0", "j = 1", "while (i < n) {f(i); i += 1; j -= 1}"]);
      assert.deepEqual(values("for (let i = 0; i < n; i++) {}"), []);
    });

    it("has one statement for each variable", () => {
      const text = "const a = 1, b = 2;\nconst c = 3;\n";
      const { values: declared } = lower(text).declares;
      assert.deepEqual(declared.map((each) => covered(text, each)), ["a = 1", "b = 2", "const c = 3;"]);
    });

    it("puts function declarations first in their block", () => {
      assert.deepEqual(body("a(); function a() {} if (b) { c(); function c() {} }"), ["def a", "a()", "if b {def c; c()}"]);
    });

    it("says which names belong to a scope around", () => {
      assert.deepEqual(body("function f(a) { let b; a = b = c = 1; const g = () => { b++; d ??= 1 }; for (e of a); for (const h of a); }", "f")[0], "scope c, e");
      assert.deepEqual(body("function f() { let b; const g = () => { b++; d ??= 1 } }", "f.%1")[0], "scope b, d");
      assert.deepEqual(body("function f() { const { a } = b; ({ a } = c) }", "f")[0], '{"a": a} = b');
    });

    it("does not double statements of long switches that run on", () => {
      const text = `switch (a) {${Array.from({ length: 400 }, (_, at) => `case ${at}: b(${at});`).join("\n")}}`;
      assert.ok(JSON.stringify(lower(text)).length < 400_000);
      const nested = (depth: number): string => (depth === 0 ? "x();" : `switch (a) {${Array.from({ length: 4 }, (_, at) => `case ${at}: ${nested(depth - 1)}`).join("\n")}}`);
      assert.ok(JSON.stringify(lower(nested(5))).length < 40_000_000);
      const names = Array.from({ length: 500 }, (_, at) => `a${at}`);
      assert.ok(JSON.stringify(lower(`const { ${names.join(", ")} } = { ${names.map((each) => `${each}: () => b`).join(", ")} };`)).length < 2_000_000);
    });
  });

  describe("types", () => {
    const cases: readonly (readonly [source: string, shown: string])[] = [
      ["A", "A"], ["A.B.C", "A.B.C"], ["A<B, C[]>", "A[tuple<B, Array[C]>]"], ["Promise<A | null>", "Promise[(A | null)]"], ["A | B & C", "(A | (B & C))"],
      ["| A\n| B", "(A | B)"], ["readonly A[]", "Array[A]"], ["(A)", "A"], ["[A, b: B, ...C[]]", "tuple<A, B, ...Array[C]>"], ["'a' | 1 | undefined", '(("a" | 1) | null)'],
      ["{ a: A; b?: B; c(): void }", '{"a": A, "b": B, "c": opaque<>}'], ["typeof a.b", "(typeof a.b)"], ["string", "string"], ["(a: A) => B", "opaque<>"], ["A['b']", 'opaque<A, "b">'],
      ["keyof A", "opaque<>"], ["A extends B ? C : D", "opaque<>"], ["import('a').B", 'import("a").B'],
    ];
    for (const [source, shown] of cases) {
      it(source, () => {
        assert.equal(one(`let x: ${source}`), `x: ${shown}`);
        const [alias] = lower(`export type X<T> = ${source}`).declares.types!;
        assert.equal(show(alias.annotation!), shown);
      });
    }
  });

  describe("functions", () => {
    const functions = (text: string, name?: string): string[] => lower(text, name).declares.functions.map((each) => `${each.id} | ${showFunction(each)}`);

    it("have the names that they are declared under", () => {
      assert.deepEqual(functions("async function f<T>(a: A, b?: B, c = 1, ...d: D[]): Promise<T> {}"), ["f | async f(a: A, b: B, c = 1, ...d: Array[D]): Promise[T]"]);
      assert.deepEqual(functions("function* f() { yield 1 }"), ["f | * f()"]);
      assert.deepEqual(functions("const f = async (a) => a, g = function () {}, h: H<A> = (b) => {}, i = ((c) => {}) as I;"), ["f | async f(a)", "g | g()", "h | h(b) as H[A]", "i | i(c) as I"]);
      assert.deepEqual(functions("function f() {} function f() {}"), ["f | f()", "f#2 | f()"]);
      assert.deepEqual(body("const f = (a) => a.b", "f"), ["return a.b"]);
    });

    it("take their parameters apart", () => {
      assert.deepEqual(functions("function f(this: A, { a, b: [c] }: B = {}, [d], ...[e]) {}"), ['f | f(%0 {"a": a, "b": list<c>}: B = {}, %1 list<d>, ...%2 list<e>)']);
    });

    it("count their closures", () => {
      const text = "function f() { a(() => { b(() => 1) }); const c = function () {}; function d() { return () => 2 } }\ne((x) => x);\nclass G { h = () => 3; i() { return () => 4 } }\n";
      const { closures, bodies } = lower(text);
      assert.deepEqual(closures?.map((each) => `${each.id} ${each.name}`), ["f.%1 ", "f.%1.%1 ", "f.%2 c", "f.d.%1 ", "%1 ", "G.%1 h", "G.i.%1 "]);
      assert.ok(closures!.every((each) => each.id in bodies));
      assert.equal(covered(text, closures![0]), "() => { b(() => 1) }");
      assert.equal(text.slice(closures![2].nameStart, closures![2].nameEnd), "c");
    });

    it("that have no body are signatures, and give way to one that has", () => {
      assert.deepEqual(functions("function f(a: string): void; function f(a: any) {}"), ["f | f(a: any)"]);
      assert.deepEqual(functions("declare function f(a: string): A; export declare function g(): B"), ["f | abstract f(a: string): A", "g | abstract g(): B"]);
      assert.equal(lower("declare function f(): A").bodies.f, undefined);
    });

    it("start at their export", () => {
      const text = "export default async function f() {}\nexport const g = () => {};\n";
      assert.deepEqual(lower(text).declares.functions.map((each) => covered(text, each)), ["export default async function f() {}", "export const g = () => {};"]);
    });
  });

  describe("classes", () => {
    const first = (text: string, name?: string): ClassDeclaration => lower(text, name).declares.classes[0];

    it("have bases, interfaces, decorators and members", () => {
      const text = [
        "@Entity('users') export abstract class A<T> extends B<T> implements C, D<E> {", "  @Column({ a: 1 }) readonly f?: F<T> = g;", "  static h = 1; #i = 2; 'j k': J; [l]: L; declare m: M;",
        "  arrow = async (a) => this.f;", "  @Get() @Use(X) async n(@Body() o: O): Promise<P> {}", "  static async *q() {}", "  get r() { return 1 } set r(v) {}", "  s(a: string): void; s(a: any) {}",
        "  abstract t(): T;", "  [key: string]: any;", "  static { u(this) }", "}",
      ].join("\n");
      const a = first(text);
      assert.deepEqual([a.bases.map(show), a.implements?.map(show), a.decorators.map(show)], [["B[T]"], ["C", "D[E]"], ['Entity("users")']]);
      assert.deepEqual(attributes(a), ['@Column({"a": 1}) f?: F[T] = g', "static h = 1", "#i = 2", "j k: J", "[l]: L", "m: M", "arrow = function A.%1"]);
      assert.deepEqual(a.methods.map((each) => `${each.id} | ${showFunction(each)}`), [
        "A.n | @Get() @Use(X) async n(@Body() o: O): Promise[P]", "A.q | static async * q()", "A.r | get r()", "A.r#2 | set r(v)", "A.s | s(a: any)", "A.t | abstract t(): T",
      ]);
      assert.deepEqual(body(text), ["class A", "u(this)"]);
      assert.ok(text.slice(a.bodyStart).startsWith("@Column"));
      assert.equal(covered(text, a), text);
      assert.equal(covered(text, a.attributes[0]), "@Column({ a: 1 }) readonly f?: F<T> = g");
      assert.ok(covered(text, a.methods[0]).startsWith("@Get() @Use(X) async n"));
      assert.deepEqual(lower(text).errors, []);
    });

    it("have what their constructors declare and assign", () => {
      const text = "class A { d = 1; constructor(@I(R) private readonly a: R<U>, public b = 2, c: C, e) { super(); this.c = c; this.d = 3; if (e) this.f = new F(); } }";
      assert.deepEqual(attributes(first(text)), ["d = 1", "@I(R) a: R[U]", "b = 2", "c: C = c", "f = new F()"]);
      assert.deepEqual(first(text).methods.map(showFunction), ["constructor(@I(R) a: R[U], b = 2, c: C, e)"]);
    });

    it("may be interfaces, enums and namespaces", () => {
      const text = "interface A extends B<C> { a?: string; b(): D } enum E { F, G = 5, H, 'i' = 'j' } namespace N { export const k = 1; export function l() {} } declare module 'm' { } declare global { var x: Y }";
      const [a, e, n] = lower(text).declares.classes;
      assert.deepEqual([a.form, a.bases.map(show), attributes(a), a.methods.map(showFunction)], ["interface", ["B[C]"], ["a?: string"], ["abstract b(): D"]]);
      assert.deepEqual([e.form, attributes(e)], ["enum", ["static F = 0", "static G = 5", "static H = 6", 'static i = "j"']]);
      assert.deepEqual([n.form, attributes(n), n.methods.map(showFunction)], [undefined, ["static k = 1"], ["static l()"]]);
      assert.equal(lower(text).declares.classes.length, 3);
      assert.deepEqual(lower(text).declares.values, []);
    });

    it("take decorators on either side of their export", () => {
      assert.deepEqual([first("@A() export class B {}"), first("export @A() class B {}"), first("@A() class B {}"), first("@A() export default class B {}")].map((each) => each.decorators.map(show)), [["A()"], ["A()"], ["A()"], ["A()"]]);
    });

    it("know methods of classes in functions", () => {
      const { bodies } = lower("module.exports = (s) => { class User extends Model { static associate(m) { a } } return User }", "a.js");
      assert.deepEqual(bodies["export=.User.associate"].map(showStatement), ["a"]);
    });
  });

  describe("modules", () => {
    it("import in every form", () => {
      const text = [
        "import a, { b, c as d, type e, default as f } from 'm'", "import * as g from './n'", "import type { h } from 'o'", "import 'p'", "import i = require('q')", "import type j from 'r'", "const k = require('s')", "",
      ].join("\n");
      assert.deepEqual(lower(text).declares.imports.map(showImport), [
        "m/default as a", "m/b as b", "m/c as d", "type m/e as e", "m/default as f", "./n/ as g", "type o/h as h", "p/ as ", "q/ as i", "type r/default as j", "s/ as k",
      ]);
      assert.deepEqual(lower(text).declares.imports.map((each) => covered(text, each)).slice(0, 6), ["a", "b", "c as d", "type e", "default as f", "* as g"]);
    });

    const exported = (text: string, name = "a.ts"): readonly unknown[] => {
      const { exports, renames } = lower(text, name).declares;
      return [exports?.join(" "), (renames ?? []).map((each) => `${each.local} as ${each.exported}`).join(", ")];
    };

    it("export in every form", () => {
      assert.deepEqual(exported("export const a = 1, { b } = c; export function d() {} export class E {} export interface F {} export type G = H; export enum I {}"), ["a b d E F G I", ""]);
      assert.deepEqual(exported("export { a, b as c, type d }; export default a"), ["a c d default", "b as c, a as default"]);
      assert.deepEqual(exported("export default function f() {}"), ["default", "f as default"]);
      assert.deepEqual(exported("export default class A {}"), ["default", "A as default"]);
      assert.deepEqual(exported("export default async () => {}"), ["default", ""]);
      assert.deepEqual(body("export default async () => {}"), ["def default"]);
      assert.deepEqual(body("export default class {}"), ["class default"]);
      assert.deepEqual(values("export default new A()"), ["default = new A()"]);
      assert.deepEqual(exported("export = a"), ["export=", "a as export="]);
      assert.deepEqual(exported("export { a as b } from 'm'; export * from 'n'; export * as c from 'o'; export { default } from 'p'"), ["b c default", ""]);
      assert.deepEqual(lower("export { a as b, type x } from 'm'; export * from 'n'; export * as c from 'o'; export type { d } from 'p'").declares.imports.map(showImport), [
        "export m/a as b", "export type m/x as x", "export n/* as ", "export o/ as c", "export type p/d as d",
      ]);
    });

    it("export as Node's older modules do", () => {
      assert.deepEqual(exported("exports.a = async (b) => {}; module.exports.c = d; exports.e = 1; exports.f = f", "a.js"), ["a c e f", "d as c"]);
      assert.deepEqual(body("exports.a = async (b) => {}; exports.e = 1", "", "a.js"), ["def a", "e = 1"]);
      assert.deepEqual(exported("module.exports = { a, b: c, d() {}, e: () => {}, ...require('./f'), g: require('./h') }", "a.js"), ["a b d e g", "c as b"]);
      assert.deepEqual(exported("module.exports = a", "a.js"), ["export=", "a as export="]);
      assert.deepEqual(body("module.exports = (s) => { return s }", "export=", "a.js"), ["return s"]);
      assert.deepEqual(exported("module.exports = class A {}", "a.js"), ["export=", "A as export="]);
      assert.deepEqual(values("module.exports = { a: { b: 1 }, c: d }", "a.js"), ['export= = {"a": {"b": 1}, "c": d}', 'a = {"b": 1}']);
      assert.deepEqual(exported("exports.a = exports.b = c", "a.js"), ["b a", "c as b, c as a"]);
      assert.deepEqual(exported("exports = module.exports = a", "a.js"), ["export=", "a as export="]);
      assert.deepEqual(exported("module.exports.a = exports.b = async () => {}", "a.js"), ["b a", "b as a"]);
      assert.deepEqual(exported("const a = 1; let b; exports.c = b = f(a)", "a.js"), ["c", "b as c"]);
      assert.deepEqual(body("let b; exports.c = b = f(a)", "", "a.js"), ["b = null", "b = f(a)"]);
      assert.deepEqual(lower(`${Array.from({ length: 200 }, (_, at) => `exports.a${at} = `).join("")}void 0; exports.a1 = a1;`, "a.js").declares.exports, ["a1"]);
    });

    it("declare the parts of what is taken apart", () => {
      assert.deepEqual(values("export const { a, b: { c = 1 }, ...d } = e, [f, g = 2] = h, [i] = [1]"), ["a = e.a", "c = (e.b.c coalesce 1)", "d = opaque<e>", "f = h[0]", "g = (h[1] coalesce 2)", "i = 1"]);
    });

    it("say which methods they call", () => {
      assert.deepEqual(lower("User.hasMany(Order); await app.listen(1); f(); register(app); if (x) router.get('/', h)").declares.calls?.map(show), ["User.hasMany(Order)", "app.listen(1)", "register(app)", 'router.get("/", h)']);
    });
  });

  describe("pages", () => {
    it("hold scripts whose offsets are those of the page", () => {
      const page = [
        "<script lang=\"ts\">", "export const load = async (): Promise<A> => api.a();", "</script>", "<!-- <script>nothing()</script> -->", "<template><p v-if=\"a > b\">{{ é😀 }}</p></template>",
        "<script setup lang='ts' generic=\"T extends A<B>\">", "import { b } from './b';", "const c = ref<number>(1);", "</script>", "<style>a { b: c }</style>", "",
      ].join("\r\n");
      for (const name of ["a.vue", "a.svelte"]) {
        const { declares, errors } = lower(page, name);
        assert.deepEqual(errors, []);
        assert.deepEqual(declares.functions.map((each) => covered(page, each)), ["export const load = async (): Promise<A> => api.a();"]);
        assert.deepEqual(declares.imports.map((each) => covered(page, each)), ["b"]);
        assert.deepEqual(declares.values.map((each) => covered(page, each)), ["const c = ref<number>(1);"]);
      }
    });

    it("may hold none", () => assert.deepEqual(lower("<template><p>a</p></template>", "a.vue").bodies[""], []));
  });

  describe("what the grammars stumble over", () => {
    const cases: readonly (readonly [source: string, shown: readonly string[], name?: string])[] = [
      ["const using = f(using); if (using !== undefined && g(using)) h();", ["using = f(using)", "if ((using != null) and g(using)) {h()}"]],
      ["using a = b(); const using = c;", ["a = b()", "using = c"]],
      ["let a: { b: B; in: 'c' | 'd'; e: E }; f({ in: g });", ['a: {"b": B, "in": ("c" | "d"), "e": E}', 'f({"in": g})']],
      ["let a: (string) => any = b((row) => 1);", ["a: opaque<> = b(function %1)"]],
      ["export type * from './a'; export type * as b from './c';", ["import export type ./a/* as ", "import export type ./c/ as b"]],
      ["f(<A>Terms & <b>More & more</b> {a & b}</A>);", ['f(<>A({"children": list<opaque<>, (a & b)>}))'], "a.tsx"],
      ["f(await g<typeof import('a/b')>());", ["f(await g<opaque<>>())"]],
      ["f(<A href='https://a.b?c=d&e=f' g={h}/>);", ['f(<>A({"href": "https://a.b?c=d&e=f", "g": h}))'], "a.tsx"],
    ];
    for (const [source, shown, name] of cases) {
      it(source, () => {
        assert.deepEqual(body(source, "", name), shown);
        assert.deepEqual(lower(source, name).errors, []);
      });
    }
  });

  describe("broken code", () => {
    it("does not join lines at a dot that was just typed", () => {
      assert.deepEqual(body("for (const o of qs) {\n  o.\n  next();\n}"), ["for o in qs {opaque<o>()}"]);
      assert.deepEqual(body("a.\nb = 1"), ["opaque<a> = 1"]);
    });

    it("keeps the well-formed statements around an error", () => {
      const all = JSON.stringify(lower("const a = 1;\nfoo(x, = 2;\n\nconst b = 3;\nfunction f() { return 4 }\n").bodies);
      assert.ok(all.includes('"name":"a"') && all.includes('"value":4'));
    });

    it("has an answer for every prefix of a program, in order and inside the text", () => {
      const check = (item: unknown, text: string): void => {
        if (Array.isArray(item)) return item.forEach((each) => check(each, text));
        if (item === null || typeof item !== "object") return;
        const { start, end } = item as { start?: number; end?: number };
        if (start !== undefined && end !== undefined) assert.ok(start >= 0 && start <= end && end <= text.length, JSON.stringify([text.slice(-80), item]));
        Object.values(item).forEach((each) => check(each, text));
      };
      for (const [name, program] of [["a.ts", PROGRAM], ["a.tsx", PROGRAM.replace("<B>a", "a") + PAGE]]) {
        for (let length = 0; length <= program.length; length++) {
          for (const text of length % 3 === 0 ? [program.slice(0, length), program.slice(length)] : [program.slice(0, length)]) {
            const facts = lower(text, name);
            check(facts.declares, text);
            check(facts.bodies, text);
            check(facts.closures ?? [], text);
          }
        }
      }
    }).timeout(120_000);

    it("reads empty texts, lone comments and texts that are no code at all", () => {
      for (const source of ["", "\n", "   ", "// only", "/* open", "\uFEFF", "\\", "}}}", "<html>&nbsp;</html>", "\ud800", "'", "`", "`${", "\0", "#!/usr/bin/env node\n", "@", "export", "export default", "import", "module.exports =", "class", "function", "switch (", "const {"]) {
        for (const name of ["a.ts", "a.js", "a.vue"]) assert.doesNotThrow(() => structuredClone(lower(source, name)), JSON.stringify(source));
      }
      assert.deepEqual(lower("").bodies[""], []);
    });
  });

  describe("deep nesting", () => {
    const deep: Readonly<Record<string, string>> = {
      parentheses: `${"(".repeat(20_000)}a${")".repeat(20_000)}`,
      "unclosed lists": "x = [".repeat(5_000),
      objects: `x = ${"{ a: ".repeat(5_000)}1${" }".repeat(5_000)}`,
      "call chain": `a${".b()".repeat(20_000)}`,
      "binary operators": `a${" + b".repeat(50_000)}`,
      negations: `${"!".repeat(20_000)}a`,
      arrows: `${"() => ".repeat(5_000)}a`,
      "else chain": `if (a) b();${" else if (c) d();".repeat(5_000)}`,
      "assignment chain": `${"a = ".repeat(20_000)}b`,
      "nested blocks": `${"{".repeat(5_000)}a${"}".repeat(5_000)}`,
      "nested functions": `${"function f() {".repeat(2_000)}a${"}".repeat(2_000)}`,
      "nested classes": `${"class A { b() {".repeat(1_000)}a${"} }".repeat(1_000)}`,
      "unions of types": `let x: ${"A | ".repeat(20_000)}B`,
      "nested types": `let x: ${"A<".repeat(5_000)}B${">".repeat(5_000)}`,
      templates: `x = ${"`${".repeat(2_000)}a${"}`".repeat(2_000)}`,
      patterns: `const ${"[".repeat(5_000)}${"]".repeat(5_000)} = x`,
    };
    for (const [name, text] of Object.entries(deep)) {
      it(name, () => {
        // Consumers recurse over facts; so do these two.
        const facts = lower(text);
        JSON.stringify(facts);
        structuredClone(facts);
      });
    }
    it("elements", () => void structuredClone(lower(`${"<A b={".repeat(2_000)}c${"}/>".repeat(2_000)}`, "a.tsx")));
  });

  describe("suppressions", () => {
    it("speak of their own line, or of the next when they stand alone", () => {
      const text = [
        "a();  // scale-hints: ignore[rule-a, rule-b] -- small table", "// scale-hints: ignore", "b();", "/* scale-hints: ignore[x] -- why */", "// scale-hints: ignore[y]", "c();",
        "f(/* scale-hints: ignore[z] */ d);", "",
      ].join("\n");
      const { suppressions } = lower(text);
      assert.deepEqual(suppressions.map(({ rules, reason, line }) => ({ rules, reason, line })), [
        { rules: ["rule-a", "rule-b"], reason: "small table", line: 0 },
        { rules: [], reason: "", line: 2 },
        { rules: ["x"], reason: "why", line: 5 },
        { rules: ["y"], reason: "", line: 5 },
        { rules: ["z"], reason: "", line: 6 },
      ]);
      assert.equal(covered(text, suppressions[2].span), "/* scale-hints: ignore[x] -- why */");
    });

    it("may stand in elements and speak of the whole file", () => {
      const text = "// scale-hints: ignore-file[a] -- generated\nconst x = <A>\n  {/* scale-hints: ignore[b] */}\n  {c()}\n</A>;\n";
      const { suppressions } = lower(text, "a.tsx");
      assert.deepEqual(suppressions.map(({ rules, line, wholeFile }) => ({ rules, line, wholeFile })), [{ rules: ["a"], line: 1, wholeFile: true }, { rules: ["b"], line: 3, wholeFile: false }]);
    });
  });

  describe("fingerprints", () => {
    const source = "import a from 'a';\nexport const X = 1;\n@D() class A<T> extends B { n = 1; m(x: T) { return this.n } }\nexport function f(x, y = 1) { return x + y }\nfunction g() { h(() => 1) }\nk('X');\n";
    const changed = (from: string, to: string): { declares: boolean; bodies: string[] } => {
      assert.ok(source.includes(from));
      const before = lower(source).fingerprint;
      const after = lower(source.replace(from, to)).fingerprint;
      const ids = new Set([...Object.keys(before.bodies), ...Object.keys(after.bodies)]);
      return { declares: before.declares !== after.declares, bodies: [...ids].filter((id) => before.bodies[id] !== after.bodies[id]) };
    };

    it("ignore whitespace, comments, parentheses and offsets", () => {
      for (const [from, to] of [["= 1;", " =  (1) // one\n"], ["return x + y", "/* note */\nreturn (x +\n y);"], ["import a", "// head\nimport a"]]) assert.deepEqual(changed(from, to), { declares: false, bodies: [] }, to);
    });

    it("of a body change with that body alone", () => {
      assert.deepEqual(changed("x + y", "x - y"), { declares: false, bodies: ["f"] });
      assert.deepEqual(changed("=> 1", "=> 2"), { declares: false, bodies: ["g.%1"] });
      assert.deepEqual(changed("k('X')", "k('Y')"), { declares: false, bodies: [""] });
    });

    it("of declarations change with what other files see", () => {
      for (const [from, to] of [["import a", "import * as a"], ["X = 1", "X = 2"], ["@D()", "@E()"], ["extends B", "extends C"], ["x: T", "x: U"], ["export function f", "function f"], ["export function f", "export default function f"], ["export function f", "export async function f"]]) {
        assert.equal(changed(from, to).declares, true, `${from} → ${to}`);
      }
    });
  });

  describe("facts", () => {
    it("are frozen at the top, can be serialised, and hold no properties that are undefined", () => {
      const facts = lower(PROGRAM);
      assert.ok(Object.isFrozen(facts) && Object.isFrozen(facts.declares) && Object.isFrozen(facts.bodies) && Object.isFrozen(facts.fingerprint));
      assert.deepEqual(JSON.parse(JSON.stringify(facts)), JSON.parse(JSON.stringify(structuredClone(facts))));
      const check = (item: unknown): void => {
        assert.notEqual(item, undefined);
        if (item !== null && typeof item === "object") Object.values(item).forEach(check);
      };
      check(facts);
      assert.deepEqual(facts.errors, []);
    });

    it("tell where every name stands", () => {
      for (const [name, text] of [["a.ts", PROGRAM], ["a.tsx", PROGRAM + PAGE]]) {
        const facts = lower(text, name);
        const visit = (item: unknown): void => {
          if (Array.isArray(item)) return item.forEach(visit);
          if (item === null || typeof item !== "object") return;
          const node = item as { kind?: string; form?: string; start: number; end: number; open: number; nameStart?: number; nameEnd?: number; name?: string };
          if (node.kind === "name" && node.name !== "Array" && node.name !== "default") assert.equal(text.slice(node.start, node.end), node.name);
          else if (node.kind === "attribute") assert.equal(text.slice(node.nameStart, node.end), node.name);
          else if (node.nameStart !== undefined && node.nameEnd !== undefined && node.nameEnd > node.nameStart) assert.equal(text.slice(node.nameStart, node.nameEnd), node.name);
          else if (node.kind === "call" && node.form === undefined) assert.equal(text[node.open], "(");
          Object.values(item).forEach(visit);
        };
        visit(facts.bodies);
        visit(facts.declares);
        visit(facts.closures);
      }
    });
  });
});
