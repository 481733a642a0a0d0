import type { CancellationToken } from "vscode-languageserver";
import type { Steps } from "#engine";
import { combiningFixes, type CombinedFixes, type FixSelection } from "../fixes/combine";
import { baseName } from "../host/uri";
import type { Project } from "./project";

/** Thrown where texts were changed while edits for them were worked out. */
export class Outdated extends Error {
  override readonly name = "Outdated";

  constructor(uris: readonly string[]) {
    const [first, ...others] = uris.map(baseName);
    super(`Nothing was changed: ${first}${others.length > 0 ? ` and ${others.length} more ${others.length === 1 ? "file" : "files"}` : ""} ${others.length > 0 ? "were" : "was"} edited while the fixes were worked out. Choose the action again.`);
  }
}

export interface SeveralFixes extends Pick<FixSelection, "uris" | "mayEdit" | "names" | "progress"> {
  /** Of this rule alone. */
  readonly ruleId?: string;
  readonly hurry: "at once" | "gives way";
}

/** All safe fixes together, worked out while everything else goes on. Rejects with Cancelled, and with Outdated rather than give edits for texts that are gone. */
export async function severalFixes(project: Project, { ruleId, hurry, mayEdit, ...where }: SeveralFixes, token: CancellationToken): Promise<CombinedFixes> {
  const before = new Map<string, string | undefined>();
  const combined = await project.aside(function* (engine): Steps<CombinedFixes> {
    const steps = combiningFixes(engine, {
      ...where,
      mayEdit: (uri) => mayEdit(uri) && !project.isHalfTyped(uri),
      safeties: ["safe"],
      wants: (finding) => (ruleId === undefined || finding.ruleId === ruleId) && project.isReported(finding, engine),
      touches: (uri) => before.has(uri) || before.set(uri, engine.text(uri)),
    });
    for (let looked = ""; ; ) {
      const { done, value } = steps.next();
      if (done) return value;
      yield;
      // Better to say at once that it is in vain.
      const state = `${project.revision} ${before.size}`;
      if (state !== looked) throwIfChanged(project.changedSince(before));
      looked = state;
    }
  }, token, hurry);
  await project.whenRead(token);
  throwIfChanged(project.changedSince(before));
  return combined;
}

function throwIfChanged(uris: readonly string[]): void {
  if (uris.length > 0) throw new Outdated(uris);
}
