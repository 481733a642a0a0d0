import assert from "node:assert/strict";
import type { Finding } from "#engine";
import { baselineText } from "../../server/src/config/baseline";
import { Configurations } from "../../server/src/config/configurations";
import { DEFAULT_CONFIGURATION, type Configuration } from "../../server/src/config/options";
import type { RuleInfo } from "../../server/src/config/settings";

const RULES: readonly RuleInfo[] = [
  { id: "query-in-loop", topic: "queries-in-loops", summary: "", impact: "critical", enabledByDefault: true },
  { id: "unbounded-query", topic: "unbounded-results", summary: "", impact: "high", enabledByDefault: true },
  { id: "debug-in-production", topic: "configuration", summary: "", impact: "medium", enabledByDefault: true },
  { id: "dead-query", topic: "wrong-place", summary: "", impact: "low", enabledByDefault: false },
];
const ROOT = "file:///shop";

function finding(ruleId: string, path: string, more: Partial<Finding> = {}): Finding {
  return {
    ruleId, key: `${ruleId}:${path}`, identity: `${ruleId}:f`, message: "", impact: "high", severity: "warning", confidence: "resolved",
    at: { uri: `${ROOT}/${path}`, span: { start: 0, end: 1 } }, related: [], proposals: [], routes: [], ...more,
  };
}

function configured(files: Readonly<Record<string, string>>, base: Partial<Configuration> = {}): Configurations {
  const configurations = new Configurations(RULES);
  configurations.setBase({ ...DEFAULT_CONFIGURATION, ...base });
  for (const [path, text] of Object.entries(files)) configurations.setFile(`${ROOT}/${path}`, text);
  return configurations;
}

/** What is wrong, with the text that it points at. */
function problems(files: Readonly<Record<string, string>>): readonly string[] {
  return [...configured(files).problems()].flatMap(([uri, found]) => found.map(({ message, at }) => `${message} @ ${at ? files[uri.slice(ROOT.length + 1)].slice(at.start, at.end) : ""}`));
}

const severities = (configurations: Configurations, ...findings: Finding[]): readonly (string | undefined)[] => findings.map((each) => configurations.reported([each])[0]?.severity);

describe("configuration files", () => {
  it("are JSON, or a table of pyproject.toml, or a key of package.json, and say the same", () => {
    const texts = {
      "scale-hints.json": '{ // why\n "rules": { "query-in-loop": "hint" }, "scale": "large", "rows": { "Country": 250 }, "exclude": ["a/"], "includeTests": true, }',
      "pyproject.toml": '[project]\nname = "x"\n[tool.scale-hints]\nscale = "large"\nexclude = ["a/"]\nincludeTests = true\nrows.Country = 250\n[tool.scale-hints.rules]\nquery-in-loop = "hint"\n',
      "package.json": '{ "name": "x", "scaleHints": { "rules": { "query-in-loop": "hint" }, "scale": "large", "rows": { "Country": 250 }, "exclude": ["a/"], "includeTests": true } }',
    };
    for (const [name, text] of Object.entries(texts)) {
      const configurations = configured({ [name]: text });
      assert.deepEqual(
        configurations.of(`${ROOT}/x.py`),
        { ...DEFAULT_CONFIGURATION, rules: new Map([["query-in-loop", "hint"]]), scale: "large", rows: new Map([["country", 250]]), exclude: ["a/"], includeTests: true },
        name,
      );
      assert.equal(configurations.problems().size, 0, name);
    }
  });

  it("hold for what lies below them, the nearest one alone, and win over the editor", () => {
    const configurations = configured({ "scale-hints.json": '{ "scale": "large", "includeTests": true }', "api/package.json": '{ "scaleHints": { "scale": "small" } }', "web/package.json": "{}" }, { scale: "medium", minimumConfidence: "assumed" });
    const of = (path: string) => [configurations.of(`${ROOT}/${path}`).scale, configurations.of(`${ROOT}/${path}`).includeTests, configurations.of(`${ROOT}/${path}`).minimumConfidence];
    assert.deepEqual(of("a.py"), ["large", true, "assumed"]);
    assert.deepEqual(of("web/src/a.ts"), ["large", true, "assumed"]);
    assert.deepEqual(of("api/src/a.ts"), ["small", false, "assumed"]);
    assert.deepEqual([configurations.of("file:///elsewhere/a.py").scale, configurations.fileFor(`${ROOT}/api/src`)], ["medium", `${ROOT}/api/package.json`]);
  });

  it("are looked at again when they change, and forgotten when they are gone", () => {
    const configurations = configured({ "package.json": "{}" });
    const uri = `${ROOT}/package.json`;
    assert.equal(configurations.setFile(uri, '{ "name": "y" }'), false);
    assert.equal(configurations.setFile(uri, '{ "scaleHints": { "scale": "small" } }'), true);
    assert.equal(configurations.of(uri).scale, "small");
    assert.equal(configurations.setFile(uri, undefined), true);
    assert.equal(configurations.of(uri).scale, "medium");
  });

  it("are told what is wrong with them, at its place, and what is right still holds", () => {
    assert.deepEqual(problems({ "scale-hints.json": '{ "scal": 1, "scale": "huge", "rules": { "query-in-lop": "off", "unbounded-query": "loud" }, "rows": { "A": -1, "B": "x" }, "include": "src", "database": "postgres", "baseline": "" }' }), [
      'scal is not an option, did you mean "scale"? @ "scal"',
      'scale must be one of small, medium, large, not "huge" @ "huge"',
      'rules: there is no rule "query-in-lop", did you mean "query-in-loop"? @ "query-in-lop"',
      'rules of unbounded-query must be one of default, off, hint, information, warning, not "loud" @ "loud"',
      "rows of A must be a whole number of rows, not -1 @ -1",
      'rows of B must be a whole number of rows, not "x" @ "x"',
      'include must be a list of patterns, not "src" @ "src"',
      'database must be one of postgresql, mysql, sqlite, oracle, sqlserver, cockroachdb, mongodb, not "postgres" @ "postgres"',
      'baseline must be a text, not "" @ ""',
    ]);
    assert.deepEqual(problems({ "pyproject.toml": '[tool.scale-hints]\nscale = "huge"\n[tool.scale-hints.rules]\nnothing = "off"\n' }), [
      'tool.scale-hints.scale must be one of small, medium, large, not "huge" @ "huge"',
      'tool.scale-hints.rules: there is no rule "nothing" @ nothing',
    ]);
    assert.deepEqual(problems({ "package.json": '{ "scaleHints": [1] }' }), ["scaleHints must be an object, not [1] @ [1]"]);
    const half = configured({ "scale-hints.json": '{ "scale": "large", "exclude": [' });
    assert.equal(half.of(`${ROOT}/a.py`).scale, "large");
    assert.match([...half.problems().values()][0][0].message, /^this is not JSON: /);
  });

  it("that cannot be read cost nothing else", () => {
    assert.match(problems({ "pyproject.toml": "[tool.scale-hints]\nscale = \n" })[0], /^this is not TOML: /);
    assert.deepEqual(problems({ "pyproject.toml": "[tool.other]\nx = \n", "package.json": "{" }), []);
    assert.deepEqual(problems({ "scale-hints.json": "" }), ["this is not JSON: value expected @ "]);
  });

  it("beside each other are read once, and that is said", () => {
    assert.deepEqual(problems({ "scale-hints.json": "{}", "package.json": '{ "scaleHints": {} }' }), ["this configuration is not read, because there is scale-hints.json beside it @ "]);
  });

  it("turn rules on and off, for the engine wherever any of them wants one", () => {
    const configurations = configured({ "scale-hints.json": '{ "rules": { "query-in-loop": "off" } }', "api/scale-hints.json": '{ "rules": { "dead-query": "information" }, "minimumConfidence": "assumed" }' });
    assert.deepEqual(configurations.engineOptions(), { includeTests: false, includeAssumed: true, rules: RULES.map(({ id }) => id), disabledRules: [] });
    assert.deepEqual(severities(configurations, finding("query-in-loop", "a.py"), finding("dead-query", "a.py"), finding("dead-query", "api/a.py"), finding("query-in-loop", "api/a.py")), [undefined, undefined, "information", "warning"]);
  });

  it("name one database and one settings module, the highest first", () => {
    const configurations = configured({ "api/scale-hints.json": '{ "database": "mysql" }', "scale-hints.json": '{ "database": "postgresql", "settingsModule": "shop.live" }' });
    const { database, settingsModule } = configurations.engineOptions();
    assert.deepEqual([database, settingsModule], ["postgresql", "shop.live"]);
  });

  it("say whose findings are reported", () => {
    const configurations = configured({ "api/scale-hints.json": '{ "include": ["src/"], "exclude": ["src/old/", "*.gen.ts"], "minimumConfidence": "resolved" }' });
    const shown = (path: string, more: Partial<Finding> = {}) => configurations.reported([finding("query-in-loop", path, more)]).length;
    assert.deepEqual([shown("api/src/a.ts"), shown("api/lib/a.ts"), shown("api/src/old/a.ts"), shown("api/src/a.gen.ts"), shown("web/lib/a.ts")], [1, 0, 0, 0, 1]);
    assert.deepEqual([shown("api/src/a.ts", { confidence: "inferred" }), shown("web/a.ts", { confidence: "inferred" }), shown("web/a.ts", { confidence: "assumed" })], [0, 1, 0]);
    assert.deepEqual([shown("web/a.ts", { isTestCode: true }), configured({ "scale-hints.json": '{ "includeTests": true }' }).reported([finding("query-in-loop", "a.ts", { isTestCode: true })]).length], [0, 1]);
  });

  it("give way to what the command line says", () => {
    const configurations = configured({ "scale-hints.json": '{ "includeTests": false, "rules": { "query-in-loop": "off" } }' });
    configurations.setOver({ includeTests: true });
    configurations.setOnly(["query-in-loop"]);
    assert.deepEqual(configurations.engineOptions().rules, ["query-in-loop"]);
    assert.equal(configurations.reported([finding("query-in-loop", "a.py", { isTestCode: true })]).length, 1);
    assert.equal(configurations.reported([finding("unbounded-query", "a.py")]).length, 0);
  });
});

describe("the size of tables", () => {
  const loop = finding("query-in-loop", "a.py", { grows: { rounds: [["Order", "shop.Order", "shop_order"]], rows: ["Customer"] } });
  const nested = finding("query-in-loop", "a.py", { grows: { rounds: [["Order"], ["Item"]] } });
  const whole = finding("unbounded-query", "a.py", { grows: { rounds: [["Order"]], rows: ["Country"] } });
  const note = finding("unbounded-query", "a.py", { severity: "information", grows: { rounds: [], rows: ["Order"] } });
  const settings = finding("debug-in-production", "a.py", { severity: "information" });
  const at = (base: Partial<Configuration>) => severities(configured({}, base), loop, whole, note, settings);
  const rows = (counts: Readonly<Record<string, number>>) => new Map(Object.entries(counts));

  it("moves severities by the target scale", () => {
    assert.deepEqual(at({ scale: "small" }), ["information", "information", "hint", "hint"]);
    assert.deepEqual(at({ scale: "medium" }), ["warning", "warning", "information", "information"]);
    assert.deepEqual(at({ scale: "large" }), ["warning", "warning", "warning", "warning"]);
  });

  it("that is declared says whether there is anything to report", () => {
    assert.deepEqual(at({ rows: rows({ order: 10, country: 1000 }) }), [undefined, undefined, undefined, "information"]);
    assert.deepEqual(at({ rows: rows({ order: 100, country: 10_000 }) }), ["information", "information", undefined, "information"]);
    assert.deepEqual(at({ rows: rows({ order: 5_000_000, country: 10_001 }), scale: "small" }), ["warning", "warning", "warning", "hint"]);
  });

  it("is found under the model's name, its label and its table", () => {
    for (const name of ["order", "shop.order", "shop_order"]) assert.deepEqual(severities(configured({}, { rows: rows({ [name]: 3 }) }), loop), [undefined]);
  });

  it("multiplies where loops are nested, and counts only where all of them are declared", () => {
    assert.deepEqual(severities(configured({}, { rows: rows({ order: 5, item: 2 }) }), nested), [undefined]);
    assert.deepEqual(severities(configured({}, { rows: rows({ order: 5, item: 10 }) }), nested), ["information"]);
    assert.deepEqual(severities(configured({}, { rows: rows({ order: 5 }) }), nested), ["warning"]);
  });

  it("gives way to a severity that is configured, but not where there is nothing", () => {
    const rules = new Map([["query-in-loop", "hint"]] as const);
    assert.deepEqual(severities(configured({}, { scale: "large", rules }), loop), ["hint"]);
    assert.deepEqual(severities(configured({}, { rows: rows({ order: 3 }), rules }), loop), [undefined]);
  });

  it("gives the same object for the same answer", () => {
    const configurations = configured({}, { scale: "small" });
    assert.equal(configurations.reported([loop])[0], configurations.reported([loop])[0]);
    assert.equal(configured({}).reported([loop])[0], loop);
  });
});

describe("baselines", () => {
  const twice = [finding("query-in-loop", "api/a.py", { key: "1" }), finding("query-in-loop", "api/a.py", { key: "2" })];
  const withBaseline = (text: string): { readonly configurations: Configurations; readonly wrong: readonly string[] } => {
    const configurations = configured({ "scale-hints.json": '{ "baseline": "known/scale-hints-baseline.json" }' });
    assert.deepEqual(configurations.baselineUris(), [`${ROOT}/known/scale-hints-baseline.json`]);
    return { configurations, wrong: configurations.setBaseline(configurations.baselineUris()[0], text) };
  };

  it("count what is known; what is more than that is new", () => {
    const configurations = configured({ "scale-hints.json": '{ "baseline": "./scale-hints-baseline.json" }' });
    const [uri] = configurations.baselineUris();
    assert.deepEqual(configurations.setBaseline(uri, baselineText(twice.slice(0, 1), ROOT)), []);
    assert.deepEqual(configurations.reported(twice).map(({ key }) => key), ["2"]);
    assert.deepEqual(configurations.reported([finding("query-in-loop", "api/b.py")]).length, 1);
    configurations.setBaseline(uri, baselineText(twice, ROOT));
    assert.deepEqual(configurations.reported(twice), []);
    configurations.setBaseline(uri, undefined);
    assert.deepEqual(configurations.reported(twice), twice);
  });

  it("are the same text whatever the order", () => {
    const all = [...twice, finding("unbounded-query", "b.py"), finding("dead-query", "api/a.py")];
    assert.equal(baselineText(all, ROOT), baselineText([...all].reverse(), ROOT));
    assert.deepEqual(JSON.parse(baselineText(all, ROOT)), { version: 1, findings: { "api/a.py": { "dead-query:f": 1, "query-in-loop:f": 2 }, "b.py": { "unbounded-query:f": 1 } } });
  });

  it("that make no sense are named, and nothing is known", () => {
    for (const [text, message] of [["", /not JSON|empty/], ["{", /not JSON/], ['{ "version": 2 }', /version/], ['{ "version": 1, "findings": [] }', /no findings/]] as const) {
      const { configurations, wrong } = withBaseline(text);
      assert.match(wrong.join(), message);
      assert.deepEqual(configurations.reported(twice), twice);
    }
  });
});
