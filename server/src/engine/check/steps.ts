/** Work that can be put aside between its steps, each of which takes about as long as the check of one file. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all steps now. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
