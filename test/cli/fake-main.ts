/** The command line as a process of its own, with the engine's double: for what only a real pipe shows. */
import { run } from "../../server/src/cli/run";
import { commandLineDisk, processOutput } from "../../server/src/host/node/command-line";
import { keptFile } from "../../server/src/host/node/kept-file";
import { FAKE_RULES, FakeEngine } from "../server/fake-engine";

void run(process.argv.slice(2), {
  stdout: processOutput(process.stdout),
  stderr: processOutput(process.stderr),
  variables: process.env,
  disk: commandLineDisk(),
  rules: FAKE_RULES,
  version: "1.2.3",
  createEngine: async () => new FakeEngine(),
  keeper: (folder) => keptFile(folder, "1.2.3"),
  serve: () => {},
}).then((code) => (process.exitCode = code));
