/** The longest that work in the background keeps the connection waiting, apart from one file's check. */
const SLICE_MILLISECONDS = 12;

/** Work that lets others in whenever it has had a slice of time. */
export class Slices {
  private ends = Date.now() + SLICE_MILLISECONDS;

  constructor(private readonly pause: () => Promise<unknown>) {}

  get isOver(): boolean {
    return Date.now() >= this.ends;
  }

  /** Lets others in: what the work rests on may be another afterwards. */
  async next(): Promise<void> {
    await this.pause();
    this.ends = Date.now() + SLICE_MILLISECONDS;
  }
}
