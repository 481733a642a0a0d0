import type { Connection } from "vscode-languageserver";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";

/** Reads the workspace, saying how far it is; the user may stop it. */
export class Indexing {
  private progress: { report(percentage: number, message: string): void } | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly features: ClientFeatures,
  ) {}

  async run(project: Project): Promise<void> {
    const { connection } = this;
    const stop = new AbortController();
    let finish = () => {};
    if (this.features.workDoneProgress) {
      const reporter = await connection.window.createWorkDoneProgress();
      reporter.begin("Scale Hints", 0, "reading the workspace", true);
      reporter.token.onCancellationRequested(() => {
        connection.console.info("Reading the workspace was stopped; files not read yet are unknown until it is checked again.");
        stop.abort();
      });
      this.progress = { report: (percentage, message) => reporter.report(percentage, message) };
      finish = () => reporter.done();
    }
    try {
      await project.index(stop.signal);
    } finally {
      this.progress = undefined;
      finish();
    }
  }

  step(done: number, total: number): void {
    const percentage = total === 0 ? 0 : Math.floor((done / total) * 100);
    this.progress?.report(percentage, `${done} of ${total} files`);
  }
}
