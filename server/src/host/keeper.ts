/** Keeps what is known of a workspace from a session to the next one. */
export interface Keeper {
  /** Names the program that writes; what another one wrote is of no use. */
  readonly version: string;
  /** A digest that no two texts of a workspace share. */
  digest(text: string): string;
  /** The text that was written last, undefined when there is none. */
  read(): Promise<string | undefined>;
  /** Replaces it as a whole or not at all. */
  write(text: string): Promise<void>;
  /** Keeps plain data as well; absent where there is no room for that. */
  readonly data?: DataKeeper;
}

/** Keeps bytes beside the text, and knows how plain data (with maps, sets and things that are the same) become bytes. */
export interface DataKeeper {
  encode(data: unknown): Uint8Array;
  /** Throws where these are not the bytes of anything. */
  decode(bytes: Uint8Array): unknown;
  read(): Promise<Uint8Array | undefined>;
  /** Replaces them as a whole or not at all. */
  write(bytes: readonly Uint8Array[]): Promise<void>;
}
