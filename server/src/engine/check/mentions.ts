import { NO_MENTIONS, type ScriptMentions, type Speaker } from "../facts";
import type { SourceFile } from "./source-file";

/** What the scripts of a workspace say of each other, read or not: looked at again where a text is another one. */
export class MentionsRead {
  private known: ScriptMentions = NO_MENTIONS;
  private texts: ReadonlyMap<string, string> = new Map();
  /** The state of the texts that this is of. */
  private revision = -1;

  constructor(private readonly files: ReadonlyMap<string, SourceFile>) {}

  /** Knows what another one knows. */
  takeOver({ known, texts, revision }: MentionsRead): void {
    Object.assign(this, { known, texts, revision });
  }

  /** As of the last look: the same object for as long as all say the same. Nothing where no script was read: nobody asks. */
  get all(): ScriptMentions {
    return this.known;
  }

  /** Looks at the texts where they are in another state, or some were read since (`anew`); whether they say something else now. */
  look(revision: number, anew: boolean): boolean {
    if (revision === this.revision && !anew) return false;
    this.revision = revision;
    const before = this.known;
    this.known = this.gather();
    return before !== this.known;
  }

  private gather(): ScriptMentions {
    const next = new Map<string, Speaker>();
    const texts = new Map<string, string>();
    let isSame = true;
    if ([...this.files.values()].some(({ facts, frontEnd }) => facts && frontEnd.mentions)) {
      for (const [uri, { text, frontEnd, role }] of this.files) {
        if (!frontEnd.mentions) continue;
        const isAside = role === "test" || role === "vendored";
        const before = this.known.get(uri);
        const after = before?.isAside === isAside && this.texts.get(uri) === text ? before : { ...frontEnd.mentions(text, uri), isAside };
        const stays = before !== undefined && (before === after || JSON.stringify(before) === JSON.stringify(after));
        isSame &&= stays;
        next.set(uri, stays ? before : after);
        texts.set(uri, text);
      }
    }
    this.texts = texts;
    return isSame && next.size === this.known.size ? this.known : next;
  }
}
