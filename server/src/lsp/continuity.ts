import type { Finding, WorkspaceApi } from "#engine";
import type { Keeper } from "../host/keeper";
import type { Grounds } from "../kept/grounds";
import { SessionMemory } from "./session-memory";
import type { Recalled, Snapshot } from "./snapshot";

export interface ContinuityOptions {
  readonly engine: WorkspaceApi;
  readonly keeper: Keeper;
  readonly pause: () => Promise<void>;
  /** Resolves when all configuration that was read so far has been handed over. */
  readonly configured: () => Promise<void>;
  readonly grounds: () => Grounds;
  /** Names the texts and options that there are now; undefined unless all that follows from them is known. */
  readonly settledState: () => string | undefined;
  readonly snapshot: () => Snapshot;
  readonly isDisposed: () => boolean;
  readonly failed: (what: string, error: unknown) => void;
}

/** Goes on where an earlier session ended: with what it knew of these very texts, until this one knows it itself; and lets a later one do so. */
export class Continuity {
  private readonly memory: SessionMemory;
  private recalled: Recalled | undefined;

  constructor(private readonly options: ContinuityOptions) {
    this.memory = new SessionMemory(options.keeper);
  }

  /** What an earlier session knew, as long as it says more than this one. */
  get known(): Recalled | undefined {
    return this.recalled;
  }

  /** All that there is, as an earlier session knew it. */
  get all(): Snapshot | undefined {
    return this.recalled?.isWhole ? this.recalled : undefined;
  }

  findings(uri: string): readonly Finding[] {
    return this.recalled?.findings.filter(({ at }) => at.uri === uri) ?? [];
  }

  /** This session knows better. */
  forget(): void {
    this.recalled = undefined;
  }

  /** Everything has been read: what is not all there is gives way to what is found now. Whether there was any. */
  forgetParts(): boolean {
    if (this.recalled === undefined || this.recalled.isWhole) return false;
    this.recalled = undefined;
    return true;
  }

  /** Looks what an earlier session knew of these texts, and lets the engine go on from where it ended. Whether there is anything to show. */
  async recall(show: () => void): Promise<void> {
    const { options, memory } = this;
    try {
      const grounds = async (): Promise<Grounds> => {
        await options.configured();
        return options.grounds();
      };
      const recalled = await memory.recall(grounds);
      if (options.isDisposed()) return;
      if (recalled) {
        this.recalled = recalled;
        show();
      }
      const kept = await memory.earlier(grounds);
      if (kept) options.engine.resume(kept);
    } catch (error) {
      options.failed("reading what an earlier session knew", error);
    }
  }

  /** Keeps what is known in a while, unless something has changed by then. */
  keepSoon(): void {
    const { engine, grounds, settledState, snapshot, pause, failed } = this.options;
    const take = () => {
      const state = settledState();
      // What an installation that is not whole knows is not to be taken for all there is.
      if (state === undefined || engine.notes().some(({ uri }) => uri === undefined)) return undefined;
      return { grounds: grounds(), parts: () => engine.keeping(), snapshot, pause, isCurrent: () => settledState() === state };
    };
    this.memory.keepSoon(take, (error) => failed("keeping what is known for the next session", error));
  }

  dispose(): void {
    this.memory.dispose();
  }
}
