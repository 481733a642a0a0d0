import { rootOfTemplate } from "../languages";
import { isScriptPath, isStandIn, pathOfUri, type EntryPoint } from "../project";

/** What a file is for, as its path tells. */
export type FileRole = "application" | "command" | "task" | "admin" | "test" | "migration" | "seed" | "vendored";

const folderRoles: ReadonlyMap<string, FileRole> = new Map([
  ...["vendor", "vendors", "vendored", "_vendor", "third_party", "third-party", "thirdparty", "node_modules", "bower_components", "site-packages", "dist-packages", "static", "staticfiles", ".venv", "venv", ".tox"].map(
    (name) => [name, "vendored"] as const,
  ),
  ...["test", "tests", "testing", "testutils", "test_utils", "testapp", "test_app", "testproject", "fixtures", "factories"].map((name) => [name, "test"] as const),
  ...["migrations", "south_migrations", "data_migrations"].map((name) => [name, "migration"] as const),
  ...["scripts", "seeds", "seeders"].map((name) => [name, "seed"] as const),
]);

const fileRoles: readonly (readonly [RegExp, FileRole])[] = [
  [/^(conftest|tests?|factories|fixtures|test_[^/]*|[^/]*_tests?|[^/]*_factory)\.pyi?$/i, "test"],
  [/^(seeds?|seed_[^/]*|[^/]*_seed|populate|populate_[^/]*)\.py$/i, "seed"],
  [/^tasks\.py$/i, "task"],
  [/^admin\.py$/i, "admin"],
];

/** Folders that say something of scripts only: `src/test` is one of tests everywhere, a Python package may well be called `e2e`. */
const scriptFolderRoles: ReadonlyMap<string, FileRole> = new Map([
  ...["__tests__", "__test__", "__mocks__", "__fixtures__", "mocks", "mock", "e2e", "__e2e__", "e2e-tests", "cypress", "playwright", "spec", "specs", "test-utils", "integration-tests", "benchmarks", "benchmark", "__benchmarks__", "__stories__", ".storybook", "storybook"].map((name) => [name, "test"] as const),
  ...["migration", "migrate", "prisma-migrations", "drizzle-migrations"].map((name) => [name, "migration"] as const),
  ...["seed", "seeding", "script", "codemods"].map((name) => [name, "seed"] as const),
  ...["cron", "crons", "cronjobs"].map((name) => [name, "task"] as const),
  ...["generated", "__generated__", ".prisma"].map((name) => [name, "vendored"] as const),
]);

const scriptRoles: readonly (readonly [RegExp, FileRole])[] = [
  [/\.((client|server|unit|integration|e2e|api|db)?-?(test|spec)(-?(e2e|unit|integration))?|tests|specs|e2e|stories|story|cy|bench|benchmark|(test-)?fixtures?|mock|mocks)\.([cm]?[jt]s|[jt]sx|vue|svelte)$/i, "test"],
  [/^(setup-?tests?|test-?setup|vitest\.\w+|jest\.\w+|playwright\.config|cypress\.config|(.*\.)?test-?(utils?|helpers?)|global-?setup)\.([cm]?[jt]s|[jt]sx)$/i, "test"],
  [/^(seed|seeds|seeder|seed[-_.].*|.*[-_.]seed(er)?|.*[-_.]seed(er)?\.(service|module|command))\.([cm]?[jt]s)$/i, "seed"],
  [/^\w+Seed(s|er|ers)?\.[cm]?[jt]s$/, "seed"],
  // Types alone, and code that one program writes for another.
  [/\.d\.[cm]?ts$/i, "vendored"],
  [/\.(min|bundle|generated|gen)\.([cm]?[jt]s|[jt]sx)$/i, "vendored"],
  [/^(cli|command)\.([cm]?[jt]s)$/i, "command"],
];

/** The role of a file inside the project; what lies above the project's own folders says nothing about it. */
export function roleOf(uri: string, folders: readonly string[]): FileRole {
  const path = pathInFolders(uri, folders);
  const templates = rootOfTemplate(path);
  // Folders for templates are called whatever the pages are about: only where they lie says something.
  if (templates !== undefined) return templates.split("/").map((segment) => folderRoles.get(segment.toLowerCase())).find((role) => role) ?? "application";
  const segments = path.split("/");
  const name = segments.pop() ?? "";
  const isScript = isScriptPath(name);
  for (const segment of segments) {
    const role = folderRoles.get(segment.toLowerCase()) ?? (isScript ? (scriptFolderRoles.get(segment.toLowerCase()) ?? (isStandIn(segment) ? "test" : undefined)) : undefined);
    if (role) return role;
  }
  if (isScript) {
    for (const [pattern, role] of scriptRoles) if (pattern.test(name)) return role;
    return /^(bin|cli)$/.test(segments.at(-1) ?? "") ? "command" : "application";
  }
  if (segments.at(-1) === "versions" && segments.includes("alembic")) return "migration";
  for (const [pattern, role] of fileRoles) if (pattern.test(name)) return role;
  if (segments.at(-1) === "commands" && segments.at(-2) === "management") return "command";
  if (segments.at(-1) === "tasks") return "task";
  return "application";
}

/** The path below the deepest folder that holds the file; the whole path when none does. Names a file across machines. */
export function pathInFolders(uri: string, folders: readonly string[]): string {
  const path = pathOfUri(uri);
  let base = "";
  for (const folder of folders) {
    const prefix = `${pathOfUri(folder).replace(/\/+$/, "")}/`;
    if (prefix.length > base.length && path.startsWith(prefix)) base = prefix;
  }
  return path.slice(base.length || 1);
}

/** Whether findings in such a file are shown without being asked for. */
export function isReportedRole(role: FileRole): boolean {
  return role !== "test" && role !== "migration" && role !== "seed" && role !== "vendored";
}

/** Who runs code of which nothing is known but its file. */
export function entryOfRole(role: FileRole): EntryPoint {
  switch (role) {
    case "command":
    case "task":
    case "admin":
    case "test":
    case "migration":
      return role;
    case "seed":
      return "command";
    case "vendored":
    case "application":
      return "unknown";
  }
}
