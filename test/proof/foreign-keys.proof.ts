import { strict as assert } from "node:assert";
import { fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ask, copyOf, fix, forkOptions } from "./harness/applications";
import { postgres } from "./harness/postgres";
import { prismaDdlOf, prismaMigration } from "./harness/prisma";

const ROWS = 100_000;

interface Application {
  readonly folder: string;
  readonly users: string;
  readonly posts: string;
  readonly userId: string;
}

/** Knex has no model to change, and what MikroORM's `defineEntity` makes has no fix yet. */
const APPLICATIONS: readonly Application[] = [
  { folder: "prisma", users: '"User"', posts: '"Post"', userId: '"userId"' },
  { folder: "sequelize", users: '"Users"', posts: '"Posts"', userId: '"userId"' },
  { folder: "drizzle", users: "users", posts: "posts", userId: "user_id" },
  { folder: "typeorm", users: '"user"', posts: '"post"', userId: '"userId"' },
];

describe(`Foreign keys without an index, ${ROWS} rows`, function () {
  this.timeout(180_000);
  for (const { folder: name, users, posts, userId } of APPLICATIONS) {
    it(`${name}: PostgreSQL reads the table, and finds rows by the index that the fix and the library's own migration make`, async () => {
      const copy = copyOf(name);
      const { db, reset, url } = await postgres();
      await reset();
      try {
        const first = await migrate(copy.folder, url);
        await db.exec(`INSERT INTO ${users} (id, email, name) SELECT i, 'u' || i, 'n' FROM generate_series(1, 10000) i;
          INSERT INTO ${posts} (id, title, views, ${userId}) SELECT i, 't', 0, i % 10000 + 1 FROM generate_series(1, ${ROWS}) i; ANALYZE`);
        const plan = async () => (await db.query<{ "QUERY PLAN": string }>(`EXPLAIN SELECT * FROM ${posts} WHERE ${userId} = 7`)).rows.map((row) => row["QUERY PLAN"]).join("\n");
        assert.match(await plan(), /Seq Scan/);
        await fix(copy.folder, ["missing-foreign-key-index", "missing-index"]);
        const then = await migrate(copy.folder, url, first);
        assert.match(then.statements.join("\n"), /CREATE INDEX/i);
        await db.exec("ANALYZE");
        assert.match(await plan(), /Index Scan/);
      } finally {
        copy.remove();
      }
    });
  }
});

interface Migration {
  readonly statements: readonly string[];
  /** What the library wants to know of the schema next time. */
  readonly current?: unknown;
}

/** Makes and applies the migration for the schema as it is in the folder now. */
async function migrate(folder: string, url: string, before?: Migration): Promise<Migration> {
  if (folder.includes("-prisma-")) {
    const path = join(folder, "schema.prisma");
    const sql = before ? await prismaMigration(before.current as string, readFileSync(path, "utf8")) : await prismaDdlOf(path);
    await (await postgres()).db.exec(sql);
    return { statements: [sql], current: readFileSync(path, "utf8") };
  }
  const child = fork(join(__dirname, "harness/run-app.ts"), [folder], forkOptions(folder, url));
  try {
    const answer = (await ask(child, "migrate", [before?.current])) as Migration | readonly string[];
    return "statements" in answer ? answer : { statements: answer };
  } finally {
    child.kill();
  }
}
