import type { Environment } from "../../server/src/cli/environment";
import { run } from "../../server/src/cli/run";
import { commandLineDisk } from "../../server/src/host/node/command-line";
import { keptFile } from "../../server/src/host/node/kept-file";
import { FAKE_RULES, FakeEngine } from "../server/fake-engine";

export interface Outcome {
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in a folder with the engine's double and keeps what it prints. */
export async function runIn(folder: string, args: readonly string[], overrides: Partial<Environment> & { readonly terminal?: boolean } = {}): Promise<Outcome> {
  let out = "";
  let err = "";
  const output = (take: (text: string) => void) => ({
    write: async (text: string) => take(text),
    isTerminal: overrides.terminal ?? false,
    columns: 100,
  });
  const code = await run(args, {
    stdout: output((text) => (out += text)),
    stderr: output((text) => (err += text)),
    variables: {},
    disk: commandLineDisk(folder),
    rules: FAKE_RULES,
    version: "1.2.3",
    createEngine: async () => new FakeEngine(),
    keeper: (folder) => keptFile(folder, "1.2.3"),
    serve: () => {},
    ...overrides,
  });
  return { code, out, err };
}
