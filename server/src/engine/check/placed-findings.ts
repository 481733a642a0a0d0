import type { Finding } from "../rule";
import { pathInFolders, isReportedRole, roleOf, type FileRole } from "./file-role";
import { mergeFindings, type MergedFinding, type SeenFinding } from "./merge";
import type { RawFinding } from "./raw-finding";
import type { SourceFile } from "./source-file";
import { applySuppressions, suppressionsInText, UNUSED_SUPPRESSION } from "./suppressions";

/** What the workspace says of its files and rules. */
export interface Placement {
  file(uri: string): SourceFile | undefined;
  resource(uri: string): string | undefined;
  folders(): readonly string[];
  options(): { readonly includeTests: boolean; readonly includeAssumed?: boolean; readonly disabledRules: readonly string[] };
  /** Whether findings in a file are shown at all. */
  isReported(uri: string, role: FileRole): boolean;
  isEnabled(ruleId: string): boolean;
  isRule(id: string): boolean;
  /** Whether findings of a rule in this migration are shown. */
  speaksOfMigration(ruleId: string, uri: string): boolean;
  /** What the check of a file found, wherever it stands. */
  findingsOf(owner: string): readonly RawFinding[];
  /** No file waits for its check. */
  isSettled(): boolean;
}

/** Findings by the files that they stand in, whichever file's check found them; merged and suppressed when asked for. */
export class PlacedFindings {
  /** Which checked files have findings in a file. */
  private readonly owners = new Map<string, Set<string>>();
  private readonly gathered = new Map<string, readonly MergedFinding[]>();
  private readonly shown = new Map<string, readonly Finding[]>();

  constructor(private readonly workspace: Placement) {}

  /** Knows what another one knows. */
  takeOver({ owners, gathered, shown }: PlacedFindings): void {
    for (const [uri, files] of owners) this.owners.set(uri, new Set(files));
    for (const [uri, findings] of gathered) this.gathered.set(uri, findings);
    for (const [uri, findings] of shown) this.shown.set(uri, findings);
  }

  /** A check found these. */
  add(owner: string, findings: readonly RawFinding[]): void {
    this.changed(findings);
    for (const { at } of findings) {
      const owners = this.owners.get(at.uri);
      if (owners) owners.add(owner);
      else this.owners.set(at.uri, new Set([owner]));
    }
  }

  ownersAt(uri: string): Iterable<string> {
    return this.owners.get(uri) ?? [];
  }

  /** These came, went or moved. */
  changed(findings: readonly RawFinding[]): void {
    for (const { at } of findings) {
      this.gathered.delete(at.uri);
      this.shown.delete(at.uri);
    }
  }

  /** Which findings count may be different everywhere. */
  forget(): void {
    this.gathered.clear();
    this.shown.clear();
  }

  /** Which suppressions are of use may be different everywhere. */
  forgetShown(): void {
    this.shown.clear();
  }

  shownIn(uri: string): readonly Finding[] {
    let shown = this.shown.get(uri);
    if (!shown) {
      const { workspace } = this;
      const { kept, unused } = this.suppressed(uri);
      // While files wait for their check, or code is half typed, a suppression may still turn out to be of use.
      const isComplete = workspace.isSettled() && (workspace.resource(uri) !== undefined || workspace.file(uri)?.facts?.errors.length === 0);
      const findings = [...kept, ...(isComplete ? unused : [])].map((each) => each.finding);
      if (isComplete && unused.length > 0) findings.sort((a, b) => a.at.span.start - b.at.span.start || a.at.span.end - b.at.span.end);
      this.shown.set(uri, (shown = findings));
    }
    return shown;
  }

  /** What all checks found in a file, suppressed or not. */
  gather(uri: string): readonly MergedFinding[] {
    let gathered = this.gathered.get(uri);
    if (!gathered) {
      const seen: SeenFinding[] = [];
      for (const owner of this.ownersAt(uri)) for (const raw of this.workspace.findingsOf(owner)) if (raw.at.uri === uri) seen.push({ raw, owner });
      this.gathered.set(uri, (gathered = this.merge(uri, seen)));
    }
    return gathered;
  }

  merge(uri: string, seen: readonly SeenFinding[]): readonly MergedFinding[] {
    const { workspace } = this;
    const { includeTests, includeAssumed } = workspace.options();
    const folders = workspace.folders();
    const role = roleOf(uri, folders);
    if (!workspace.isReported(uri, role)) return [];
    const isMigration = !includeTests && role === "migration";
    const isTestCode = ({ ruleId, entry }: RawFinding): boolean => {
      if (role === "migration" && workspace.speaksOfMigration(ruleId, uri)) return false;
      return !isReportedRole(role) || entry === "test" || entry === "migration";
    };
    const isShown = ({ raw }: SeenFinding): boolean =>
      workspace.isEnabled(raw.ruleId) && (isMigration ? workspace.speaksOfMigration(raw.ruleId, uri) : includeTests || (raw.entry !== "test" && raw.entry !== "migration")) && (includeAssumed || raw.confidence !== "assumed");
    return mergeFindings(seen.filter(isShown), pathInFolders(uri, folders), isTestCode);
  }

  private suppressed(uri: string): { readonly kept: readonly MergedFinding[]; readonly unused: readonly MergedFinding[] } {
    const { workspace } = this;
    const found = this.gather(uri);
    const resource = workspace.resource(uri);
    const file = workspace.file(uri);
    const facts = resource === undefined ? file?.facts : { uri, suppressions: suppressionsInText(resource) };
    if (!facts) return { kept: found, unused: [] };
    const { kept, unused } = applySuppressions(found, facts, (resource ?? file?.text)!, (id) => workspace.isEnabled(id) || !workspace.isRule(id));
    const { disabledRules, includeTests } = workspace.options();
    const showUnused = !disabledRules.includes(UNUSED_SUPPRESSION) && (includeTests || isReportedRole(roleOf(uri, workspace.folders())));
    return { kept, unused: showUnused ? unused : [] };
  }
}
