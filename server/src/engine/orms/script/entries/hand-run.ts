import { folderOf, joinPath, referencesOf, type ProjectCore } from "../../../project";

/** Names of npm's scripts for what somebody runs now and then: `init-db`, `db:seed`, `data:import`. */
const NOW_AND_THEN = /(^|[:_.-])(init\w*|seed\w*|reset|migrat\w*|sync|import|export|create|drop|setup|db|database|data|fixtures?|backfill|clean\w*|populate|load|dump|upgrade|fill)($|[:_.-])/i;
const STARTS = /(^|[:_.-])(start|dev|develop|serve|server|watch|prod|production|debug|worker)($|[:_.-])/i;

/** What runs a file of code by its name. */
const RUNNER = /(?:^|\s|&&|\/)(?:node|nodemon|ts-node(?:-dev)?|tsx|babel-node|bun(?:\s+run)?|sucrase-node|esno|jiti)\s+((?:--?[\w-]+(?:[= ][\w./:@-]+)?\s+)*?)([\w./@-]+)/g;

/** What a package's scripts run, by path without suffix. */
export interface RunPaths {
  /** Now and then, and none that starts the application does. */
  readonly byHand: ReadonlySet<string>;
  /** When the application is started. */
  readonly started: ReadonlySet<string>;
}

/** Whether somebody runs a file by hand: a script of `package.json` that is for that, or it stands beside `package.json`, runs itself (`main().catch(…)`), and nothing that starts the application is called like it. */
export function isRunByHand(core: ProjectCore, uri: string, { byHand, started }: RunPaths): boolean {
  const path = withoutSuffix(core.path(uri));
  if (byHand.has(path)) return true;
  if (started.has(path) || APPLICATION.test(path) || !core.packages.manifests.in(folderOf(path))) return false;
  const facts = core.files.get(uri)!;
  const own = new Set(facts.declares.functions.map((each) => each.name));
  return referencesOf(facts).references.some(({ from, use, path: names }) => from === "" && use === "call" && names?.length === 1 && own.has(names[0]));
}

/** What a file is called that starts an application. */
export const APPLICATION = /(^|\/)(index|main|server|app|api|worker|www|cluster|start|bot|bootstrap)$|[.-](server|worker|app)$/i;

/** The files that scripts of `package.json` run. */
export function handRunPaths(core: ProjectCore): RunPaths {
  const byHand = new Set<string>();
  const started = new Set<string>();
  for (const { folder, scripts, mains } of core.packages.manifests.all) {
    for (const main of mains) started.add(withoutSuffix(joinPath(folder, main)));
    for (const [name, line] of scripts) {
      const paths = [...line.matchAll(RUNNER)].map((match) => withoutSuffix(joinPath(folder, match[2])));
      // `dev:reset`, `seed:prod`: where something is done says nothing of what.
      const what = name.split(/[:_.-]/).filter((each) => !/^(dev|development|prod|production|local|staging|test)$/i.test(each)).join(":");
      for (const path of paths) (NOW_AND_THEN.test(what) && !STARTS.test(what) ? byHand : started).add(path);
    }
  }
  for (const path of started) byHand.delete(path);
  return { byHand, started };
}

export function withoutSuffix(path: string): string {
  return path.replace(/\.[cm]?[jt]sx?$/, "");
}
