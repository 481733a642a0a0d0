import { CancellationTokenSource, MessageType, type CancellationToken, type Connection, type ProgressToken, type WorkDoneProgressReporter } from "vscode-languageserver";
import type { CombinedFixes } from "../fixes/combine";
import type { ClientFeatures } from "./client-features";
import { say } from "./messages";
import type { Project } from "./project";
import { Outdated, severalFixes } from "./several-fixes";
import { toReviewedEdit } from "./workspace-edit";

export interface FixEverywhereContext {
  readonly connection: Connection;
  readonly features: ClientFeatures;
  readonly project: Project;
  /** By which the client wants to be told how far it is; without one it is told as of work that nobody asked for. */
  readonly workDoneToken: ProgressToken | undefined;
}

/** Fixes everything that one rule found and that can be fixed safely, after a look where the client can show what it would come to. */
export async function fixEverywhere(ruleId: string, { connection, features, project, workDoneToken }: FixEverywhereContext, requested: CancellationToken): Promise<void> {
  const stop = new CancellationTokenSource();
  requested.onCancellationRequested(() => stop.cancel());
  const title = `Fix all ${ruleId}`;
  let reporter: WorkDoneProgressReporter | undefined;
  if (workDoneToken !== undefined) {
    reporter = connection.window.attachWorkDoneProgress(workDoneToken);
  } else if (features.workDoneProgress) {
    const own = await connection.window.createWorkDoneProgress();
    own.token.onCancellationRequested(() => stop.cancel());
    reporter = own;
  }
  reporter?.begin(title, 0, "reading the workspace", true);
  let combined: CombinedFixes;
  try {
    await project.whenIndexed(stop.token);
    // The first round is most of the work; how many there will be nobody knows.
    const progress = (done: number, total: number, round: number) =>
      reporter?.report(Math.floor(round === 0 ? (80 * done) / total : 80), round === 0 ? `${done} of ${total} places` : `${done} of ${total} places that are left`);
    // What is not safe is only shown where a person can tick it.
    const names = features.changeAnnotations ? (["review", "sketch"] as const) : [];
    combined = await severalFixes(project, { ruleId, mayEdit: () => true, names, progress, hurry: "gives way" }, stop.token);
  } catch (error) {
    if (!(error instanceof Outdated)) throw error;
    say(connection, MessageType.Warning, error.message);
    return;
  } finally {
    reporter?.done();
  }
  const edits = [...combined.edits, ...combined.named.flatMap(({ fix }) => fix.edits)];
  const apart = combined.apart.length;
  if (edits.length === 0) {
    say(connection, MessageType.Info, apart > 0 ? `${ruleId} can only be fixed place by place: see the quick fixes of its findings.` : `There is nothing left of ${ruleId} that can be fixed.`);
    return;
  }
  const before = new Map(edits.map(({ uri }) => [uri, project.text(uri)]));
  const { applied } = await connection.workspace.applyEdit({ label: title, edit: toReviewedEdit(title, combined, project, features) });
  if (applied) {
    if (apart > 0) say(connection, MessageType.Info, apart === 1 ? `One more fix of ${ruleId} could not be listed beside these: it is among the quick fixes of its finding.` : `${apart} more fixes of ${ruleId} could not be listed beside these: they are among the quick fixes of their findings.`);
    return;
  }
  // A person may have said no; an edit for a text that is gone is refused by the client.
  await project.whenRead(requested);
  const changed = project.changedSince(before);
  if (changed.length > 0) say(connection, MessageType.Warning, new Outdated(changed).message);
}
