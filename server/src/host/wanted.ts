import { isScriptPath, isTemplatePath } from "#engine";

/** Files larger than this are skipped with a note: nobody writes them by hand. */
export const LARGEST_SOURCE = 1_000_000;
/** Lock files grow with the project and are cheap to read. */
export const LARGEST_RESOURCE = 10_000_000;

const RESOURCES: ReadonlySet<string> = new Set([
  "pyproject.toml", "pipfile", "pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "setup.cfg",
  "fly.toml", "railway.toml", "railway.json", "render.yaml", "app.yaml",
  "package.json", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "pnpm-workspace.yaml", "yarn.lock", "bun.lock",
]);
/** Where TypeScript looks for modules, and the folders of shared configurations (`packages/tsconfig/base.json`). */
const TELLS_MODULES = /(^|\/)([tj]sconfig[^/]*\.json|[^/]*(tsconfig|typescript-config|ts-config)[^/]*\/[^/]+\.json)$/;

/** SQL, wherever it lies: migrations, dumps, what a script runs; and what may be a changelog of Liquibase, by its name or its folder's. It says what indexes there are besides those of the schema. What tests bring along says nothing of the project's tables. */
const SAYS_SCHEMA = /^(?!(?:.*\/)?(?:tests?|__tests__|e2e|fixtures?|__fixtures__|mocks?|__mocks__)\/).*(?:[^/]\.sql|(?:changelog|liquibase).*\.(?:xml|ya?ml|json))$/;
/** SQL that is larger holds rows rather than tables. */
const LARGEST_SQL = 8_000_000;

/** Our own configuration, and baselines that are called like it. */
const CONFIGURES = /^scale-hints[\w.-]*\.json$/;

/** Files that deploy the application, by their names in lower case. */
const DEPLOYS: readonly RegExp[] = [
  /^(docker|container)file([._-][\w.-]+)?$/,
  /\.dockerfile$/,
  /^(docker-)?compose([._-][\w.-]+)?\.ya?ml$/,
  /^procfile([._-][\w-]+)?$/,
  /\.service$/,
  /^(gunicorn|uwsgi|supervisor)[\w.-]*\.(conf|ini)$/,
  /^[\w.-]*(gunicorn|uwsgi|supervisord?)\.(conf|ini)$/,
  // What an environment is to hold; the environments themselves have secrets in them.
  /^\.?env[._-](example|sample|template|dist|prod|production)$/,
  /^(example|sample|template)\.env$/,
  /^[\w.-]*(entrypoint|start|run|boot|serve|launch|web|server|gunicorn|uwsgi|uvicorn|daphne|django|asgi|wsgi|celery)[\w.-]*\.sh$/,
  /^(docker-)?(entrypoint|start|run|boot)([_-][\w-]+)?$/,
];

/** What a file is to the engine, by its path below the project's folder: source code, something that tells versions and settings, or nothing. */
export function kindOfFile(path: string): "source" | "resource" | undefined {
  if (path.endsWith(".py") || path.endsWith(".prisma") || isTemplatePath(path) || isScriptPath(path)) return "source";
  const [lower, folder = ""] = path.toLowerCase().split("/").reverse();
  if (RESOURCES.has(lower) || CONFIGURES.test(lower) || TELLS_MODULES.test(path.toLowerCase())) return "resource";
  if (SAYS_SCHEMA.test(path.toLowerCase())) return "resource";
  if (DEPLOYS.some((pattern) => pattern.test(lower))) return "resource";
  if (/\.(txt|in)$/.test(lower) && (/requirements|constraints/.test(lower) || folder === "requirements")) return "resource";
  return undefined;
}

/** The largest file of this path that is read. */
export function largestOf(path: string): number {
  if (isSql(path)) return LARGEST_SQL;
  return kindOfFile(path) === "resource" ? LARGEST_RESOURCE : LARGEST_SOURCE;
}

/** Files that nobody misses when they are too large: bundles, and rows written as SQL. */
export function isSilentlyLeftOut(path: string): boolean {
  return isScriptPath(path) || isSql(path);
}

function isSql(path: string): boolean {
  return /\.sql$/i.test(path);
}

/** What a client should watch: one pattern per kind of file. */
export const WATCHED_PATTERNS: readonly string[] = [
  "**/*.py",
  "**/*.prisma",
  "**/*.{ts,tsx,mts,cts,js,jsx,mjs,cjs,vue,svelte}",
  "**/*.{html,htm,djhtml,jinja,jinja2,j2}",
  "**/{templates,jinja2}/**/*.{txt,ltxt,xml,md,eml,mail,csv,json,js,css,svg,tex,ics,vcf,mjml,rss,atom,tpl,tmpl,inc,partial,html-fragment,webmanifest}",
  "**/{pyproject.toml,Pipfile,Pipfile.lock,poetry.lock,uv.lock,pdm.lock,setup.cfg,.gitignore,pyvenv.cfg}",
  "**/{Dockerfile,Containerfile,Procfile,Dockerfile.*,Procfile.*,Dockerfile-*,*.Dockerfile,*.dockerfile,*.service}",
  "**/{compose,docker-compose}*.{yml,yaml}",
  "**/{package.json,package-lock.json,npm-shrinkwrap.json,pnpm-lock.yaml,pnpm-workspace.yaml,yarn.lock,bun.lock}",
  "**/scale-hints*.json",
  "**/{tsconfig,jsconfig}*.json",
  "**/*{tsconfig,typescript-config,ts-config}*/*.json",
  "**/{fly.toml,railway.toml,railway.json,render.yaml,app.yaml}",
  "**/*{gunicorn,uwsgi,supervisor}*.{conf,ini}",
  "**/{.env,env}{.,_,-}{example,sample,template,dist,prod,production}",
  "**/{example,sample,template}.env",
  "**/*.sh",
  "**/{entrypoint,start,run,boot,docker-entrypoint}*",
  "**/*{requirements,constraints}*.{txt,in}",
  "**/requirements/*.{txt,in}",
  "**/*.sql",
  "**/*{changelog,changeLog,Changelog,ChangeLog,liquibase,Liquibase}*.{xml,yaml,yml,json}",
  "**/*{changelog,changeLog,Changelog,ChangeLog,liquibase,Liquibase}*/**/*.{xml,yaml,yml,json}",
];

const IGNORED_FOLDERS: ReadonlySet<string> = new Set([
  "node_modules", "bower_components", "__pycache__", "site-packages", "dist-packages", "__pypackages__",
]);
const OUTPUT_FOLDERS: ReadonlySet<string> = new Set(["build", "dist", "htmlcov", "_build", "out"]);
/** What a folder has in it that is written by people, whatever its name. */
const WRITTEN: readonly string[] = ["__init__.py", "index.ts", "index.tsx", "tsconfig.json"];

/** Folders that hold no code of the project. `has` tells whether a name is inside. */
export function isIgnoredFolder(name: string, has: (entry: string) => boolean): boolean {
  if (name.startsWith(".") && name !== "." && name !== "..") return true;
  if (IGNORED_FOLDERS.has(name) || name.endsWith(".egg-info")) return true;
  if (has("pyvenv.cfg")) return true;
  if (name === "coverage") return has("lcov.info") || has("lcov-report") || has("coverage-final.json") || has("clover.xml");
  // Clients that Prisma made: they go by any name.
  if (has("schema.prisma") && has("index.d.ts")) return true;
  if (has("client.ts") && has("browser.ts") && has("internal")) return true;
  // A package may well be called `build`.
  return OUTPUT_FOLDERS.has(name) && !WRITTEN.some(has);
}
