import type { WorkspaceApi } from "#engine";
import type { RuleInfo } from "../config/settings";
import type { Keeper } from "../host/keeper";
import type { CommandLineDisk, Output } from "../host/command-line";

/** Everything the command line takes from outside. */
export interface Environment {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly disk: CommandLineDisk;
  readonly rules: readonly RuleInfo[];
  readonly version: string;
  readonly createEngine: () => Promise<WorkspaceApi>;
  /** Keeps what is found out in a folder, which need not be there yet. */
  readonly keeper: (folder: string) => Keeper;
  /** Starts the language server on the transport named in the arguments; it ends the process. */
  readonly serve: (transport: "stdio" | "node-ipc") => void;
}
