import { createParsers, type Parsers } from "#engine";
import { loadGrammars } from "../../server/src/host/node/grammars";

let parsers: Promise<Parsers> | undefined;

/** The parsers of the build under test, loaded once per run. */
export function loadParsers(): Promise<Parsers> {
  return (parsers ??= loadGrammars().then((bytes) => createParsers(bytes)));
}
