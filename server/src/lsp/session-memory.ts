import type { EngineOptions } from "#engine";
import type { Keeper } from "../host/keeper";
import { readSnapshot, writeSnapshot, type Snapshot } from "./snapshot";

/** All that findings follow from, the program aside. */
export interface Grounds {
  readonly options: EngineOptions | undefined;
  readonly folders: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
}

/** How long everything must have been settled before it is kept for the next session. */
const KEEP_MILLISECONDS = 2000;

/** Carries what is known of a workspace from one session to the next. */
export class SessionMemory {
  private readonly digests = new Map<string, { readonly text: string; readonly digest: string }>();
  private keptState: string | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly keeper: Keeper) {}

  /** What an earlier session knew, if it had the very same grounds. `grounds` is asked when there is anything to compare. Throws what the keeper throws. */
  async recall(grounds: () => Promise<Grounds>): Promise<Snapshot | undefined> {
    const kept = await this.keeper.read();
    if (kept === undefined) return undefined;
    const state = this.state(await grounds());
    const snapshot = readSnapshot(kept, state);
    if (snapshot) this.keptState = state;
    return snapshot;
  }

  /** Keeps what is known in a while, unless `take` finds nothing to keep then. */
  keepSoon(take: () => { readonly grounds: Grounds; readonly snapshot: () => Snapshot } | undefined, failed: (error: unknown) => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(take).catch(failed), KEEP_MILLISECONDS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private async keep(take: Parameters<SessionMemory["keepSoon"]>[0]): Promise<void> {
    const known = take();
    if (!known) return;
    const state = this.state(known.grounds);
    if (state === this.keptState) return;
    await this.keeper.write(writeSnapshot(state, known.snapshot()));
    this.keptState = state;
  }

  /** Names the grounds. */
  private state({ options, folders, texts }: Grounds): string {
    const files = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([uri, text]) => `${uri} ${this.digestOf(uri, text)}`);
    return this.keeper.digest([this.keeper.version, JSON.stringify(options), ...folders, ...files].join("\n"));
  }

  private digestOf(uri: string, text: string): string {
    const known = this.digests.get(uri);
    if (known?.text === text) return known.digest;
    const digest = this.keeper.digest(text);
    this.digests.set(uri, { text, digest });
    return digest;
  }
}
