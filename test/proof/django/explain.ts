import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Django, Files } from "./project";

export interface Explained {
  /** What `makemigrations` said. */
  readonly made: string;
  readonly plans: Readonly<Record<string, { readonly plan: readonly string[]; readonly answer: string }>>;
}

/** A project of one application on PostgreSQL, as files. */
export function shopOf(models: string, views: Readonly<Record<string, string>>): Files {
  const names = Object.keys(views);
  return new Map([
    ["requirements.txt", "Django==5.2.8\npsycopg==3.2.13\n"],
    ["config/__init__.py", ""],
    ["config/settings.py", 'import os\n\nSECRET_KEY = "for the proof only"\nDEBUG = False\nALLOWED_HOSTS = ["*"]\nINSTALLED_APPS = ["django.contrib.postgres", "shop"]\nROOT_URLCONF = "config.urls"\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "postgres", "USER": "postgres", "PASSWORD": "postgres", "HOST": "127.0.0.1", "PORT": os.environ.get("PROOF_PORT", "5432"), "DISABLE_SERVER_SIDE_CURSORS": True}}\nDEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"\nUSE_TZ = True\n'],
    ["config/urls.py", 'from django.urls import include, path\n\nurlpatterns = [path("", include("shop.urls"))]\n'],
    ["shop/__init__.py", ""],
    ["shop/models.py", models],
    ["shop/views.py", `from django.http import JsonResponse\n\nfrom shop.models import *\n\n${names.map((name) => `\ndef ${name}(request):\n    rows = ${views[name]}\n    return JsonResponse({"rows": [str(row) for row in rows]})\n`).join("\n")}`.replace("import *", `import ${[...models.matchAll(/^class (\w+)/gm)].map(([, name]) => name).join(", ")}`)],
    ["shop/urls.py", `from django.urls import path\n\nfrom shop import views\n\nurlpatterns = [${names.map((name) => `path("${name}/", views.${name})`).join(", ")}]\n`],
  ]);
}

/** Writes the files over what is in the folder, makes and applies the migrations, and asks for the plans. */
export async function explain({ python }: Django, port: number, folder: string, files: Files, fill: string, urls: readonly string[]): Promise<Explained> {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  rmSync(join(folder, "shop/__pycache__"), { recursive: true, force: true });
  return new Promise((resolve, reject) => {
    const child = spawn(python, [join(__dirname, "indexes.py"), folder, fill, ...urls], { env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1", PROOF_PORT: String(port) } });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(JSON.parse(out) as Explained) : reject(new Error(`indexes.py ended with ${code}: ${err.slice(-2000)}`))));
  });
}
