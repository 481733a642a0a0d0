/** Entry of `dist/cli.js`, the command `scale-hints`. */
import { run } from "./cli/run";
import { commandLineDisk, processOutput } from "./host/node/command-line";
import { keptFile } from "./host/node/kept-file";
import { bundleVersion, createEngine, packageVersion, ruleInfos, serve } from "./start-node";

const args = process.argv.slice(2);

void run(args, {
  stdout: processOutput(process.stdout),
  stderr: processOutput(process.stderr),
  variables: process.env,
  disk: commandLineDisk(),
  rules: ruleInfos,
  version: packageVersion(),
  createEngine,
  keeper: (folder) => keptFile(folder, bundleVersion()),
  serve(transport) {
    // The connection reads its transport from the arguments of the process.
    if (!args.includes(`--${transport}`)) process.argv.push(`--${transport}`);
    serve();
  },
}).then((exitCode) => {
  // Never process.exit: what is still on its way to a pipe would be cut off.
  if (exitCode !== undefined) process.exitCode = exitCode;
});
