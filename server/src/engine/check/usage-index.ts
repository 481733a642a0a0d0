import type { EntityUsage } from "../rule";
import type { TextChange } from "../source";
import { joinUsage, shiftUsage, type UsageShare } from "./usage";

/** The shares of all checked files, by entity, and who asked for them. */
export class UsageIndex {
  private readonly shares = new Map<string, Map<string, UsageShare>>();
  private readonly askers = new Map<string, Set<string>>();
  private readonly joined = new Map<string, EntityUsage>();

  copy(): UsageIndex {
    const copy = new UsageIndex();
    for (const [entity, shares] of this.shares) copy.shares.set(entity, new Map(shares));
    for (const [entity, askers] of this.askers) copy.askers.set(entity, new Set(askers));
    for (const [entity, usage] of this.joined) copy.joined.set(entity, usage);
    return copy;
  }

  usage(entity: string): EntityUsage {
    let usage = this.joined.get(entity);
    if (!usage) this.joined.set(entity, (usage = joinUsage(sortedShares(this.shares.get(entity)))));
    return usage;
  }

  /** Names the usage of an entity, places aside: the same for as long as all files use it alike. */
  state(entity: string): string {
    return [...(this.shares.get(entity) ?? [])].map(([uri, { fingerprint }]) => `${uri} ${fingerprint}`).sort().join("\n");
  }

  /** The usage as it would be with other shares of some files. */
  usageWith(entity: string, replaced: ReadonlyMap<string, ReadonlyMap<string, UsageShare>>): EntityUsage {
    const shares = new Map(this.shares.get(entity));
    for (const [uri, byEntity] of replaced) {
      const share = byEntity.get(entity);
      if (share) shares.set(uri, share);
      else shares.delete(uri);
    }
    return joinUsage(sortedShares(shares));
  }

  /** Takes in the shares of one file and names the files whose rules asked for an entity that is used differently now. */
  replace(uri: string, next: ReadonlyMap<string, UsageShare>, previous: ReadonlyMap<string, UsageShare>): ReadonlySet<string> {
    const affected = new Set<string>();
    for (const entity of new Set([...next.keys(), ...previous.keys()])) {
      const share = next.get(entity);
      let shares = this.shares.get(entity);
      if (!shares) this.shares.set(entity, (shares = new Map()));
      if (share) shares.set(uri, share);
      else shares.delete(uri);
      this.joined.delete(entity);
      if (share?.fingerprint === previous.get(entity)?.fingerprint) continue;
      for (const asker of this.askers.get(entity) ?? []) affected.add(asker);
    }
    return affected;
  }

  recordAsked(uri: string, next: ReadonlySet<string>, previous: ReadonlySet<string>): void {
    for (const entity of previous) if (!next.has(entity)) this.askers.get(entity)?.delete(uri);
    for (const entity of next) {
      const askers = this.askers.get(entity);
      if (askers) askers.add(uri);
      else this.askers.set(entity, new Set([uri]));
    }
  }

  /** Moves places after an edit of one file. */
  shift(uri: string, change: TextChange): void {
    for (const [entity, shares] of this.shares) {
      for (const [owner, share] of shares) {
        if (![...share.lookups, ...share.orderings, ...share.loaded, ...share.deletes, ...share.inserts, ...share.lists].some((each) => each.at.uri === uri)) continue;
        shares.set(owner, shiftUsage(share, uri, change));
        this.joined.delete(entity);
      }
    }
  }
}

/** In the order of file names, whatever the order of the checks. */
function sortedShares(shares: ReadonlyMap<string, UsageShare> | undefined): readonly UsageShare[] {
  return [...(shares ?? [])].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, share]) => share);
}
