import type { FileFacts } from "../facts";
import type { LinkedProject } from "../project";
import { withoutFixes, type KeptCheck, type KeptSession } from "./kept";
import type { RawFinding } from "./raw-finding";

/** What an earlier session found in a file, with the keys that its check asked of the project model. */
export interface ResumedCheck extends Pick<KeptCheck, "usage" | "understanding" | "costs" | "askedUsage"> {
  readonly findings: readonly RawFinding[];
  readonly keys: ReadonlySet<string>;
}

/** Says what of an earlier session holds in this one. */
export class Resumption {
  /** Whether the project model answers as it did, by the places of `KeptAnswers`; of one link. */
  private answers: { readonly project: LinkedProject; readonly areSame: (boolean | undefined)[] } | undefined;

  constructor(private readonly kept: KeptSession) {}

  factsOf(uri: string, text: string): FileFacts | undefined {
    return this.kept.hasText(uri, text) ? this.kept.facts(uri) : undefined;
  }

  /**
   * What the check of a file would come to, if that is what it came to in the earlier session: the usage of entities aside, which is known when all files are
   * checked. `text`: of any file as it is now.
   */
  checkOf(uri: string, project: LinkedProject, text: (uri: string) => string | undefined): ResumedCheck | undefined {
    const isUnchanged = (each: string): boolean => this.kept.hasText(each, text(each));
    const check = isUnchanged(uri) ? this.kept.check(uri) : undefined;
    if (!check || !check.speaksOf.every(isUnchanged) || !check.answers.every((place) => this.isSameAnswer(place, project))) return undefined;
    const { usage, understanding, costs, askedUsage, findings, answers } = check;
    return { usage, understanding, costs, askedUsage, findings: findings.map(withoutFixes), keys: new Set([...answers].map((place) => this.kept.answers.keys[place])) };
  }

  private isSameAnswer(place: number, project: LinkedProject): boolean {
    if (this.answers?.project !== project) this.answers = { project, areSame: [] };
    const { keys, fingerprints } = this.kept.answers;
    return (this.answers.areSame[place] ??= project.fingerprintOf(keys[place]) === fingerprints[place]);
  }
}
