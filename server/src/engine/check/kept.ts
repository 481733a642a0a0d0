import type { BodyCost } from "../cost";
import type { FileFacts } from "../facts";
import type { FixProposal } from "../rule";
import type { RawFinding } from "./raw-finding";
import type { Understanding } from "./understanding";
import type { UsageShare } from "./usage";

/** What a session found out about a workspace, for a later one that opens nearly the same texts: plain data, all of it. */
export interface KeptSession {
  /** Whether a file has the very text now that it had then; `text` undefined: it is gone. */
  hasText(uri: string, text: string | undefined): boolean;
  /** What a file said then; undefined where nobody had read it. */
  facts(uri: string): FileFacts | undefined;
  /** What the check of a file came to then, undefined where there was none. */
  check(uri: string): KeptCheck | undefined;
  readonly answers: KeptAnswers;
}

/** What the project model answered, by the keys that checks asked. */
export interface KeptAnswers {
  readonly keys: readonly string[];
  /** Of each key, the fingerprint of its answer. */
  readonly fingerprints: readonly string[];
}

/** What the check of one file came to, and what it rests on beside the file's own text. */
export interface KeptCheck {
  /** Proposals have titles, but build nothing. */
  readonly findings: readonly (Omit<RawFinding, "proposals"> & { readonly proposals: readonly Omit<FixProposal, "build">[] })[];
  readonly usage: ReadonlyMap<string, UsageShare>;
  readonly understanding: Understanding;
  readonly costs: readonly BodyCost[];
  /** The answers that it rests on, as places in `KeptAnswers`. */
  readonly answers: Uint32Array;
  /** The entities whose usage its rules asked for, with the state that this usage had. */
  readonly askedUsage: ReadonlyMap<string, string>;
  /** Other files that it has places in: where one of them is another text, the places are no more. */
  readonly speaksOf: readonly string[];
}

/** One thing that a session keeps. */
export type KeptPart =
  | { readonly kind: "facts"; readonly uri: string; readonly facts: FileFacts }
  | { readonly kind: "check"; readonly uri: string; readonly check: KeptCheck }
  | { readonly kind: "answers"; readonly answers: KeptAnswers };

/** A session as it is now. */
export interface Keeping {
  readonly files: ReadonlyMap<string, { readonly facts?: FileFacts }>;
  readonly results: ReadonlyMap<string, Omit<KeptCheck, "findings" | "answers" | "askedUsage" | "speaksOf"> & { readonly findings: readonly RawFinding[]; readonly askedUsage: ReadonlySet<string>; readonly failures: readonly unknown[]; readonly problem?: string }>;
  readonly keysOf: (uri: string) => Iterable<string>;
  readonly usageState: (entity: string) => string;
  readonly fingerprintOf: (key: string) => string;
}

/** What it found out, but for what failed. */
export function* keptParts({ files, results, keysOf, usageState, fingerprintOf }: Keeping): Iterable<KeptPart> {
  const answers = new AnswerTable(fingerprintOf);
  for (const [uri, { facts }] of files) if (facts) yield { kind: "facts", uri, facts };
  for (const [uri, { failures, problem, findings, usage, understanding, costs, askedUsage }] of results) {
    if (failures.length > 0 || problem !== undefined) continue;
    const found = { findings: findings.map(withoutBuilders), usage, understanding, costs };
    const check = { ...found, answers: answers.placesOf(keysOf(uri)), askedUsage: new Map([...askedUsage].map((entity) => [entity, usageState(entity)])), speaksOf: filesSpokenOf(found, uri) };
    yield { kind: "check", uri, check };
  }
  yield { kind: "answers", answers: answers.all };
}

/** Numbers the keys that checks asked, in the order in which they come. */
class AnswerTable {
  private readonly places = new Map<string, number>();
  private readonly fingerprints: string[] = [];

  constructor(private readonly fingerprintOf: (key: string) => string) {}

  placesOf(keys: Iterable<string>): Uint32Array {
    const places: number[] = [];
    for (const key of keys) {
      let place = this.places.get(key);
      if (place === undefined) {
        this.places.set(key, (place = this.fingerprints.length));
        this.fingerprints.push(this.fingerprintOf(key));
      }
      places.push(place);
    }
    return Uint32Array.from(places);
  }

  get all(): KeptAnswers {
    return { keys: [...this.places.keys()], fingerprints: this.fingerprints };
  }
}

/** A finding without what builds its fixes. */
function withoutBuilders({ proposals, ...finding }: RawFinding): KeptCheck["findings"][number] {
  return { ...finding, proposals: proposals.map(({ title, safety, preferred, editsTemplates }) => ({ title, safety, preferred, editsTemplates })) };
}

/** A kept finding as a check gives it; its proposals build nothing until the file is checked anew. */
export function withoutFixes({ proposals, ...finding }: KeptCheck["findings"][number]): RawFinding {
  return { ...finding, proposals: proposals.map((each) => ({ ...each, build: () => undefined })) };
}

/** The files, but for `own`, that anything in plain data has a place in: all that is called `uri`. */
export function filesSpokenOf(data: unknown, own: string): readonly string[] {
  const found = new Set<string>();
  const seen = new Set<object>();
  const waiting: unknown[] = [data];
  while (waiting.length > 0) {
    const value = waiting.pop();
    if (value === null || typeof value !== "object" || seen.has(value)) continue;
    seen.add(value);
    if (value instanceof Map) for (const [key, item] of value) waiting.push(key, item);
    else if (Array.isArray(value) || value instanceof Set) for (const item of value) waiting.push(item);
    else {
      for (const [name, item] of Object.entries(value)) {
        if (name === "uri" && typeof item === "string") found.add(item);
        else waiting.push(item);
      }
    }
  }
  found.delete(own);
  return [...found].sort();
}
