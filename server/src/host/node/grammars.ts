import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { GrammarBytes, GrammarName, RuntimeModule } from "../../engine/syntax";
import { reason } from "./project-files";

/** Where grammars come from: the grammars' own npm packages, or the older collection `tree-sitter-wasms` with its older runtime. */
export type GrammarBuild = "own-packages" | "tree-sitter-wasms";

/** The build in use. The environment variable SCALE_HINTS_GRAMMARS overrides it, for tests that compare the two. */
export const GRAMMAR_BUILD: GrammarBuild = "own-packages";

/** Files of one build: as npm names them, found beside the bundle under their last segment. */
interface BuildFiles {
  readonly runtime: string;
  readonly grammars: Readonly<Record<GrammarName, string>>;
  /** The runtime's JavaScript when the bundled one cannot load the grammars. */
  readonly module?: string;
}

const BUILDS: Readonly<Record<GrammarBuild, BuildFiles>> = {
  "own-packages": {
    runtime: "web-tree-sitter/web-tree-sitter.wasm",
    grammars: {
      python: "tree-sitter-python/tree-sitter-python.wasm",
      typescript: "tree-sitter-typescript/tree-sitter-typescript.wasm",
      tsx: "tree-sitter-typescript/tree-sitter-tsx.wasm",
    },
  },
  "tree-sitter-wasms": {
    runtime: "web-tree-sitter-025/tree-sitter.wasm",
    grammars: {
      python: "tree-sitter-wasms/out/tree-sitter-python.wasm",
      typescript: "tree-sitter-wasms/out/tree-sitter-typescript.wasm",
      tsx: "tree-sitter-wasms/out/tree-sitter-tsx.wasm",
    },
    module: "web-tree-sitter-025",
  },
};

/** The grammars that a front end exists for; loading more only costs start-up time. */
const FRONT_END_GRAMMARS: readonly GrammarName[] = ["python", "typescript", "tsx"];

/** Reads runtime and grammars from `directory` (beside the bundle), or from `node_modules` when there is none. Throws without the runtime only. */
export async function loadGrammars(directory?: string, names: readonly GrammarName[] = FRONT_END_GRAMMARS): Promise<GrammarBytes> {
  const build = BUILDS[chosenBuild()];
  // Only development asks npm: the bundle knows its directory and has no `node_modules` around it.
  const locate = directory === undefined
    ? createRequire(__filename).resolve
    : (file: string): string => join(directory, file.slice(file.lastIndexOf("/") + 1));
  const runtime = await readFile(locate(build.runtime)).catch((error: Error) => {
    throw new Error(`the parser cannot be read, install Scale Hints again (${reason(error)})`);
  });
  const grammars: Partial<Record<GrammarName, Uint8Array>> = {};
  const missing: Partial<Record<GrammarName, string>> = {};
  for (const name of names) {
    try {
      grammars[name] = await readFile(locate(build.grammars[name]));
    } catch (error) {
      missing[name] = reason(error as Error);
    }
  }
  if (build.module === undefined) return { runtime, grammars, missing };
  return { runtime, grammars, missing, runtimeModule: createRequire(__filename)(build.module) as RuntimeModule };
}

function chosenBuild(): GrammarBuild {
  const asked = process.env.SCALE_HINTS_GRAMMARS;
  if (asked === undefined || asked === "") return GRAMMAR_BUILD;
  if (asked in BUILDS) return asked as GrammarBuild;
  throw new Error(`SCALE_HINTS_GRAMMARS must be one of ${Object.keys(BUILDS).join(", ")}, not "${asked}"`);
}
