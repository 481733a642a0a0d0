import { createParsers, type Parsers } from "#engine";
import { loadGrammars } from "../../server/src/host/node/grammars";

let parsers: Promise<Parsers> | undefined;

/** The parsers of the build under test, loaded once per run. */
export function loadParsers(): Promise<Parsers> {
  return (parsers ??= loadAll());
}

async function loadAll(): Promise<Parsers> {
  const loaded = await createParsers(await loadGrammars());
  if (loaded.missing.size > 0) throw new Error(`grammars are missing: ${[...loaded.missing].join(", ")}`);
  return loaded;
}
