import { filesSpokenOf, type EndpointCost, type Finding, type FixProposal } from "#engine";

/** What was known of a workspace when everything in it had been checked. */
export interface Snapshot {
  /** Of all files, whatever is configured to be reported. Their proposals have titles, but build nothing. */
  readonly findings: readonly Finding[];
  /** Of what answers requests or is run by itself. */
  readonly costs: readonly EndpointCost[];
  /** Of classes that a framework runs for others: serializers. */
  readonly classCosts: readonly EndpointCost[];
}

/** What is left of a snapshot. */
export interface Recalled extends Snapshot {
  /** Nothing has changed since: it is all there is. Otherwise it is the findings whose places are all in texts that have not, and no costs. */
  readonly isWhole: boolean;
}

/** What a snapshot follows from. */
export interface SnapshotState {
  /** Names all of it: program, options, folders and texts. */
  readonly whole: string;
  /** Names what is no text. */
  readonly setting: string;
  /** Names the text of a file; undefined where there is none. */
  textOf(uri: string): string | undefined;
}

/** A snapshot as text. */
export function writeSnapshot({ whole, setting, textOf }: SnapshotState, { findings, costs, classCosts }: Snapshot): string {
  const files = Object.fromEntries(filesSpokenOf(findings, "").map((uri) => [uri, textOf(uri)]));
  return JSON.stringify({ state: whole, setting, files, findings, costs, classCosts });
}

/** What holds of a snapshot in a text; undefined when that is nothing: it was made under other options, or it is no snapshot at all. */
export function readSnapshot(text: string, { whole, setting, textOf }: SnapshotState): Recalled | undefined {
  const kept = parsed(text) as Partial<Snapshot & { state: string; setting: string; files: Readonly<Record<string, string>> }> | null | undefined;
  if (!kept || kept.setting !== setting || !Array.isArray(kept.findings) || !Array.isArray(kept.costs) || !Array.isArray(kept.classCosts)) return undefined;
  const findings = (kept.findings as readonly Finding[]).map((finding): Finding => ({ ...finding, proposals: finding.proposals.map(withoutBuilder) }));
  if (kept.state === whole) return { isWhole: true, findings, costs: kept.costs as readonly EndpointCost[], classCosts: kept.classCosts as readonly EndpointCost[] };
  const { files = {} } = kept;
  const isSame = (uri: string): boolean => files[uri] !== undefined && files[uri] === textOf(uri);
  return { isWhole: false, findings: findings.filter((finding) => filesSpokenOf(finding, "").every(isSame)), costs: [], classCosts: [] };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // half written, or somebody else's
  }
}

function withoutBuilder(proposal: Omit<FixProposal, "build">): FixProposal {
  return { ...proposal, build: () => undefined };
}
