import type { EngineOptions } from "#engine";
import type { Keeper } from "../host/keeper";

/** All that findings follow from, the program aside. */
export interface Grounds {
  readonly options: EngineOptions | undefined;
  readonly folders: readonly string[];
  readonly texts: ReadonlyMap<string, string>;
}

/** Names grounds; `digestOf` gives the digest of a file's text. */
export function nameOf({ options, folders, texts }: Grounds, keeper: Keeper, digestOf: (uri: string, text: string) => string): string {
  const files = [...texts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([uri, text]) => `${uri} ${digestOf(uri, text)}`);
  return keeper.digest([keeper.version, JSON.stringify(options), ...folders, ...files].join("\n"));
}

/** Names what of the grounds is no text. */
export function settingOf({ options, folders }: Omit<Grounds, "texts">, keeper: Keeper): string {
  return nameOf({ options, folders, texts: new Map() }, keeper, () => "");
}
