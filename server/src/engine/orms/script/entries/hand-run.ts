import { joinPath, type ProjectCore } from "../../../project";

/** Names of npm's scripts for what somebody runs now and then: `init-db`, `db:seed`, `data:import`. */
const NOW_AND_THEN = /(^|[:_.-])(init\w*|seed\w*|reset|migrat\w*|sync|import|export|create|drop|setup|db|database|data|fixtures?|backfill|clean\w*|populate|load|dump|upgrade|fill)($|[:_.-])/i;
const STARTS = /(^|[:_.-])(start|dev|develop|serve|server|watch|prod|production|debug|worker)($|[:_.-])/i;

/** What runs a file of code by its name. */
const RUNNER = /(?:^|\s|&&|\/)(?:node|nodemon|ts-node(?:-dev)?|tsx|babel-node|bun(?:\s+run)?|sucrase-node|esno|jiti)\s+((?:--?[\w-]+(?:[= ][\w./:@-]+)?\s+)*?)([\w./@-]+)/g;

/** The paths, without suffix, of files that scripts of `package.json` run now and then, and none that starts the application does. */
export function handRunPaths(core: ProjectCore): ReadonlySet<string> {
  const byHand = new Set<string>();
  const started = new Set<string>();
  for (const { folder, scripts, mains } of core.packages.manifests.all) {
    for (const main of mains) started.add(withoutSuffix(joinPath(folder, main)));
    for (const [name, line] of scripts) {
      const paths = [...line.matchAll(RUNNER)].map((match) => withoutSuffix(joinPath(folder, match[2])));
      for (const path of paths) (NOW_AND_THEN.test(name) && !STARTS.test(name) ? byHand : started).add(path);
    }
  }
  for (const path of started) byHand.delete(path);
  return byHand;
}

export function withoutSuffix(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, "");
}
