import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createWorkspace, type EngineOptions, type Rule, type WorkspaceApi } from "#engine";
import { loadParsers } from "./parsers";
import { shopOf } from "./shops";

/** Where the files of a test are. */
export const root = "file:///project";

export function uriOf(path: string): string {
  return `${root}/${path}`;
}

/** The path of a test's file, for messages. */
export function pathOf(uri: string): string {
  return uri.slice(root.length + 1);
}

/** The models that examples may use without defining them. */
export const shopModels = readFileSync(join(__dirname, "shop-models.py"), "utf8");

/** Files that a test project has unless it brings its own: the framework's shop. */
function projectFiles(files: ReadonlyMap<string, string>, framework: string): ReadonlyMap<string, string> {
  if (framework === "django") return djangoFiles(files);
  const shop = shopOf(framework);
  if (!shop) throw new Error(`there is no shop of "${framework}" in test/harness/shops`);
  return new Map([...shop.files, ...files]);
}

/** Django 5.2 on PostgreSQL. */
function djangoFiles(files: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const all = new Map(files);
  const add = (path: string, text: string): void => {
    if (!all.has(path)) all.set(path, text);
  };
  add("shop/models.py", shopModels);
  const folders = new Set<string>();
  for (const path of all.keys()) {
    const segments = path.split("/").slice(0, -1);
    if (path.endsWith(".py")) segments.forEach((_, depth) => folders.add(segments.slice(0, depth + 1).join("/")));
  }
  for (const folder of folders) add(`${folder}/__init__.py`, "");
  const apps = [...folders].filter((folder) => all.has(`${folder}/models.py`) || all.has(`${folder}/models/__init__.py`)).map((folder) => folder.replaceAll("/", "."));
  add("manage.py", `import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n`);
  add("config/__init__.py", "");
  add(
    "config/settings.py",
    [
      "INSTALLED_APPS = [",
      ...["django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.postgres", ...apps].map((app) => `    "${app}",`),
      "]",
      "",
      `DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}`,
      "",
    ].join("\n"),
  );
  add("requirements.txt", "Django==5.2\npsycopg==3.2\n");
  return all;
}

/** A workspace with these files, by path, and what a project of the framework has besides; "none" adds nothing. Failures of ours are thrown. */
export async function openProject(files: ReadonlyMap<string, string>, rules: readonly Rule[], options: Partial<EngineOptions> = {}, shop = "django"): Promise<WorkspaceApi> {
  const workspace = createWorkspace({ parsers: await loadParsers(), rules, strict: true });
  workspace.setFolders([root]);
  workspace.setOptions({ includeTests: false, disabledRules: [], rules: rules.map((rule) => rule.id), ...options });
  const all = shop === "none" ? files : projectFiles(files, shop);
  workspace.apply([...all].map(([path, text]) => ({ uri: uriOf(path), text })));
  return workspace;
}
