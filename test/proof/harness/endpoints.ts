import { fork } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createParsers, createWorkspace, type WorkspaceApi } from "#engine";
import { rules } from "../../../rules";
import { loadGrammars } from "../../../server/src/host/node/grammars";
import { ask, forkOptions } from "./applications";
import { postgres } from "./postgres";
import { generatePrismaClient, prismaDdlOf } from "./prisma";
import { sqlOf } from "./statements";

/** One request to a server. */
export interface Call {
  readonly method: "GET" | "POST";
  /** As the framework writes it: `/users/:id`. */
  readonly route: string;
  readonly url: string;
  /** For n names. */
  readonly body?: (n: number) => object;
}

/** What a server answered, and the statements that took; what opens and closes transactions is not counted. */
export interface Answer {
  readonly status: number;
  readonly body: string;
  readonly queries: number;
}

/** The tables of an application, as its ORM names them. */
export interface Tables {
  readonly users: string;
  readonly posts: string;
  readonly userId: string;
}

export const FOLDER = "file:///application";

/** The application as the engine sees it. */
export async function openApplication(folder: string): Promise<WorkspaceApi> {
  const workspace = createWorkspace({ parsers: await createParsers(await loadGrammars()), rules, strict: true });
  workspace.setFolders([FOLDER]);
  const files = (readdirSync(folder, { recursive: true }) as string[]).map((path) => path.replaceAll("\\", "/")).filter((path) => /\.(ts|json|prisma)$/.test(path) && !/^(node_modules|generated)\//.test(path));
  workspace.apply(files.map((path) => ({ uri: `${FOLDER}/${path}`, text: readFileSync(join(folder, path), "utf8") })));
  workspace.checkAll();
  return workspace;
}

/** Starts the application's server, fills the tables with n users of n posts each for every n, and sends the requests. By n, then by method and route. */
export async function callServer(folder: string, tables: Tables, calls: readonly Call[], sizes: readonly number[]): Promise<ReadonlyMap<number, ReadonlyMap<string, Answer>>> {
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
    const origin = `http://127.0.0.1:${String(await ask(child, "start", []))}`;
    const runs = new Map<number, ReadonlyMap<string, Answer>>();
    for (const n of sizes) {
      await db.exec(fill(tables, n));
      const answers = new Map<string, Answer>();
      for (const call of calls) answers.set(nameOf(call), await send(origin, call, n));
      runs.set(n, answers);
    }
    return runs;
  } finally {
    child.kill();
  }
}

export function nameOf({ method, route }: Call): string {
  return `${method} ${route}`;
}

async function send(origin: string, { method, url, body }: Call, n: number): Promise<Answer> {
  let answer: { status: number; body: string } | undefined;
  const sent = await sqlOf(async () => {
    const response = await fetch(origin + url, { method, ...(body && { body: JSON.stringify(body(n)), headers: { "content-type": "application/json" } }) });
    answer = { status: response.status, body: await response.text() };
  });
  return { ...answer!, queries: sent.filter((sql) => !/^(BEGIN|START|COMMIT|ROLLBACK|SAVEPOINT|RELEASE)\b/i.test(sql)).length };
}

function fill({ users, posts, userId }: Tables, n: number): string {
  return `TRUNCATE ${users}, ${posts} RESTART IDENTITY CASCADE;
    INSERT INTO ${users} (id, email, name) SELECT i, 'u' || i || '@x', 'n' || i FROM generate_series(1, ${n}) i;
    INSERT INTO ${posts} (id, title, views, ${userId}) SELECT i, 't' || i, i % 4, (i - 1) / ${n} + 1 FROM generate_series(1, ${n * n}) i;`;
}
