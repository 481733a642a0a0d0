/** Keeps one text from a session to the next one over the same workspace. */
export interface Keeper {
  /** Names the program that writes; what another one wrote is of no use. */
  readonly version: string;
  /** A digest that no two texts of a workspace share. */
  digest(text: string): string;
  /** What was written last, undefined when there is none. */
  read(): Promise<string | undefined>;
  /** Replaces it as a whole or not at all. */
  write(text: string): Promise<void>;
}
