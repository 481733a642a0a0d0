import type { FileFacts, Language } from "../facts";
import type { FlatTree, GrammarName } from "../syntax";
import { lowerPython } from "./python";

/** How files of one language become facts. */
export interface FrontEnd {
  readonly language: Language;
  readonly grammar: GrammarName;
  lower(tree: FlatTree, text: string, uri: string): FileFacts;
}

const python: FrontEnd = { language: "python", grammar: "python", lower: lowerPython };

/** The front end for a file, by the end of its name; undefined for files that are no code. */
export function languageOf(uri: string): FrontEnd | undefined {
  return /\.pyi?$/i.test(uri) ? python : undefined;
}
