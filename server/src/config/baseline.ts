import type { Finding } from "#engine";
import { pathFrom, resolveFrom } from "./folders";
import { entryAt, plainValue, readJson } from "./located";

/** A file of findings that are known: by path from its folder, how often each occurs. */
interface BaselineFile {
  readonly version: 1;
  readonly findings: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What was found before somebody began to look. */
export class Baseline {
  constructor(
    private readonly folder: string,
    private readonly known: ReadonlyMap<string, ReadonlyMap<string, number>>,
  ) {}

  get size(): number {
    return [...this.known.values()].reduce((sum, each) => sum + [...each.values()].reduce((a, b) => a + b, 0), 0);
  }

  /** What is known, by path from the baseline's folder. */
  entries(): Iterable<[string, ReadonlyMap<string, number>]> {
    return this.known.entries();
  }

  /** Of the findings of one file, those that are not known. Where one occurs more often than it did, the last ones are new. */
  unknown(findings: readonly Finding[]): readonly Finding[] {
    if (findings.length === 0) return findings;
    const known = this.known.get(pathFrom(this.folder, findings[0].at.uri) ?? "");
    if (!known) return findings;
    const left = new Map(known);
    return findings.filter(({ identity }) => {
      const count = left.get(identity) ?? 0;
      if (count > 0) left.set(identity, count - 1);
      return count === 0;
    });
  }
}

/** Reads a baseline; what is wrong with it is said, and nothing is taken for known. */
export function readBaseline(text: string, folder: string): { readonly baseline?: Baseline; readonly problems: readonly string[] } {
  const { root, problems } = readJson(text);
  if (!root || problems.length > 0) return { problems: [problems[0]?.message ?? "it is empty"] };
  const version = entryAt(root, "version");
  if (version?.kind !== "scalar" || version.value !== 1) return { problems: ["its version is not 1: write it again"] };
  const findings = entryAt(root, "findings");
  const files = (findings ? plainValue(findings) : undefined) as BaselineFile["findings"] | undefined;
  if (typeof files !== "object" || files === null || Array.isArray(files)) return { problems: ["it has no findings: write it again"] };
  const known = new Map<string, ReadonlyMap<string, number>>();
  for (const [path, counts] of Object.entries(files)) {
    if (typeof counts === "object" && counts !== null) known.set(path, new Map(Object.entries(counts).filter(([, count]) => Number.isInteger(count))));
  }
  return { baseline: new Baseline(folder, known), problems: [] };
}

/** What an earlier baseline knows of files that were not looked at now. */
export interface KeptBaseline {
  readonly text: string | undefined;
  /** Whether a file was looked at, by its URI. */
  readonly isLookedAt: (uri: string) => boolean;
}

/** The text of a baseline that knows these findings, and what `kept` knows of other files; sorted, so that it is the same wherever it is written. */
export function baselineText(findings: readonly Finding[], folder: string, kept?: KeptBaseline): string {
  const files = new Map<string, Map<string, number>>();
  const { baseline } = kept?.text === undefined ? { baseline: undefined } : readBaseline(kept.text, folder);
  for (const [path, counts] of baseline?.entries() ?? []) if (!kept!.isLookedAt(resolveFrom(folder, path))) files.set(path, new Map(counts));
  for (const { at, identity } of findings) {
    const path = pathFrom(folder, at.uri);
    if (path === undefined) continue;
    const counts = files.get(path) ?? new Map<string, number>();
    files.set(path, counts.set(identity, (counts.get(identity) ?? 0) + 1));
  }
  const sorted = <Value>(map: ReadonlyMap<string, Value>): [string, Value][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
  const file: BaselineFile = { version: 1, findings: Object.fromEntries(sorted(files).map(([path, counts]) => [path, Object.fromEntries(sorted(counts))])) };
  return `${JSON.stringify(file, null, 2)}\n`;
}
