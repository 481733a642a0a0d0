import { createFile } from "#engine";
import type { EngineOptions, FileChange, FileEdit, Finding, Fix, FixProposal, KeptPart, KeptSession, Landscape, RelatedPlace, Safety, Severity, Steps, TextEdit, Understood, Unresolved, WorkspaceApi } from "#engine";

/** The rules that the double knows; `off-rule` is off by default. */
export const FAKE_RULES = [
  { id: "slow-call", topic: "fake", summary: "A slow call", impact: "critical", enabledByDefault: true },
  { id: "wild-call", topic: "fake", summary: "A wild call", impact: "high", enabledByDefault: true },
  { id: "quiet-call", topic: "fake", summary: "A quiet call", impact: "low", enabledByDefault: true },
  { id: "off-call", topic: "fake", summary: "A call that nobody minds", impact: "low", enabledByDefault: false },
] as const;

const SEVERITY: Readonly<Record<string, Severity>> = { slow: "warning", wild: "information", quiet: "hint", off: "hint" };

/**
 * A workspace whose findings follow from the text alone:
 * `slow()` is a warning that becomes `fast()` (safe; `slow(careful)` review, `slow(sketchy)` sketch) and has the inlay hint "1 + N"; `wild()` is an information whose fix (review)
 * also puts a line into `models.py` beside it, and whose sketch writes `tame(...)`; `quiet()` is a hint without fixes.
 * `slow(other)` has its finding at the first `target` of `other.py` in the same folder, as a cross-file rule would. `crash()` makes
 * `check` throw, and `nested(slow())` needs two rounds of fixing.
 */
export class FakeEngine implements WorkspaceApi {
  resumed: KeptSession | undefined;
  /** How often it had been given texts when it was to go on from an earlier session. */
  resumedBefore: number | undefined;
  readonly counters = { lowered: 0, linked: 0, checked: 0 };
  readonly applied: FileChange[][] = [];
  folders: readonly string[] = [];
  options: EngineOptions = { includeTests: false, disabledRules: [] };
  /** Called before each check, for tests that want to interfere. */
  onCheck: (uri: string) => void = () => {};

  private readonly texts = new Map<string, string>();
  private readonly stale = new Set<string>();
  private readonly found = new Map<string, readonly Finding[]>();

  apply(changes: readonly FileChange[]): void {
    this.applied.push([...changes]);
    for (const { uri, text } of changes) {
      if (text === undefined) {
        this.texts.delete(uri);
        this.stale.delete(uri);
        this.found.delete(uri);
      } else {
        this.texts.set(uri, text);
        this.stale.add(uri);
        this.counters.lowered++;
      }
    }
    this.counters.linked++;
  }

  setOptions(options: EngineOptions): void {
    this.options = options;
    for (const uri of this.texts.keys()) this.stale.add(uri);
  }

  setFolders(folders: readonly string[]): void {
    this.folders = folders;
  }

  readsLess(uri: string, text: string): boolean {
    const errors = (read: string | undefined) => read?.split("???").length ?? 0;
    return this.texts.has(uri) && errors(text) > errors(this.texts.get(uri));
  }

  text(uri: string): string | undefined {
    return this.texts.get(uri);
  }

  has(uri: string): boolean {
    return this.texts.has(uri);
  }

  uris(): readonly string[] {
    return [...this.texts.keys()].sort();
  }

  dirty(urgent: readonly string[] = []): readonly string[] {
    const first = urgent.filter((uri) => this.stale.has(uri));
    return [...first, ...[...this.stale].filter((uri) => !first.includes(uri)).sort()];
  }

  check(uri: string): void {
    if (!this.stale.has(uri)) return;
    this.stale.delete(uri);
    this.counters.checked++;
    this.found.delete(uri);
    this.onCheck(uri);
    if (this.text(uri)!.includes("crash()")) throw new Error("the fake crashed");
    this.found.set(uri, this.detect(uri));
  }

  checkAll(): void {
    for (const uri of this.dirty()) this.check(uri);
  }

  findings(uri: string): readonly Finding[] {
    return [...this.found.values()].flat().filter((finding) => finding.at.uri === uri).sort((a, b) => a.at.span.start - b.at.span.start);
  }

  allFindings(): readonly Finding[] {
    return [...new Set([...this.found.values()].flat().map(({ at }) => at.uri))].sort().flatMap((uri) => this.findings(uri));
  }

  fixes(finding: Finding): readonly Fix[] {
    return finding.proposals.flatMap((proposal) => {
      const edits = proposal.build((uri) => this.text(uri));
      return edits ? [{ title: proposal.title, safety: proposal.safety, preferred: proposal.preferred ?? false, edits }] : [];
    });
  }

  *fixing(finding: Finding): Steps<readonly Fix[]> {
    const text = this.text(finding.at.uri);
    yield;
    return this.text(finding.at.uri) === text ? this.fixes(finding) : [];
  }

  resume(kept: KeptSession): void {
    this.resumed = kept;
    this.resumedBefore = this.applied.length;
  }

  *keeping(): Iterable<KeptPart> {
    const uri = "file:///shop/views.py";
    const fingerprint = { declares: "", bodies: {} };
    yield { kind: "facts", uri, facts: { uri, language: "python", declares: { imports: [], classes: [], functions: [], values: [] }, bodies: {}, suppressions: [], errors: [], fingerprint } };
    const understanding = { views: new Set<string>(), templates: new Set<string>(), serializers: new Set<string>(), queries: 0, unresolved: [] };
    yield { kind: "check", uri, check: { findings: [], usage: new Map(), understanding, costs: [], answers: Uint32Array.of(0), askedUsage: new Map(), speaksOf: ["file:///shop/app7.py"] } };
    yield { kind: "answers", answers: { keys: ["name:x"], fingerprints: ["1"] } };
  }

  fork(): FakeEngine {
    const fork = new FakeEngine();
    this.forkInto(fork);
    return fork;
  }

  /** Lets another one know what this one knows. */
  protected forkInto(fork: FakeEngine): void {
    for (const [uri, text] of this.texts) fork.texts.set(uri, text);
    for (const uri of this.stale) fork.stale.add(uri);
    for (const [uri, findings] of this.found) fork.found.set(uri, findings);
    fork.folders = this.folders;
    fork.options = this.options;
  }

  understood(): Understood {
    return { files: this.texts.size, entities: 2, relations: 1, queries: 3, unresolved: 1, views: 0, templates: 0, serializers: 0 };
  }

  landscape(): Landscape {
    return { models: new Map([["django", 2]]), importers: () => 0 };
  }

  queriesAt(): readonly never[] {
    return [];
  }

  costs(): readonly never[] {
    return [];
  }

  unresolved(): readonly Unresolved[] {
    return [...this.texts].flatMap(([uri, text]) => {
      const start = text.indexOf("murky");
      return start < 0 ? [] : [{ what: "query" as const, name: "murky", reason: "nobody knows", at: { uri, span: { start, end: start + 5 } } }];
    });
  }

  notes(): readonly { readonly uri?: string; readonly message: string }[] {
    return [];
  }

  private detect(uri: string): Finding[] {
    if (!/\.(py|html|[cm]?[jt]sx?|vue|svelte|prisma)$/.test(uri)) return [];
    const text = this.text(uri)!;
    const found: Finding[] = [];
    for (const match of text.matchAll(/\b(slow|wild|quiet|off)\((\w*)\)/g)) {
      const [code, name, argument] = match;
      const ruleId = `${name}-call`;
      const isOn = this.options.rules ? this.options.rules.includes(ruleId) : name !== "off";
      if (!isOn || this.options.disabledRules.includes(ruleId)) continue;
      const span = { start: match.index, end: match.index + code.length };
      const elsewhere = argument === "other" ? this.elsewhere(uri) : undefined;
      found.push({
        ruleId,
        key: `${ruleId} ${uri} ${argument}`,
        identity: `${ruleId} ${argument}`,
        routes: [],
        message: `\`${name}\` is called`,
        hint: name === "slow" ? "1 + N" : undefined,
        impact: "high",
        severity: SEVERITY[name],
        confidence: "resolved",
        at: elsewhere ?? { uri, span },
        related: this.related(uri, span),
        proposals: this.proposals(name, argument, uri, span),
        unnecessary: name === "quiet",
      });
    }
    return found;
  }

  private elsewhere(uri: string): Finding["at"] | undefined {
    const other = sibling(uri, "other.py");
    const start = this.text(other)?.indexOf("target") ?? -1;
    return start < 0 ? undefined : { uri: other, span: { start, end: start + 6 } };
  }

  private related(uri: string, span: { readonly start: number; readonly end: number }): readonly RelatedPlace[] {
    return [{ at: { uri, span: { start: 0, end: Math.min(span.start, 1) } }, message: "the file starts here" }];
  }

  private proposals(name: string, argument: string, uri: string, span: { readonly start: number; readonly end: number }): readonly FixProposal[] {
    const proposal = (title: string, safety: Safety, edits: () => readonly FileEdit[]): FixProposal => ({ title, safety, preferred: safety === "safe", build: edits });
    const here = (newText: string): TextEdit => ({ span, newText });
    if (name === "slow") return [proposal("Call `fast` instead", argument === "careful" ? "review" : argument === "sketchy" ? "sketch" : "safe", () => [{ uri, edits: [here("fast()")] }])];
    if (name !== "wild") return [];
    if (argument === "file") return [proposal("Tame it in a new file", "review", () => [{ uri, edits: [here("tame()")] }, createFile(sibling(uri, "tamed.py"), "def tame(): ...\n")])];
    const models = sibling(uri, "models.py");
    return [
      proposal("Tame it in the model", "review", () => [
        { uri, edits: [here("tame()")] },
        ...(this.has(models) ? [{ uri: models, edits: [{ span: { start: 0, end: 0 }, newText: "tamed = True\n" }] }] : []),
      ]),
      proposal("Tame it by hand", "sketch", () => [{ uri, edits: [here("tame(...)")] }]),
    ];
  }
}

function sibling(uri: string, name: string): string {
  return uri.slice(0, uri.lastIndexOf("/") + 1) + name;
}
