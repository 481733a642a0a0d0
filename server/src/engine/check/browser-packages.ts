import { folderOf, Manifests, pathOfUri, type Manifest } from "../project";

/** Packages that draw pages. */
const VIEWS = /^(?:react-dom|react-native|preact|vue|svelte|solid-js|lit|@angular\/core)$/;
/** Packages that serve requests, run without a browser, or reach a database by themselves. */
const SERVES = new RegExp([
  "^(?:express|fastify|koa|hono|elysia|polka|restify|h3|nitro(?:pack)?|micro|router|find-my-way|@hapi/|@nestjs/|@hono/|@fastify/|@koa/|@trpc/server|@apollo/server|apollo-server|graphql-yoga|express-|koa-|fastify-)",
  "^(?:next|nuxt|gatsby|astro|blitz|waku|vike|vinxi|rwsdk|wasp|payload|electron|meteor|vite-plugin-ssr|@remix-run/(?!react$|router$)|@react-router/|@sveltejs/kit|@tanstack/(?:react-|solid-)?start|@solidjs/start|@redwoodjs/|@keystone-6/|@payloadcms/|@angular/ssr|@builder\\.io/qwik|@medusajs/|@vercel/(?:node|postgres))",
  "^(?:pg|postgres|mysql2?|sqlite3|better-sqlite3|mariadb|oracledb|tedious|mssql|ioredis|redis|mongoose|mongodb|bullmq?|@libsql/|@neondatabase/|@planetscale/|@prisma/|@nozbe/|expo-sqlite)",
].join("|"));

/**
 * Packages that only run in browsers: they need what draws pages, nothing that serves requests or reaches a database, and no package of the workspace that does.
 * Their scripts count where something imports them.
 */
export function browserPackages(resources: ReadonlyMap<string, string>, orms: ReadonlySet<string>): BrowserPackages {
  const manifests = new Manifests(resources);
  const reaching = new Set(manifests.all.filter(({ dependencies }) => [...dependencies.keys()].some((each) => orms.has(each) || SERVES.test(each))));
  for (const each of reaching) for (const one of needing(each, manifests)) reaching.add(one);
  return new BrowserPackages(manifests, manifests.all.filter((each) => !reaching.has(each) && [...each.dependencies.keys()].some((name) => VIEWS.test(name))));
}

function needing({ name }: Manifest, { all }: Manifests): readonly Manifest[] {
  return name === undefined ? [] : all.filter(({ dependencies }) => dependencies.has(name));
}

export class BrowserPackages {
  private readonly folders: ReadonlySet<string>;

  constructor(private readonly manifests: Manifests, packages: readonly Manifest[]) {
    this.folders = new Set(packages.map(({ folder }) => folder));
  }

  /** Equal for the same packages. */
  get state(): string {
    return [...this.folders].join("\n");
  }

  /** Whether the package that a file belongs to is one of them. */
  has(uri: string): boolean {
    if (this.folders.size === 0) return false;
    const nearest = this.manifests.above(folderOf(pathOfUri(uri)))[0];
    return nearest !== undefined && this.folders.has(nearest.folder);
  }
}
