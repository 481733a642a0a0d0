import assert from "node:assert/strict";
import { withOption } from "../../server/src/config/edit";

describe("setting an option in a configuration file", () => {
  it("keeps everything else of JSON, comments too", () => {
    assert.equal(withOption("scale-hints.json", '{\n\t// why\n\t"scale": "small"\n}\n', ["rows", "Country"], 250), '{\n\t// why\n\t"scale": "small",\n\t"rows": {\n\t\t"Country": 250\n\t}\n}\n');
    assert.equal(withOption("scale-hints.json", '{ "scale": "small" }', ["scale"], "large"), '{ "scale": "large" }');
    assert.match(withOption("package.json", '{\n  "name": "x"\n}\n', ["scale"], "large"), /"scaleHints": \{\n    "scale": "large"/);
    assert.equal(withOption("scale-hints.json", "", ["scale"], "large"), '{\n  "scale": "large"\n}\n');
  });

  it("keeps everything else of TOML", () => {
    const text = '[project]\nname = "x"\n\n[tool.scale-hints]  # ours\nscale = "small"\n\n[tool.other]\nscale = "x"\n';
    assert.equal(withOption("pyproject.toml", text, ["scale"], "large"), text.replace('"small"', '"large"'));
    assert.equal(withOption("pyproject.toml", text, ["database"], "mysql"), text.replace("# ours\n", '# ours\ndatabase = "mysql"\n'));
    assert.equal(withOption("pyproject.toml", text, ["rows", "shop.Order"], 5), `${text}\n[tool.scale-hints.rows]\n"shop.Order" = 5\n`);
    assert.equal(withOption("pyproject.toml", "", ["scale"], "large"), '[tool.scale-hints]\nscale = "large"\n');
  });
});
