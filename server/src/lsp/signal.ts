import type { CancellationToken } from "vscode-languageserver";

/** Thrown where work stops because the client no longer wants its result. */
export class Cancelled extends Error {
  override readonly name = "Cancelled";
}

/** Lets requests wait for something to happen, as long as their clients want them to. */
export class Signal {
  private waiting = new Set<() => void>();

  /** Wakes everybody who waits now. */
  emit(): void {
    const woken = [...this.waiting];
    this.waiting.clear();
    for (const wake of woken) wake();
  }

  /** Resolves at the next `emit`, or after `milliseconds`; rejects with Cancelled. */
  next(token?: CancellationToken, milliseconds?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      if (token?.isCancellationRequested) return reject(new Cancelled());
      const timer = milliseconds === undefined ? undefined : setTimeout(() => finish(resolve), milliseconds);
      const subscription = token?.onCancellationRequested(() => finish(() => reject(new Cancelled())));
      const wake = () => finish(resolve);
      const finish = (settle: () => void) => {
        this.waiting.delete(wake);
        clearTimeout(timer);
        subscription?.dispose();
        settle();
      };
      this.waiting.add(wake);
    });
  }
}
