import { changeBetween, shiftSpan, type Finding, type TextChange, type WorkspaceApi } from "#engine";

/** So long after the last keystroke a text is taken as it is: what cannot be read by then is not half typed. */
const LONGEST_MILLISECONDS = 30_000;

interface Waiting {
  readonly text: string;
  /** From the text that the engine has to this one. */
  readonly change: TextChange;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Open documents in the middle of a keystroke: `filter(a=` hides what stands below it, up to whole models, and everything that is said of the project
 * would come and go as one types. The engine keeps the last text that could be read, until the next one that can be, and what is said of it is shown
 * where it stands by now.
 */
export class HalfTyped {
  private readonly waiting = new Map<string, Waiting>();

  /** `timeIsUp` gets a document to be taken as it is. */
  constructor(
    private readonly engine: WorkspaceApi,
    private readonly timeIsUp: (uri: string, text: string) => void,
    private readonly longest = LONGEST_MILLISECONDS,
  ) {}

  /** Whether the engine is to go on without this text. */
  holds(uri: string, text: string): boolean {
    const known = this.waiting.get(uri);
    // Its time is up.
    if (known?.text === text) return false;
    const before = this.engine.text(uri);
    if (before === undefined || !this.engine.readsLess(uri, text)) return false;
    clearTimeout(known?.timer);
    this.waiting.set(uri, { text, change: changeBetween(before, text), timer: setTimeout(() => this.timeIsUp(uri, text), this.longest) });
    return true;
  }

  /** The engine gets a text of the document. */
  release(uri: string): void {
    clearTimeout(this.waiting.get(uri)?.timer);
    this.waiting.delete(uri);
  }

  has(uri: string): boolean {
    return this.waiting.has(uri);
  }

  get isEmpty(): boolean {
    return this.waiting.size === 0;
  }

  /** What stands there in place of the text that the engine has. */
  shown(uri: string): Pick<Waiting, "text" | "change"> | undefined {
    return this.waiting.get(uri);
  }

  /** Of the findings in a file, those that nobody is writing at. */
  untouched(uri: string, findings: readonly Finding[]): readonly Finding[] {
    const change = this.waiting.get(uri)?.change;
    return change ? findings.filter(({ at }) => shiftSpan(at.span, change)) : findings;
  }

  dispose(): void {
    for (const { timer } of this.waiting.values()) clearTimeout(timer);
  }
}
