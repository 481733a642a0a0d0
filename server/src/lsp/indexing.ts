import type { Connection, WorkDoneProgressReporter } from "vscode-languageserver";
import type { ClientFeatures } from "./client-features";
import type { Project } from "./project";

/** Reads the workspace and says how far that is, and then the first check of everything; the user may stop the reading. */
export class Indexing {
  private reporter: WorkDoneProgressReporter | undefined;

  constructor(
    private readonly connection: Connection,
    private readonly features: ClientFeatures,
  ) {}

  async run(project: Project): Promise<void> {
    const { connection } = this;
    const stop = new AbortController();
    let isReading = true;
    if (this.features.workDoneProgress) {
      const reporter = await connection.window.createWorkDoneProgress();
      this.settled();
      this.reporter = reporter;
      reporter.begin("Scale Hints", 0, "reading the workspace", true);
      reporter.token.onCancellationRequested(() => {
        if (!isReading) return this.settled();
        connection.console.info("Reading the workspace was stopped; files not read yet are unknown until it is checked again.");
        stop.abort();
      });
    }
    try {
      await project.index(stop.signal);
    } finally {
      isReading = false;
      this.reporter?.report(0, "finding out who calls whom");
    }
  }

  reading(done: number, total: number): void {
    this.reporter?.report(percentageOf(done, total), `${done} of ${total} files`);
  }

  /** Many files are being checked. Where only an edit has brought that about, nobody waits for it. */
  checking(done: number, total: number): void {
    this.reporter?.report(percentageOf(done, total), `checked ${done} of ${total} files`);
  }

  /** Everything was checked. */
  settled(): void {
    this.reporter?.done();
    this.reporter = undefined;
  }
}

function percentageOf(done: number, total: number): number {
  return total === 0 ? 0 : Math.floor((done / total) * 100);
}
