import type { EndpointCost, Finding, FixProposal } from "#engine";

/** What was known of a workspace when everything in it had been checked. */
export interface Snapshot {
  /** Of all files, whatever is configured to be reported. Their proposals have titles, but build nothing. */
  readonly findings: readonly Finding[];
  /** Of what answers requests or is run by itself. */
  readonly costs: readonly EndpointCost[];
  /** Of classes that a framework runs for others: serializers. */
  readonly classCosts: readonly EndpointCost[];
}

/** A snapshot as text. `state` names all that it follows from: program, options, folders and texts. */
export function writeSnapshot(state: string, { findings, costs, classCosts }: Snapshot): string {
  return JSON.stringify({ state, findings, costs, classCosts });
}

/** The snapshot in a text; undefined when it is of another state, or no snapshot at all. */
export function readSnapshot(text: string, state: string): Snapshot | undefined {
  const kept = parsed(text) as Partial<Snapshot & { state: string }> | null | undefined;
  if (kept?.state !== state || !Array.isArray(kept.findings) || !Array.isArray(kept.costs) || !Array.isArray(kept.classCosts)) return undefined;
  const findings = (kept.findings as readonly Finding[]).map((finding): Finding => ({ ...finding, proposals: finding.proposals.map(withoutBuilder) }));
  return { findings, costs: kept.costs as readonly EndpointCost[], classCosts: kept.classCosts as readonly EndpointCost[] };
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
