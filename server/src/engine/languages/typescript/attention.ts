/**
 * How soon a script is worth reading. Reading is most of the work on a large workspace, more than half of its scripts run in browsers, and most workspaces
 * with scripts ask no database from any. When in doubt a file counts.
 * - "first": it names an ORM; the others count because it is there.
 * - "counts": it may ask for data, or call what does.
 * - "when imported": it only says something to those that import it.
 * - "never": it runs in a browser, or was made by a tool.
 */
export type Attention = "first" | "counts" | "when imported" | "never";

/** An import of an ORM, or of the client that Prisma made. */
const ORM = /["'](?:@prisma\/|typeorm|@nestjs\/typeorm|sequelize|@sequelize\/|drizzle-(?:orm|kit)|@mikro-orm\/|mikro-orm|knex|kysely|objection|bookshelf|[^"'\n]*\b(?:generated|prisma)\/(?:[^"'\n]*\/)?(?:prisma|client))(?:[/"'\w-]|$)/m;

/**
 * The first statement says that it runs in a browser: such a module gets data, it cannot ask for any. A comment ends at its first end: one that might go on to a later end is tried in
 * all ways that the comments of a file can be put together.
 */
const CLIENT_MODULE = /^\uFEFF?(?:\s|\/\/[^\n]*\n|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*["']use client["']/;

/** Names of ORMs, of what they export, of what their clients are called, of their methods. */
const DATA = new RegExp([
  "prisma|typeorm|sequelize|drizzle|mikro-?orm|knex|kysely|objection|entity-?manager|data-?source|query-?(?:builder|runner)|repositor(?:y|ies)",
  "\\brepos?\\b|\\w(?:Repo|Repos|Dao|DAO)\\b|\\$(?:queryRaw|executeRaw|transaction|extends)|\\bsql\\s*[`<(]|\\b(?:SELECT|INSERT|UPDATE|DELETE)\\s",
  "\\.(?:find(?:Many|Unique|First|One|All|By|AndCount|OrCreate|OrFail|ByPk)\\w*|createMany\\w*|updateMany\\w*|deleteMany|upsert|createQueryBuilder|createQuery|findAndCount|bulkCreate|insertMany|aggregate|groupBy|leftJoin\\w*|innerJoin\\w*|persist\\w*|flush)\\s*[(<]",
  "\\b(?:db|database|tx|trx|conn|connection|em|pool|orm|dataSource|manager|schema|models?)\\s*[.(]|\\bmodels?\\b|\\bModel\\b|\\bSchema\\b|\\.entity\\b|@Entity|@Table|@Column|\\.server[\"']",
].join("|"), "i");

/** What runs on servers although the rest of its file is a page; what routers in browsers load with goes by the same names, but nothing exports it. */
const SERVER_PART = new RegExp([
  "\\bexport\\s+(?:async\\s+)?(?:const|let|var|function)\\s+(?:\\{[^}]*\\b)?(?:loader|action)\\b|\\bexport\\s*\\{[^}]*\\b(?:loader|action)\\b",
  "\\b(?:getServerSideProps|getStaticProps|getStaticPaths|getInitialProps|createServerFn|serverOnly|generateMetadata|generateStaticParams)\\b|[\"'](?:use server|server-only)[\"']",
].join("|"));

/** What may ask a database: clients by their usual names, and methods that no array has. Types and enums of an ORM are no such thing. */
const ASKS = /\b(?:prisma|db|database|tx|trx|conn|connection|em|orm|dataSource|manager|knex|sequelize|kysely|repo(?:sitory)?)\w*\s*[.(]|\b(?:await|async)\b[^\n]*\b(?:prisma|db)\b|\$(?:queryRaw|executeRaw|transaction)|\bnew\s+(?:PrismaClient|Sequelize|DataSource|Kysely)\b|\bsql\s*[`<(]|\.(?:find(?:Many|Unique|First|One|All|AndCount|OrCreate|ByPk)\w*|createMany\w*|updateMany\w*|deleteMany|createQueryBuilder|groupBy|select|query)\s*[(<]/i;

/** A hook is called by its bare name, and only while a page is drawn. `useCase()` is none. */
const HOOK = /(?<![.\w$])use(?!Case\b|Server\b|Cases\b)[A-Z]\w*\s*[(<]/;
const VIEW_LIBRARY = /["'](?:react|react-dom|preact|vue|svelte|solid-js|@tanstack\/react-[\w-]+|react-[\w-]+|next\/(?:navigation|router|link|image|dynamic)|next-[\w-]+|@remix-run\/react|@angular\/[\w/-]+)(?:\/[\w./-]+)?["']/;

/** Classes of Angular run in browsers, but for what serves its pages. */
const ANGULAR = /["']@angular\/(?:animations|cdk|common|core|forms|material|platform-browser|router)(?:\/[\w./-]+)?["']/;
const SERVES_PAGES = /["'](?:express|fastify|node:[\w/]+|@nestjs\/[\w/-]+|@nguniversal\/[\w/-]+|@angular\/(?:ssr|platform-server)[\w/-]*)["']/;

/** What may wait for data, or serve requests, or is one of the classes that a framework runs. */
const WAITS = /\bawait\b|\basync\b|\.then\s*\(|\bPromise\b|\bObservable\b|\byield\b|\.(?:find|create|save|remove|destroy|delete|update|insert|select|where|query|execute|count|load)\w*\s*[(<]/;
const SERVES = /\b(?:express|fastify|koa|hono|nestjs|apollo|graphql|trpc|router|middleware|controller|resolver|procedure|handler|worker|queue|cron|listen|plugin)\b|@(?:Injectable|Module|Controller|Resolver|Processor|Cron)\b|^\s*export\s*(?:\*|\{)|\bmodule\.exports\b|\brequire\s*\(/im;

/** Whether hardly anything of a long text is a line that a person could have written. */
function isMinified(text: string): boolean {
  if (text.length < 10_000) return false;
  let lines = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) if (++lines * 500 > text.length) return false;
  return true;
}

/** Files that a framework starts by where they lie; some only hand on what stands elsewhere. */
const ENTRY_FILE = /(?:^|\/)(?:page|route|layout|template|default|middleware|proxy|instrumentation|root|server|main|index|app|\+[\w.]+|[\w-]+\.(?:server|module|controller|resolver|route|routes|router|job|task|worker|command))\.[mc]?[jt]sx?$|(?:^|\/)(?:pages|routes|api|server|actions|functions|jobs|tasks|workers|cron|commands)\//i;

/** What the text alone says of a script. */
export function attentionOf(path: string, text: string): Attention {
  if (CLIENT_MODULE.test(text) || isMinified(text)) return "never";
  if (ORM.test(text)) return HOOK.test(text) && VIEW_LIBRARY.test(text) && !SERVER_PART.test(text) && !ASKS.test(text) ? "never" : "first";
  // Whatever else it says, a page of these draws in browsers.
  if (/\.(?:vue|svelte)$/i.test(path)) return "never";
  if (ANGULAR.test(text) && !SERVES_PAGES.test(text)) return "never";
  if (SERVER_PART.test(text)) return "counts";
  if (HOOK.test(text) && VIEW_LIBRARY.test(text)) return "never";
  return DATA.test(text) || ENTRY_FILE.test(path) || WAITS.test(text) || SERVES.test(text) ? "counts" : "when imported";
}
