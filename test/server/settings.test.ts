import assert from "node:assert/strict";
import { Configurations } from "../../server/src/config/configurations";
import { DEFAULT_CONFIGURATION } from "../../server/src/config/options";
import { DEFAULT_SETTINGS, readSettings } from "../../server/src/config/settings";
import { nearest } from "../../server/src/config/nearest";
import { FAKE_RULES } from "./fake-engine";

const read = (raw: unknown) => readSettings(raw, FAKE_RULES);

describe("settings", () => {
  it("have defaults", () => {
    for (const raw of [undefined, null, {}]) assert.deepEqual(read(raw), { settings: DEFAULT_SETTINGS, problems: [] });
  });

  it("are taken over", () => {
    const { settings, problems } = read({
      enable: false, inlayHints: { enabled: true, loops: false }, codeLens: { enabled: false }, includeTests: true, diagnostics: { scope: "openFiles" }, scale: "large", rows: { Country: 250 },
      exclude: ["legacy/"], minimumConfidence: "resolved", database: null, rules: { severity: { "wild-call": "hint" } }, trace: { server: "off" },
    });
    assert.deepEqual(problems, []);
    assert.deepEqual(settings, {
      enable: false, inlayHints: ["queries", "relations", "entryPoints"], codeLens: false, scope: "openFiles",
      configuration: {
        ...DEFAULT_CONFIGURATION, includeTests: true, scale: "large", rows: new Map([["country", 250]]), exclude: ["legacy/"], minimumConfidence: "resolved", rules: new Map([["wild-call", "hint"]]),
      },
    });
  });

  it("that were said in another way once are still understood", () => {
    const { settings, problems } = read({ includeAssumed: true, rules: { disabled: ["slow-call"] } });
    assert.deepEqual(problems, []);
    assert.equal(settings.configuration.minimumConfidence, "assumed");
    assert.deepEqual(settings.configuration.rules, new Map([["slow-call", "off"]]));
  });

  it("that are wrong are named one by one, and their defaults used", () => {
    const { settings, problems } = read({
      enabel: true, enable: 1, inlayHints: "on", diagnostics: { scope: "all" }, includeTests: null, scale: "huge", rows: { Country: "few" }, include: "src",
      rules: { disabled: ["wild-cal", 3], severity: { "slow-call": "loud", nothing: "off" } },
    });
    assert.deepEqual(settings, DEFAULT_SETTINGS);
    assert.deepEqual(problems, [
      'scaleHints.enabel is not a setting, did you mean "enable"?',
      'scaleHints.inlayHints must be an object, not "on"',
      'scaleHints.enable must be true or false, not 1; true is used',
      'scaleHints.rules.disabled: there is no rule "wild-cal", did you mean "wild-call"?',
      "scaleHints.rules.disabled: there is no rule 3",
      'scaleHints.rules.severity of slow-call must be one of default, off, hint, information, warning, not "loud"',
      'scaleHints.rules.severity: there is no rule "nothing"',
      "scaleHints.scale must be one of small, medium, large, not \"huge\"",
      'scaleHints.rows of Country must be a whole number of rows, not "few"',
      'scaleHints.include must be a list of patterns, not "src"',
      'scaleHints.diagnostics.scope must be "workspace" or "openFiles", not "all"; "workspace" is used',
    ].toSorted((a, b) => problems.indexOf(a) - problems.indexOf(b)));
  });

  it("that are no object at all are named", () => {
    assert.deepEqual(read([1]).problems, ["scaleHints must be an object, not [1]"]);
  });

  it("decide which rules run", () => {
    const on = (raw: unknown) => {
      const configurations = new Configurations(FAKE_RULES);
      configurations.setBase(read(raw).settings.configuration);
      return configurations.engineOptions().rules;
    };
    assert.deepEqual(on({}), ["slow-call", "wild-call", "quiet-call"]);
    assert.deepEqual(on({ rules: { disabled: ["slow-call"], severity: { "off-call": "warning", "wild-call": "off" } } }), ["quiet-call", "off-call"]);
  });
});

describe("suggestions", () => {
  it("name the nearest word, if it is near", () => {
    assert.equal(nearest("relation-read-in-lop", ["query-in-loop", "relation-read-in-loop"]), "relation-read-in-loop");
    assert.equal(nearest("xyz", ["query-in-loop", "relation-read-in-loop"]), undefined);
  });
});
