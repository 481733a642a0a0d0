import type { Output } from "../host/command-line";

/** One line at the bottom of a terminal that says how far the work is; nothing anywhere else. */
export class Progress {
  private lastDrawn = 0;
  private isShown = false;

  constructor(
    private readonly output: Output,
    private readonly isOn: boolean,
    private readonly now: () => number = Date.now,
  ) {}

  step(what: string, done: number, total?: number): void {
    if (!this.isOn) return;
    const time = this.now();
    if (this.isShown && time - this.lastDrawn < 80) return;
    this.lastDrawn = time;
    this.isShown = true;
    const count = total === undefined ? `${done}` : `${done}/${total}`;
    const bar = total ? ` ${barOf(done / total)}` : "";
    void this.output.write(`\r\u001b[K${what}${bar} ${count}`);
  }

  clear(): void {
    if (!this.isShown) return;
    this.isShown = false;
    void this.output.write("\r\u001b[K");
  }
}

function barOf(share: number): string {
  const width = 24;
  const full = Math.round(Math.min(1, share) * width);
  return "█".repeat(full) + "░".repeat(width - full);
}
