import { fork, type ChildProcess, type ForkOptions } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../../server/src/cli/run";
import { commandLineDisk } from "../../../server/src/host/node/command-line";
import { keptFile } from "../../../server/src/host/node/kept-file";
import { loadGrammars } from "../../../server/src/host/node/grammars";
import { ruleInfos } from "../../../server/src/start-node";
import { createParsers, createWorkspace, type Cost, type Finding } from "#engine";
import { rules as allRules } from "../../../rules";
import { postgres } from "./postgres";
import { generatePrismaClient, prismaDdlOf } from "./prisma";
import { sqlOf } from "./statements";

const ROOT = join(__dirname, "../../..");

/** What one function of an application said, and how many statements that took. */
export interface Run {
  readonly answer: unknown;
  readonly statements: number;
  /** These without what opens and closes transactions. */
  readonly queries: number;
}

/** A copy of `test/projects/<name>`, away from this repository, as a user has it. */
export function copyOf(name: string): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), `scale-hints-${name}-`));
  cpSync(join(ROOT, "test", "projects", name), folder, { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"), "junction");
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** `scale-hints check --fix --unsafe` in the folder: the fixes of these rules, those to be reviewed as well unless that is not wanted. */
export async function fix(folder: string, rules: readonly string[], unsafe = true): Promise<void> {
  const told: string[] = [];
  const output = { write: async (text: string) => void told.push(text), isTerminal: false, columns: 120 };
  const code = await run(["check", "--fix", ...(unsafe ? ["--unsafe"] : []), "--rule", rules.join(",")], {
    stdout: output, stderr: output, variables: {}, disk: commandLineDisk(folder), rules: ruleInfos, version: "0.0.0", keeper: (folder: string) => keptFile(folder, "0"), serve: () => undefined,
    createEngine: async () => createWorkspace({ parsers: await createParsers(await loadGrammars()), rules: allRules }),
  });
  if (code !== 0 && code !== 1) throw new Error(`check --fix ended with ${code}: ${told.join("")}`);
}

/** What is said of an application before it runs. */
export interface Prediction {
  /** By the name of the function. */
  readonly costs: ReadonlyMap<string, Cost>;
  readonly findings: readonly Finding[];
  /** `app.ts:12`. */
  readonly placeOf: (at: Finding["at"]) => string;
}

export async function predict(folder: string): Promise<Prediction> {
  const workspace = createWorkspace({ parsers: await createParsers(await loadGrammars()), rules: allRules, strict: true });
  const root = "file:///application";
  workspace.setFolders([root]);
  const files = (readdirSync(folder, { recursive: true }) as string[]).map((path) => path.replaceAll("\\", "/")).filter((path) => /\.(ts|js|json|prisma)$/.test(path) && !/^(node_modules|generated)\//.test(path));
  workspace.apply(files.map((path) => ({ uri: `${root}/${path}`, text: readFileSync(join(folder, path), "utf8") })));
  workspace.checkAll();
  return {
    costs: new Map(workspace.costs("everything").filter(({ at }) => /\/app\.[jt]s$/.test(at.uri)).map(({ name, cost }) => [name, cost])),
    findings: workspace.allFindings(),
    placeOf: ({ uri, span }) => `${uri.slice(root.length + 1)}:${workspace.text(uri)!.slice(0, span.start).split("\n").length}`,
  };
}

/** Runs the functions of the application on a fresh database, in a process of its own. */
export async function runApplication(folder: string, calls: Readonly<Record<string, readonly unknown[]>>): Promise<Readonly<Record<string, Run>>> {
  const { db, reset, url } = await postgres();
  await reset();
  const schema = join(folder, "schema.prisma");
  if (existsSync(schema)) {
    await generatePrismaClient(schema, join(folder, "generated"));
    await db.exec(await prismaDdlOf(schema));
  }
  const child = fork(join(__dirname, "run-app.ts"), [folder], forkOptions(folder, url));
  try {
    await ask(child, "setup", []);
    const runs: Record<string, Run> = {};
    for (const [name, values] of Object.entries(calls)) {
      let answer: unknown;
      const sent = await sqlOf(async () => (answer = await ask(child, name, values)));
      runs[name] = { answer, statements: sent.length, queries: sent.filter((sql) => !/^(BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i.test(sql)).length };
    }
    await ask(child, "close", []);
    return runs;
  } finally {
    child.kill();
  }
}

const TSX = createRequire(__filename).resolve("tsx");

/** How a process of the application is started. */
export function forkOptions(folder: string, url: string): ForkOptions {
  const tsconfig = join(folder, "tsconfig.json");
  return { execArgv: ["--import", TSX], env: { ...process.env, DATABASE_URL: url, ...(existsSync(tsconfig) && { TSX_TSCONFIG_PATH: tsconfig }) } };
}

export function ask(child: ChildProcess, name: string, values: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = () => reject(new Error(`the application ended at ${name}`));
    child.once("exit", ended);
    child.once("message", ({ answer, error }: { answer?: unknown; error?: string }) => {
      child.off("exit", ended);
      if (error === undefined) resolve(answer);
      else reject(new Error(`${name}: ${error}`));
    });
    child.send({ name, values });
  });
}
