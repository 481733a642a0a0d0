import type { FileFacts, FileMentions, Mention } from "../../../facts";
import { folderOf, pathOfUri, splitSpecifier, withoutScriptSuffix, type Manifest, type ProjectCore } from "../../../project";
import { APPLICATION } from "./hand-run";

/** Exports that platforms look for in the files that they are told of. */
const RUN_BY_PLATFORM = /^(handler|lambdaHandler|main|run|start|up|down|loader|action|load|register|bootstrap|setup|execute|process|handle|fetch|scheduled|config)$/;
/** And those of files that are routes, where no framework is known that says which files these are. */
const RUN_AS_ROUTE = /^(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS)$/;
const FILE_ROUTERS: readonly string[] = ["next", "@sveltejs/kit", "@remix-run/node", "@react-router/node"];
/** Files that tools and frameworks look for by their names. */
const LOOKED_FOR = /(^|\/)(middleware|proxy|instrumentation|env|setup|auth|_app|_document|\+[\w.-]+|[\w-]+\.config|[\w-]+\.(?:plugin|worker|task|job|cron|subscriber|listener|event|command))$|(^|\/)\./i;
/** Packages that load what is in folders, or whose applications are put together by file names. */
const LOADERS = new RegExp([
  "^(?:glob|fast-glob|globby|tinyglobby|tiny-glob|@fastify/autoload|fastify-autoload|require-(?:all|directory|dir)|include-all|awilix|umzug|@graphql-tools/load-files|merge-graphql-schemas|routing-controllers|tsoa",
  "|@tsed/.*|express-file-routing|discord\\.js|@sapphire/framework|discordx|@adonisjs/.*|@loopback/(?:boot|core|rest)|egg|@midwayjs/.*|moleculer|@medusajs/.*|@strapi/.*|@redwoodjs/.*|@feathersjs/.*|sails|blitz|encore\\.dev|@trigger\\.dev/.*|convex",
  "|@keystone-6/core|payload|@foal/core|serverless|wasp|hydra-.*|@vendure/.*|@directus/.*|n8n.*)$",
].join(""));
/** Packages whose files call each other without imports, or from files that are no scripts. */
const UNSEEN = /^(nuxt|nuxt3|nitropack|nitro|h3|astro|@astrojs\/.*|gatsby|meteor.*|@meteor.*|@analogjs\/.*|vike|@builder\.io\/qwik-city|@redwoodjs\/core)$/;

/** The scripts that run, as far as imports tell, and those that were read and do not. */
export interface Imported {
  readonly reached: ReadonlySet<string>;
  readonly unreached: ReadonlySet<string>;
}

/**
 * The scripts that code which runs leads to, and those that it does not: not imported by any that runs, not named in a text or by what starts and builds the project, not put where a
 * framework looks, and not of the kind that runs by itself. `isPlaced` says which files frameworks start by where they lie. Told from the texts of all scripts, since pages that are not read
 * import as well. All are reached where most of the files that answer or start something (`answering`) are not: what starts them is not in the workspace.
 */
export function followImports(core: ProjectCore, answering: ReadonlySet<string>, isPlaced: (uri: string) => boolean): Imported {
  const { mentions } = core;
  const speakers = [...mentions].flatMap(([uri, { isAside }]) => (isAside ? [] : [uri]));
  const all: Imported = { reached: new Set(speakers), unreached: new Set() };
  const own = new Set(speakers.filter((uri) => core.files.has(uri)));
  if (answering.size === 0 || own.size === 0) return all;
  const named = namesInResources(core);
  const needed = new Set(core.packages.manifests.all.flatMap(({ dependencies }) => [...dependencies.keys()]));
  const leads = new Map([...mentions].map(([uri, said]) => [uri, filesNamed(core, uri, said, needed, named)]));
  const imported = new Set(speakers.flatMap((uri) => leads.get(uri)!.map((each) => each.uri)));
  const loaded = new Loaded(core, imported);
  const isRoot = (uri: string): boolean => isPlaced(uri) || runsByItself(core, uri) || named.has(baseName(uri)) || loaded.has(uri, !imported.has(uri));
  const canRun = (uri: string): boolean => !core.files.has(uri) || hasItsPackages(core, uri, needed);
  let reached = new Set(speakers.filter((uri) => (!own.has(uri) || isRoot(uri)) && canRun(uri)));
  // What files hand on leads somewhere for those who take it: the more are reached, the more is taken.
  for (let before = -1; before !== reached.size;) {
    before = reached.size;
    const taken = new NamesTaken(core, reached);
    const next = new Set(reached);
    for (const from of next) {
      for (const { uri, mentions: all } of leads.get(from)!) if (!next.has(uri) && canRun(uri) && all.some((each) => !each.isReexport || isHandedOn(core, from, uri, each, taken))) next.add(uri);
    }
    reached = next;
  }
  if ([...answering].filter((uri) => reached.has(uri)).length * 3 < answering.size * 2) return all;
  return { reached, unreached: new Set([...own].filter((uri) => !reached.has(uri))) };
}

/** Tells what scripts that run take out of a file, through files that only hand it on as well: names, or "all" where one of them may take anything. */
export class NamesTaken {
  /** By file: who speaks of it, and what of it that takes. */
  private readonly takers = new Map<string, { readonly from: string; readonly mention: Mention }[]>();
  private readonly known = new Map<string, ReadonlySet<string> | "all">();

  constructor(core: ProjectCore, reached: ReadonlySet<string>) {
    for (const from of reached) {
      for (const mention of core.mentions.get(from)?.mentions ?? []) {
        const uri = core.scriptAt(mention.path, from);
        if (uri === undefined || uri === from) continue;
        const list = this.takers.get(uri);
        if (list) list.push({ from, mention });
        else this.takers.set(uri, [{ from, mention }]);
      }
    }
  }

  of(uri: string): ReadonlySet<string> | "all" {
    let known = this.known.get(uri);
    if (known === undefined) {
      // Files that hand each other on take nothing by that.
      this.known.set(uri, new Set());
      this.known.set(uri, (known = this.gather(uri)));
    }
    return known;
  }

  private gather(uri: string): ReadonlySet<string> | "all" {
    const taken = new Set<string>();
    for (const { from, mention: { names, isReexport } } of this.takers.get(uri) ?? []) {
      const further = isReexport ? this.of(from) : "all";
      if (further === "all" && !names) return "all";
      for (const name of names ?? further) if (further === "all" || further.has(name)) taken.add(name);
    }
    return taken;
  }
}

/** Whether somebody takes, out of a file that hands on, what it has from another one. Of a package that no other needs, whoever installs it may take everything. */
function isHandedOn(core: ProjectCore, from: string, uri: string, { names }: Mention, taken: NamesTaken): boolean {
  const wanted = taken.of(from);
  if (wanted === "all" || isOfPublished(core, from)) return true;
  const given = names ?? (core.files.has(uri) ? namesFrom(core.files.get(uri)!) : undefined);
  return given === undefined ? wanted.size > 0 : given.some((name) => wanted.has(name));
}

/** The names that a file exports; undefined where it hands on whatever others have. */
function namesFrom(facts: FileFacts): readonly string[] | undefined {
  if (facts.declares.imports.some((each) => each.isReexport && each.name === "*")) return undefined;
  return [...exportedNames(facts), ...facts.declares.imports.flatMap((each) => (each.isReexport ? [each.local] : []))];
}

/** Whether a file is of a package with something to import that no package of the workspace needs. */
function isOfPublished(core: ProjectCore, uri: string): boolean {
  const { manifests } = core.packages;
  const [own] = manifests.above(folderOf(core.path(uri)));
  return own?.name !== undefined && (own.mains.length > 0 || own.exports !== undefined) && !manifests.all.some(({ dependencies }) => dependencies.has(own.name!));
}

/** ORMs, whose code cannot run where they are not installed. */
const ORM = /^(typeorm|@nestjs\/(typeorm|sequelize)|sequelize|sequelize-typescript|drizzle-orm|@mikro-orm\/\w+|knex|kysely)$/;

/** Whether the packages are needed that a file cannot run without; true where nothing says what is. */
function hasItsPackages(core: ProjectCore, uri: string, needed: ReadonlySet<string>): boolean {
  if (needed.size === 0) return true;
  return !core.files.get(uri)!.declares.imports.some(({ module, typeOnly }) => {
    const { name } = splitSpecifier(module);
    return !typeOnly && ORM.test(name) && !needed.has(name) && !core.packages.requires(name);
  });
}

/** A script that another one speaks of, and how. */
interface Lead {
  readonly uri: string;
  readonly mentions: readonly Mention[];
}

/** The scripts that a file speaks of. What looks like a path of the project and leads nowhere counts for every file of that name. */
function filesNamed(core: ProjectCore, from: string, { mentions }: FileMentions, needed: ReadonlySet<string>, named: Set<string>): readonly Lead[] {
  const found = new Map<string, Mention[]>();
  for (const mention of mentions) {
    const { path } = mention;
    const uri = core.scriptAt(path, from);
    if (uri !== undefined) {
      const known = found.get(uri);
      if (known) known.push(mention);
      else if (uri !== from) found.set(uri, [mention]);
      continue;
    }
    // Packages are no files of the project, and `/orders` is an address.
    if (path.startsWith("/") ? IS_SCRIPT.test(path) : !needed.has(splitSpecifier(path).name)) named.add(lastSegment(path));
  }
  return [...found].map(([uri, all]) => ({ uri, mentions: all }));
}

const IS_SCRIPT = /\.[cm]?[jt]sx?$/;

/** Files that what builds, starts and deploys the project speaks of, by their last names. */
function namesInResources(core: ProjectCore): Set<string> {
  const named = new Set<string>();
  for (const [uri, text] of core.resources) {
    if (/lock|\.sql$|shrinkwrap|changelog/i.test(uri)) continue;
    for (const [path] of text.matchAll(/[\w.@-]*(?:\/[\w.@-]+)+|[\w.-]+\.[cm]?[jt]sx?\b/g)) named.add(lastSegment(path));
  }
  return named;
}

function lastSegment(path: string): string {
  const segments = withoutScriptSuffix(path.replace(/\?.*$/, "")).split("/").filter(Boolean);
  const last = segments.pop() ?? "";
  return last === "index" ? (segments.pop() ?? last) : last;
}

function baseName(uri: string): string {
  return lastSegment(pathOfUri(uri));
}

/** Whether a file runs without being imported, as far as anybody can tell: it starts something, a platform looks for it, or a container finds its classes. */
function runsByItself(core: ProjectCore, uri: string): boolean {
  const facts = core.files.get(uri)!;
  const path = withoutScriptSuffix(core.path(uri));
  const folder = folderOf(core.path(uri));
  if (core.packages.manifests.in(folder) || LOOKED_FOR.test(path)) return true;
  const isIndex = /\/index$/.test(path);
  if (isIndex ? /\/(src|source|app|server|api|lib|functions)$/.test(folder) : APPLICATION.test(path)) return true;
  const knowsRoutes = core.packages.manifests.above(folder).some(({ dependencies }) => FILE_ROUTERS.some((each) => dependencies.has(each)));
  return exportsNothing(facts) || exportedNames(facts).some((name) => RUN_BY_PLATFORM.test(name) || (!knowsRoutes && RUN_AS_ROUTE.test(name))) || isDecorated(facts);
}

function exportedNames({ declares }: FileFacts): readonly string[] {
  return [...(declares.exports ?? []), ...(declares.renames ?? []).map((each) => each.exported)];
}

function exportsNothing(facts: FileFacts): boolean {
  return exportedNames(facts).length === 0 && !facts.declares.imports.some((each) => each.isReexport);
}

function isDecorated({ declares: { classes } }: FileFacts): boolean {
  return classes.some((each) => each.decorators.length > 0 || each.attributes.some((one) => (one.decorators?.length ?? 0) > 0));
}

/** What may load files by patterns and folders. */
class Loaded {
  private readonly endings = new Set<string>();
  private readonly folders = new Set<string>();
  private readonly loadsFolders: boolean;
  /** Folders of which some file is imported by name. */
  private readonly namedFolders = new Set<string>();
  private readonly kinds = new Map<string, "unseen" | "loads" | undefined>();

  constructor(private readonly core: ProjectCore, imported: ReadonlySet<string>) {
    let loadsFolders = false;
    for (const said of core.mentions.values()) {
      if (said.isAside) continue;
      for (const each of said.endings) this.endings.add(each);
      for (const each of said.folders) this.folders.add(each);
      loadsFolders ||= said.loadsFolders;
    }
    this.loadsFolders = loadsFolders;
    for (const uri of imported) this.namedFolders.add(folderOf(core.path(uri)));
  }

  has(uri: string, isNamedByNone: boolean): boolean {
    const path = this.core.path(uri);
    const folder = folderOf(path);
    const base = withoutScriptSuffix(path);
    if ([...this.endings].some((each) => base.endsWith(each)) || folder.split("/").some((each) => this.folders.has(each))) return true;
    const kind = this.kindOf(folder);
    if (kind === "unseen") return true;
    return isNamedByNone && (kind === "loads" || this.loadsFolders) && !this.namedFolders.has(folder);
  }

  private kindOf(folder: string): "unseen" | "loads" | undefined {
    const manifests = this.core.packages.manifests.above(folder);
    const key = manifests[0]?.folder ?? "";
    if (!this.kinds.has(key)) this.kinds.set(key, kindOf(manifests));
    return this.kinds.get(key);
  }
}

function kindOf(manifests: readonly Manifest[]): "unseen" | "loads" | undefined {
  const needed = manifests.flatMap(({ dependencies }) => [...dependencies.keys()]);
  if (needed.some((each) => UNSEEN.test(each)) || JSON.stringify(manifests[0]?.exports ?? "").includes("*")) return "unseen";
  return needed.some((each) => LOADERS.test(each)) ? "loads" : undefined;
}
