import type { EngineOptions, WorkspaceApi } from "#engine";
import type { DataKeeper, Keeper } from "../host/keeper";
import type { HostNote } from "../host/file-system";
import { settingOf } from "../kept/grounds";
import { openPack, PackWriter } from "../kept/pack";

/** Fewer files that were checked anew are checked anew next time as well: writing everything again would take longer. */
const FEW_FILES = 10;

/** What a check found out of each file, kept in a folder for the next one. It says nothing by itself: what is kept is compared with what the present texts answer. */
export class Cache {
  private setting = "";
  private isOfUse = false;

  private constructor(
    private readonly keeper: Keeper,
    private readonly data: DataKeeper,
    private readonly bytes: Uint8Array | undefined,
    private readonly notes: HostNote[],
  ) {}

  /** The cache of a folder, which need not be there yet. What cannot be read is noted, and everything is found out anew. */
  static async open(keeper: Keeper, notes: HostNote[]): Promise<Cache | undefined> {
    const { data } = keeper;
    if (!data) return undefined;
    try {
      return new Cache(keeper, data, await data.read(), notes);
    } catch (error) {
      notes.push({ message: `the cache could not be read: ${messageOf(error)}` });
      return new Cache(keeper, data, undefined, notes);
    }
  }

  /** Lets an engine that has its options and folders, and no texts so far, go on from where an earlier check ended. */
  resume(engine: WorkspaceApi, options: EngineOptions, folders: readonly string[]): void {
    this.setting = settingOf({ options, folders }, this.keeper);
    try {
      const kept = this.bytes && openPack(this.bytes, this.setting, this.data, (_, text) => this.keeper.digest(text));
      if (!kept) return;
      engine.resume(kept);
      this.isOfUse = true;
    } catch (error) {
      this.notes.push({ message: `the cache could not be read: ${messageOf(error)}` });
    }
  }

  /** Keeps what an engine knows that has checked everything. */
  async keep(engine: WorkspaceApi): Promise<void> {
    if (this.isOfUse && engine.counters.checked < FEW_FILES) return;
    // What an installation that is not whole knows is not to be taken for all there is.
    if (engine.notes().some(({ uri }) => uri === undefined)) return;
    const texts = new Map(engine.uris().map((uri) => [uri, this.keeper.digest(engine.text(uri)!)]));
    const writer = new PackWriter(this.data, this.setting, texts);
    for (const part of engine.keeping()) {
      writer.add(part);
      if (writer.isTooLong) return;
    }
    try {
      await this.data.write(writer.finish());
    } catch (error) {
      this.notes.push({ message: `the cache could not be written: ${messageOf(error)}` });
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
