import type { KeptPart, KeptSession } from "#engine";
import type { Keeper } from "../host/keeper";
import { nameOf, settingOf, type Grounds } from "../kept/grounds";
import { openPack, PackWriter } from "../kept/pack";
import { Slices } from "./slices";
import { readSnapshot, writeSnapshot, type Recalled, type Snapshot, type SnapshotState } from "./snapshot";

/** What is known when everything is settled. */
export interface Known {
  readonly grounds: Grounds;
  readonly snapshot: () => Snapshot;
  readonly parts: () => Iterable<KeptPart>;
  /** Lets others in. */
  readonly pause: () => Promise<void>;
  /** Whether it is still what is known. */
  readonly isCurrent: () => boolean;
}

/** How long everything must have been settled before it is kept for the next session. */
const KEEP_MILLISECONDS = 2000;
/** What was found out of each file is kept again when so many files are others, or a few have been for so long: files that are not kept are but read and checked again. */
const MANY_FILES = 50;
const OFTEN_ENOUGH_MILLISECONDS = 600_000;

/** Carries what is known of a workspace from one session to the next: all that was found, to be shown at once where nothing has changed; and what was found out of each file. */
export class SessionMemory {
  private readonly digests = new Map<string, { readonly text: string; readonly digest: string }>();
  private keptState: string | undefined;
  /** The files of the pack that is kept, or was too long to be. */
  private packed: { readonly state: string; readonly texts: ReadonlyMap<string, string>; readonly at: number } | undefined;
  private isKeeping = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly keeper: Keeper) {}

  /** What an earlier session knew that still holds. `grounds` is asked when there is anything to compare. Throws what the keeper throws. */
  async recall(grounds: () => Promise<Grounds>): Promise<Recalled | undefined> {
    const kept = await this.keeper.read();
    if (kept === undefined) return undefined;
    const state = this.snapshotState(await grounds());
    const recalled = readSnapshot(kept, state);
    if (recalled?.isWhole) this.keptState = state.whole;
    return recalled;
  }

  /** What an earlier session over other texts found out of files. Throws what the keeper throws. */
  async earlier(grounds: () => Promise<Grounds>): Promise<KeptSession | undefined> {
    const { data } = this.keeper;
    const bytes = await data?.read();
    if (!data || !bytes) return undefined;
    const state = settingOf(await grounds(), this.keeper);
    const pack = openPack(bytes, state, data, (uri, text) => this.digestOf(uri, text));
    if (pack) this.packed = { state, texts: pack.texts, at: Date.now() };
    return pack;
  }

  /** Keeps what is known in a while, unless `take` finds nothing to keep then. */
  keepSoon(take: () => Known | undefined, failed: (error: unknown) => void): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.keep(take).catch(failed), KEEP_MILLISECONDS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private async keep(take: () => Known | undefined): Promise<void> {
    // Two that write at once would write into one another.
    const known = this.isKeeping ? undefined : take();
    if (!known) return;
    this.isKeeping = true;
    try {
      await this.keepAll(known);
    } finally {
      this.isKeeping = false;
    }
  }

  private async keepAll(known: Known): Promise<void> {
    const state = this.snapshotState(known.grounds);
    if (state.whole === this.keptState && this.packed) return;
    if (state.whole !== this.keptState) {
      await this.keeper.write(writeSnapshot(state, known.snapshot()));
      this.keptState = state.whole;
    }
    await this.pack(known);
  }

  private async pack({ grounds, parts, pause, isCurrent }: Known): Promise<void> {
    const { data } = this.keeper;
    const state = settingOf(grounds, this.keeper);
    const texts = new Map([...grounds.texts].map(([uri, text]) => [uri, this.digestOf(uri, text)]));
    if (!data || (this.packed?.state === state && this.isGoodEnough(this.packed, texts)) || !isCurrent()) return;
    const writer = new PackWriter(data, state, texts);
    const slices = new Slices(pause);
    for (const part of parts()) {
      writer.add(part);
      if (writer.isTooLong) break;
      if (!slices.isOver) continue;
      await slices.next();
      if (!isCurrent()) return;
    }
    if (!writer.isTooLong) await data.write(writer.finish());
    this.packed = { state, texts, at: Date.now() };
  }

  private isGoodEnough(packed: NonNullable<SessionMemory["packed"]>, texts: ReadonlyMap<string, string>): boolean {
    const others = [...texts].filter(([uri, digest]) => packed.texts.get(uri) !== digest).length + [...packed.texts.keys()].filter((uri) => !texts.has(uri)).length;
    return others === 0 || (others < MANY_FILES && Date.now() - packed.at < OFTEN_ENOUGH_MILLISECONDS);
  }

  private snapshotState(grounds: Grounds): SnapshotState {
    const textOf = (uri: string): string | undefined => {
      const text = grounds.texts.get(uri);
      return text === undefined ? undefined : this.digestOf(uri, text);
    };
    return { whole: nameOf(grounds, this.keeper, (uri, text) => this.digestOf(uri, text)), setting: settingOf(grounds, this.keeper), textOf };
  }

  private digestOf(uri: string, text: string): string {
    const known = this.digests.get(uri);
    if (known?.text === text) return known.digest;
    const digest = this.keeper.digest(text);
    this.digests.set(uri, { text, digest });
    return digest;
  }
}
