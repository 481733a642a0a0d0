import { noFramework, type ClassRef, type EntryPoint, type FrameworkEntries, type FunctionRef, type ProjectAdapter, type ProjectCore } from "../../../project";
import { findDecorated } from "./decorated";
import { findFileRoutes } from "./file-routes";
import { FoundEntries } from "./found";
import { findResolvers } from "./graphql";
import { handRunPaths, isRunByHand } from "./hand-run";
import { handlersIn } from "./handlers";
import { followImports, NamesTaken } from "./imported";
import { findJobs } from "./jobs";
import { unmountedFiles } from "./mounted";
import { findProcedures } from "./procedures";
import { ScriptReader } from "./reader";
import { findRouters } from "./routers";

/** What starts code in projects of TypeScript: routers, files that are routes, decorated classes, resolvers, jobs, commands. */
export const scriptProjectAdapter: ProjectAdapter = {
  framework: "script",
  packages: [],
  link: () => ({ ...noFramework, entries: scriptEntries }),
};

function scriptEntries(core: ProjectCore): FrameworkEntries {
  const reader = new ScriptReader(core);
  const unmounted = unmountedFiles(core, reader);
  const found = new FoundEntries(core, unmounted);
  const handRun = handRunPaths(core);
  let handlers: ReadonlyMap<string, ClassRef> | undefined;
  for (const find of [findRouters, findFileRoutes, findDecorated, findResolvers, findProcedures, findJobs]) find(found, reader);
  const isPlaced = (uri: string): boolean => found.placed.has(uri) || placeOf(core.moduleName(uri)) !== undefined || isRunByHand(core, uri, handRun);
  const { reached, unreached } = followImports(core, found.files, isPlaced);
  const isUnmounted = (uri: string): boolean => unmounted.has(uri) || unreached.has(uri);
  const untaken = untakenActions(found, reached);
  // No address leads to what is no part of the application.
  for (const key of [...found.routes.keys()]) if (unreached.has(key.slice(0, key.indexOf("#")))) found.routes.delete(key);
  return {
    languages: ["typescript"],
    places: found.places,
    routes: found.routes,
    ofModule: (uri) => (/(^|\/)migrations?(\/|$)/.test(core.moduleName(uri)) ? "migration" : undefined),
    ofFunction: (fn) => found.functions.get(fn.key),
    ofClass: (ref) => found.classes.get(ref.key),
    byPlace: (uri) => placeOf(core.moduleName(uri)) ?? (isRunByHand(core, uri, handRun) ? "command" : undefined),
    startedBy: () => undefined,
    mayBeCalled: (fn) => !isUnmounted(fn.uri) && mayBeCalled(core, fn),
    isUnmounted,
    isUntaken: (fn) => untaken.has(fn.key) || found.shadowed.has(fn.key),
    handlerOf: (message) => (handlers ??= handlersIn(core)).get(message.key),
    isLookedFor: (fn) => isLookedFor(core, fn),
    perRow: (fn) => found.perRow.get(fn.key),
  };
}

/** Functions for browsers that no page imports: nobody knows the addresses that they are given while the project is built. */
function untakenActions({ core, actions }: FoundEntries, reached: ReadonlySet<string>): ReadonlySet<string> {
  if (reached.size === 0 || actions.size === 0) return new Set();
  const taken = new NamesTaken(core, reached);
  return new Set([...actions].flatMap(([key, { uri, name }]) => {
    const names = taken.of(uri);
    return names === "all" || names.has(name) ? [] : [key];
  }));
}

function placeOf(name: string): EntryPoint | undefined {
  if (/(^|\/)(jobs?|workers?|queues?|crons?|tasks|processors|consumers|schedulers?)\/|\.(job|worker|processor|cron|task|consumer|scheduler)$/.test(name)) return "task";
  return /^(bin|cli)(\/|$)|(^|\/)(bin|cli|scripts?|seeds?|seeders|scratch|playground|tmp|maintenance[-_]?\w*|backfills?|one-?offs?|(data-)?migration-scripts)\//.test(name) || /(^|\/)((cli|seed)|prisma\/[^/]+)$/.test(name) ? "command" : undefined;
}

/** Bases that call nothing of their subclasses' own. */
const PLAIN_BASES =
  /^(Error|Map|Set|Array|Object|Promise|events\.EventEmitter|node:events\.EventEmitter|EventEmitter|typeorm\.(BaseEntity|Repository|TreeRepository|AbstractRepository)|sequelize\.Model|sequelize-typescript\.Model|@mikro-orm\/\w+\.(BaseEntity|EntityRepository))$/;

function mayBeCalled(core: ProjectCore, { declaration, owner }: FunctionRef): boolean {
  if (declaration.decorators.length > 0) return true;
  if (!owner) return false;
  if (declaration.name === "constructor") return false;
  if (owner.declaration.implements?.some((each) => core.resolveExpression(owner.uri, each.kind === "subscript" ? each.object : each)?.kind === "external")) return true;
  return core.ancestors(owner).some((each) => "external" in each && !PLAIN_BASES.test(each.external));
}

/** Functions that frameworks look for by their name, in files and classes. */
const LOOKED_FOR = /^(default|constructor|loader|action|actions|load|handler|handle|execute|run|perform|process|up|down|main|register|bootstrap|setup|teardown|middleware|config|head|GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS|getServerSideProps|getStaticProps|getStaticPaths|generate\w+|on[A-Z]\w*|before[A-Z]\w*|after[A-Z]\w*|canActivate|intercept|transform|use|catch|validate|resolve|subscribe|toJSON|toString|configure|init|initialize|start|stop|close)$/;

/** Methods that frameworks and libraries call of objects that they are given, of classes that say nothing of it. Others of the names above are those of modules. */
const METHODS_LOOKED_FOR = /^(constructor|load|handler|handle|execute|run|perform|process|up|down|register|setup|teardown|middleware|onModule(Init|Destroy)|onApplication(Bootstrap|Shutdown)|beforeApplicationShutdown|canActivate|intercept|transform|use|catch|validate|resolve|subscribe|toJSON|toString|configure|init|initialize|start|stop|close)$/;

/** Of an object's functions, whoever has the object may run them. */
function isLookedFor(core: ProjectCore, { uri, declaration, owner }: FunctionRef): boolean {
  if (declaration.id.includes("%") || (owner ? METHODS_LOOKED_FOR : LOOKED_FOR).test(declaration.name)) return true;
  return core.files.get(uri)!.declares.renames?.some(({ exported, local }) => local === declaration.name && (exported === "default" || exported === "export=")) === true;
}
