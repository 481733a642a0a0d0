/** Where a script says the path of another file, by an import or in any other text. */
export interface Mention {
  readonly path: string;
  /** What an import takes from there, `default` for the default; absent where it may be anything. */
  readonly names?: readonly string[];
  /** It only hands them on, under the same names: `export { a } from "./a"`, `export * from "./a"`. */
  readonly isReexport?: true;
}

/** What the text of a script says of other files. Told of files that are not read as well. */
export interface FileMentions {
  readonly mentions: readonly Mention[];
  /** Ends of the names that patterns in it ask for: `.entity` of `**\/*.entity{.ts,.js}`. */
  readonly endings: readonly string[];
  /** Folders that it asks for any file of: `locales` of `./locales/${name}.ts`. */
  readonly folders: readonly string[];
  /** It reads folders to load what is in them. */
  readonly loadsFolders: boolean;
}

/** A script that says something of others. */
export interface Speaker extends FileMentions {
  /** A test, as its path tells, or what was brought along: it counts where something else leads to it. */
  readonly isAside: boolean;
}

/** What the scripts of a workspace say of other files, by URI. */
export type ScriptMentions = ReadonlyMap<string, Speaker>;

export const NO_MENTIONS: ScriptMentions = new Map();
