// Mocha's own "spec", which prints, and the numbers in a file for whoever started it.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class SpecWithStats extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once("end", () => writeFileSync(options.reporterOptions.output, JSON.stringify(runner.stats)));
  }
};
