import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { applyEdits, createWorkspace, type Fix, type WorkspaceApi } from "#engine";
import { rules } from "../../../rules";
import { loadParsers } from "../../harness/parsers";

const ROOT = join(__dirname, "../../..");
const SOURCE = join(ROOT, "test/projects/django");
const OUT = process.env.SCALE_HINTS_PROOF_FOLDER ?? join(ROOT, "out/proof-django");
/** What one address sent for one size of the tables. */
export interface Measured {
  readonly status: number;
  readonly queries: number;
  /** A digest of the body. */
  readonly answer: string;
}

/** One filling of the tables: their row counts by the names that costs use, and what every address sent. */
export interface Run {
  readonly n: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly endpoints: Readonly<Record<string, Measured>>;
}

export type Files = ReadonlyMap<string, string>;

/** One version of Django in a virtual environment of its own. */
export interface Django {
  /** The text of its `requirements.txt`. */
  readonly requirements: string;
  readonly python: string;
}

/** Python versions as `major * 100 + minor`. */
interface Pythons {
  readonly from: number;
  readonly to: number;
}

const CURRENT: Pythons = { from: 310, to: 399 };

/** Makes the virtual environment with the Django that the project names, once. Throws with what is missing on this machine. */
export function ensureDjango(): Django {
  const requirements = readFileSync(join(SOURCE, "requirements.txt"), "utf8");
  const found = ensure("venv", requirements, CURRENT);
  if (found) return found;
  throw new Error("The proof on Django needs Python 3.10 or later with the module venv (Debian and Ubuntu: apt install python3 python3-venv). SCALE_HINTS_SKIP_PYTHON=1 leaves the proof out.");
}

/** An older Django, where this machine has a Python that can run it. */
export function olderDjango(version: string, requirements: string, pythons: Pythons): Django | undefined {
  return ensure(`venv-${version}`, requirements, pythons);
}

function ensure(name: string, requirements: string, pythons: Pythons): Django | undefined {
  const folder = join(OUT, name);
  const own = process.platform === "win32" ? join(folder, "Scripts/python.exe") : join(folder, "bin/python");
  const stamp = join(folder, "requirements.txt");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === requirements) return { requirements, python: own };
  const python = pythonOf(pythons);
  if (python === undefined) return undefined;
  mkdirSync(OUT, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  run(python, ["-m", "venv", folder]);
  writeFileSync(join(folder, "wanted.txt"), requirements);
  run(own, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "10", "-r", join(folder, "wanted.txt")]);
  writeFileSync(stamp, requirements);
  return { requirements, python: own };
}

/** A Python of these versions that can make virtual environments. */
function pythonOf({ from, to }: Pythons): string | undefined {
  const names = ["python3", "python", "python3.13", "python3.12", "python3.11", "python3.10", "python3.9", "python3.8"];
  return names.find((name) => spawnSync(name, ["-c", `import sys, venv, ensurepip; v = sys.version_info; sys.exit(not ${from} <= v[0] * 100 + v[1] <= ${to})`]).status === 0);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status ?? error?.message}: ${stderr}`);
}

/** The project's own files, by path. */
export function sources(): Files {
  const files = new Map<string, string>();
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (entry.name !== "__pycache__") visit(path);
      } else files.set(relative(SOURCE, path).replaceAll("\\", "/"), readFileSync(path, "utf8"));
    }
  };
  visit(SOURCE);
  return files;
}

const FOLDER = "file:///shop";

/** The project as the engine sees it. */
export async function open(files: Files): Promise<WorkspaceApi> {
  const workspace = createWorkspace({ parsers: await loadParsers(), rules, strict: true });
  workspace.setFolders([FOLDER]);
  workspace.setOptions({ includeTests: false, disabledRules: [] });
  workspace.apply([...files].map(([path, text]) => ({ uri: `${FOLDER}/${path}`, text })));
  workspace.checkAll();
  return workspace;
}

export function pathOf(uri: string): string {
  return uri.slice(FOLDER.length + 1);
}

/** The files after a fix. */
export function fixed(files: Files, fix: Fix): Files {
  const after = new Map(files);
  for (const { uri, edits } of fix.edits) after.set(pathOf(uri), applyEdits(files.get(pathOf(uri)) ?? "", edits));
  return after;
}

let copies = 0;

/** Runs the real Django on a copy with these files: fills the tables with n rows for each n and calls every address. */
export async function measure({ python }: Django, files: Files, ...sizes: readonly number[]): Promise<readonly Run[]> {
  const folder = join(OUT, `copy-${process.pid}-${++copies}`);
  rmSync(folder, { recursive: true, force: true });
  cpSync(SOURCE, folder, { recursive: true });
  for (const [path, text] of files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  try {
    const out = await output(python, [join(__dirname, "measure.py"), folder, ...sizes.map(String)]);
    return (JSON.parse(out) as { readonly runs: readonly Run[] }).runs;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function output(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { env: { ...process.env, PYTHONDONTWRITEBYTECODE: "1" } });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`measure.py ended with ${code}: ${err.slice(-2000)}`))));
  });
}
