import { LSPErrorCodes, ResponseError, type CancellationToken, type Connection } from "vscode-languageserver";
import { Cancelled } from "./signal";

/** Keeps what goes wrong in one message from the next: it is logged, and everything goes on. */
export class Failures {
  constructor(private readonly connection: Connection) {}

  log(what: string, error: unknown): void {
    this.connection.console.error(`Scale Hints failed (${what}): ${messageOf(error)}\n${stackOf(error)}`);
  }

  async quietly(what: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log(what, error);
    }
  }

  /** Asks the client for something that it may refuse. */
  ask(request: Promise<unknown>): void {
    request.catch((error: unknown) => this.connection.console.info(`The client refused: ${messageOf(error)}`));
  }

  /** An exception in one request is logged and answered with `otherwise`; the next request finds everything in order. */
  async answer<R>(what: string, otherwise: R, token: CancellationToken, handle: () => R | Promise<R>): Promise<R | ResponseError<never>> {
    try {
      return await handle();
    } catch (error) {
      if (error instanceof Cancelled || token.isCancellationRequested) return new ResponseError<never>(LSPErrorCodes.RequestCancelled, `${what}: cancelled`);
      this.log(what, error);
      return otherwise;
    }
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? "") : "";
}
