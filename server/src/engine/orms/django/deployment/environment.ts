import type { DeploymentFile, Variable } from "./deployment-files";

/** What is known of an environment variable where the application runs. */
export type KnownVariable =
  /** A file that deploys sets it. */
  | { readonly kind: "set"; readonly value: string }
  /** An example of an environment has it: this is what somebody who deploys is told. */
  | { readonly kind: "sample"; readonly value: string }
  /** It is set, to something that cannot be read. */
  | { readonly kind: "unknown" };

/** The variables that the files of a deployment set for the application. */
export class Environment {
  private readonly known = new Map<string, KnownVariable>();

  constructor(files: readonly DeploymentFile[]) {
    for (const file of files) {
      if (file.isForDevelopment) continue;
      for (const variable of file.variables) this.add(variable, file.kind === "sample");
    }
  }

  get(name: string): KnownVariable | undefined {
    return this.known.get(name);
  }

  private add({ name, value }: Variable, isSample: boolean): void {
    const before = this.known.get(name);
    const now: KnownVariable = value === undefined ? { kind: "unknown" } : { kind: isSample ? "sample" : "set", value };
    // What deploys has the word over what is an example; two files that disagree say nothing.
    if (!before || (before.kind === "sample" && now.kind === "set")) this.known.set(name, now);
    else if (isSample && before.kind === "set") return;
    else if (now.kind === "unknown" || before.kind === "unknown" || now.value !== before.value) this.known.set(name, { kind: "unknown" });
  }
}
