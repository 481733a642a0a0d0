/** Which files asked which keys of the project model, misses included. */
export class Dependencies {
  private readonly askers = new Map<string, Asked>();
  private readonly byFile = new Map<string, readonly Asked[]>();

  /** Replaces what is known of a file's check. */
  record(uri: string, keys: ReadonlySet<string>): void {
    this.forget(uri);
    const asked: Asked[] = [];
    for (const key of keys) {
      let entry = this.askers.get(key);
      if (!entry) this.askers.set(key, (entry = { key, files: new Set() }));
      entry.files.add(uri);
      asked.push(entry);
    }
    this.byFile.set(uri, asked);
  }

  copy(): Dependencies {
    const copy = new Dependencies();
    const entries = new Map<Asked, Asked>();
    for (const [key, entry] of this.askers) {
      const own = { key, files: new Set(entry.files) };
      entries.set(entry, own);
      copy.askers.set(key, own);
    }
    for (const [uri, asked] of this.byFile) copy.byFile.set(uri, asked.map((entry) => entries.get(entry)!));
    return copy;
  }

  forget(uri: string): void {
    for (const entry of this.byFile.get(uri) ?? []) {
      entry.files.delete(uri);
      if (entry.files.size === 0) this.askers.delete(entry.key);
    }
    this.byFile.delete(uri);
  }

  keysOf(uri: string): readonly string[] {
    return (this.byFile.get(uri) ?? []).map(({ key }) => key);
  }

  askersOf(key: string): Iterable<string> {
    return this.askers.get(key)?.files ?? [];
  }

  /** The files that asked for a key of which `hasChanged` is true. */
  *affectedBy(hasChanged: (key: string) => boolean): Iterable<string> {
    for (const { key, files } of this.askers.values()) if (hasChanged(key)) yield* files;
  }
}

interface Asked {
  readonly key: string;
  readonly files: Set<string>;
}
