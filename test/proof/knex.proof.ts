import { createRequire } from "node:module";
import knex, { type Knex } from "knex";
import { Kysely, PostgresDialect, SqliteDialect, type Generated } from "kysely";
import { Pool } from "pg";
import { Library } from "./harness/facts";
import { postgres, postgresIndexes } from "./harness/postgres";
import { Sqlite, sqliteIndexes, type SqliteDatabase } from "./harness/sqlite";
import { sqlOf, statementsOf, verbsOf } from "./harness/statements";

const knexLibrary = new Library("Knex", ["knex", "pg", "libsql"]);
const kyselyLibrary = new Library("Kysely", ["kysely", "pg", "libsql"]);
const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Users and the posts that refer to them, as a migration makes them. */
async function migrate(schema: Knex.SchemaBuilder): Promise<void> {
  await schema
    .createTable("users", (table) => {
      table.increments();
      table.string("email").unique();
      table.string("name");
    })
    .createTable("posts", (table) => {
      table.increments();
      table.string("title");
      table.integer("user_id").references("id").inTable("users");
    })
    .createTable("notes", (table) => {
      table.increments();
      table.integer("user_id").references("id").inTable("users").index();
    });
}

describe("Knex on PostgreSQL", () => {
  let db: Knex;
  before(async () => {
    const { url, reset } = await postgres();
    await reset();
    db = knex({ client: "pg", connection: url, pool: { min: 0, max: 1 } });
    await migrate(db.schema);
    await db("users").insert(ids.map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
    await db("posts").insert(ids.flatMap((user_id) => ["a", "b", "c"].map((title) => ({ title, user_id }))));
  });
  after(() => db.destroy());

  const N1 = { code: "KX-N1", rules: ["query-in-loop"] };
  knexLibrary.counts("Ten `await db(\"users\").where({ id })` in a loop", N1, 10, async () => {
    for (const id of ids) await db("users").where({ id });
  });
  knexLibrary.counts("Ten in one `Promise.all` are not batched", N1, 10, () => Promise.all(ids.map((id) => db("users").where({ id }).first())));
  knexLibrary.counts("`whereIn(\"id\", ids)`", N1, 1, () => db("users").whereIn("id", ids));
  knexLibrary.counts("A builder that nobody awaits sends nothing", N1, 0, () => void db("users").where({ id: 1 }));
  knexLibrary.counts("A builder awaited twice is sent twice", { code: "KX-N1", rules: ["repeated-evaluation"] }, 2, async () => {
    const query = db("users").where({ id: 1 });
    await query;
    await query;
  });
  const V1 = { code: "KX-V1", rules: ["unbounded-query"] };
  const limited = async (run: () => unknown) => /limit/i.test((await sqlOf(run))[0]);
  knexLibrary.gives("`.first()` sends LIMIT", V1, true, () => limited(() => db("users").first()));
  knexLibrary.gives("`const [x] = await db(\"users\")` of ten rows: rows read", V1, 10, async () => (await statementsOf(async () => (await db("users"))[0]))[0].rows);
  knexLibrary.gives("`.count()`", { code: "KX-V1", rules: ["count-by-length"] }, 'select count(*) from "users"', async () => (await sqlOf(() => db("users").count()))[0]);

  const W1 = { code: "KX-W1", rules: ["insert-in-loop", "update-in-loop", "delete-in-loop"] };
  const rows = (length: number) => Array.from({ length }, () => ({ title: "x" }));
  knexLibrary.gives("`insert` of an array of ten", W1, "INSERT", () => verbsOf(() => db("posts").insert(rows(10))));
  knexLibrary.gives("`insert` of 70,000 rows of one column fails", W1, true, () => db("posts").insert(rows(70_000)).then(() => false, () => true));
  knexLibrary.gives("`batchInsert` of 2,500 rows: chunks of 1,000 in one transaction", W1, "BEGIN, INSERT, INSERT, INSERT, COMMIT", () => verbsOf(() => db.batchInsert("posts", rows(2_500))));
  knexLibrary.gives("`whereIn(…).update(…)`", W1, "UPDATE", () => verbsOf(() => db("posts").whereIn("id", ids).update({ title: "y" })));
  knexLibrary.gives("`increment`", { code: "KX-W1", rules: ["lost-update"] }, "UPDATE", () => verbsOf(() => db("posts").where({ id: 1 }).increment("user_id", 0)));

  const L1 = { code: "KX-L1", rules: ["lookup-defeats-index"] };
  const condition = async (run: () => unknown) => (await sqlOf(run))[0].match(/where (.*)$/)![1];
  knexLibrary.gives("`whereILike`", L1, '"name" ilike $1', () => condition(() => db("users").whereILike("name", "%x%")));
  knexLibrary.gives("`whereLike`", L1, '"name" like $1', () => condition(() => db("users").whereLike("name", "%x%")));

  const I1 = { code: "KX-I1", rules: ["missing-foreign-key-index"] };
  knexLibrary.gives("Indexes after `.references()`", I1, ["unique (id)"], () => postgresIndexes("posts"));
  knexLibrary.gives("Indexes after `.references().index()`", I1, ["(user_id)", "unique (id)"], () => postgresIndexes("notes"));

  const C1 = { code: "KX-C1", on: "none" as const, rules: ["default-connection-pool"] };
  const pool = async (config: Knex.Config) => {
    const made = knex(config);
    const { min, max } = (made.client as { pool: { min: number; max: number } }).pool;
    await made.destroy();
    return [min, max];
  };
  knexLibrary.gives("The pool's default minimum and maximum", C1, [2, 10], () => pool({ client: "pg", connection: "postgres://127.0.0.1/x" }));
  knexLibrary.gives("The pool's default minimum and maximum for SQLite", C1, [1, 1], () => pool({ client: SqliteClient, connection: { filename: ":memory:" }, useNullAsDefault: true }));
});

/** Knex's client for better-sqlite3 over libsql, which has the same interface. */
class SqliteClient extends (createRequire(__filename)("knex/lib/dialects/better-sqlite3") as typeof knex.Client) {
  _driver(): unknown {
    return Sqlite;
  }
}

describe("Knex on SQLite", () => {
  let db: Knex;
  let file: SqliteDatabase;
  before(async () => {
    db = knex({ client: SqliteClient, connection: { filename: ":memory:" }, useNullAsDefault: true });
    await migrate(db.schema);
    file = await (db.client as { acquireConnection(): Promise<SqliteDatabase> }).acquireConnection();
    (db.client as { releaseConnection(connection: unknown): void }).releaseConnection(file);
  });
  after(() => db.destroy());

  const on = "SQLite" as const;
  const rows = (length: number) => Array.from({ length }, () => ({ title: "x" }));
  knexLibrary.gives("`whereILike`", { code: "KX-L1", on, rules: ["lookup-defeats-index"] }, "`name` like ?", async () => (await sqlOf(() => db("users").whereILike("name", "%x%")))[0].match(/where (.*)$/)![1]);
  knexLibrary.gives("Indexes after `.references()`", { code: "KX-I1", on, rules: ["missing-foreign-key-index"] }, [], () => sqliteIndexes(file, "posts"));
  knexLibrary.gives("`batchInsert` of 2,500 rows with the default chunk fails", { code: "KX-W1", on, rules: ["insert-in-loop"] }, true, () => db.batchInsert("posts", rows(2_500)).then(() => false, () => true));
  knexLibrary.gives("`batchInsert` of 1,000 rows in chunks of 500", { code: "KX-W1", on, rules: ["insert-in-loop"] }, 2, async () => (await sqlOf(() => db.batchInsert("posts", rows(1_000), 500))).filter((sql) => /^insert/.test(sql)).length);
});

interface Tables {
  users: { id: Generated<number>; email: string | null; name: string | null };
  posts: { id: Generated<number>; title: string | null; user_id: number | null };
}

describe("Kysely on PostgreSQL", () => {
  let db: Kysely<Tables>;
  before(async () => {
    const { url, reset } = await postgres();
    await reset();
    db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: new Pool({ connectionString: url, max: 1 }) }) });
    await migrateWithKysely(db, "serial");
    await db.insertInto("users").values(ids.map((id) => ({ email: `u${id}@x`, name: `n${id}` }))).execute();
  });
  after(() => db.destroy());

  const N1 = { code: "KX-N1", rules: ["query-in-loop"] };
  const byId = (id: number) => db.selectFrom("users").selectAll().where("id", "=", id);
  kyselyLibrary.counts("Ten `execute()` in a loop", N1, 10, async () => {
    for (const id of ids) await byId(id).execute();
  });
  kyselyLibrary.counts("Ten `executeTakeFirst()` in one `Promise.all` are not batched", N1, 10, () => Promise.all(ids.map((id) => byId(id).executeTakeFirst())));
  kyselyLibrary.counts("A builder that is not executed sends nothing", N1, 0, () => void byId(1));
  kyselyLibrary.gives("A builder cannot be awaited: it has no `then`", N1, false, () => "then" in byId(1));
  kyselyLibrary.counts("A builder executed twice is sent twice", { code: "KX-N1", rules: ["repeated-evaluation"] }, 2, async () => {
    const query = byId(1);
    await query.execute();
    await query.execute();
  });
  kyselyLibrary.gives("`executeTakeFirst()` of ten rows sends no LIMIT: rows read", { code: "KX-V1", rules: ["unbounded-query"] }, 10, async () => (await statementsOf(() => db.selectFrom("users").selectAll().executeTakeFirst()))[0].rows);
  const W1 = { code: "KX-W1", rules: ["insert-in-loop"] };
  kyselyLibrary.gives("`values` of an array", W1, "INSERT", () => verbsOf(() => db.insertInto("posts").values(ids.map(() => ({ title: "x" }))).execute()));
  kyselyLibrary.gives("`values` of 70,000 rows of one column fails", W1, true, () => db.insertInto("posts").values(Array.from({ length: 70_000 }, () => ({ title: "x" }))).execute().then(() => false, () => true));
  kyselyLibrary.gives("`where(\"name\", \"ilike\", …)`", { code: "KX-L1", rules: ["lookup-defeats-index"] }, '"name" ilike $1', async () => (await sqlOf(() => db.selectFrom("users").selectAll().where("name", "ilike", "%x%").execute()))[0].match(/where (.*)$/)![1]);
  kyselyLibrary.gives("Indexes after `.references()`", { code: "KX-I1", rules: ["missing-foreign-key-index"] }, ["unique (id)"], () => postgresIndexes("posts"));
});

describe("Kysely on SQLite", () => {
  let db: Kysely<Tables>;
  const file = new Sqlite(":memory:");
  before(async () => {
    db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: file as never }) });
    await migrateWithKysely(db, "integer");
  });
  after(() => db.destroy());

  kyselyLibrary.gives("Indexes after `.references()`", { code: "KX-I1", on: "SQLite", rules: ["missing-foreign-key-index"] }, [], () => sqliteIndexes(file, "posts"));
});

async function migrateWithKysely(db: Kysely<Tables>, key: "serial" | "integer"): Promise<void> {
  await db.schema.createTable("users").addColumn("id", key, (column) => column.primaryKey()).addColumn("email", "text", (column) => column.unique()).addColumn("name", "text").execute();
  await db.schema.createTable("posts").addColumn("id", key, (column) => column.primaryKey()).addColumn("title", "text").addColumn("user_id", "integer", (column) => column.references("users.id")).execute();
}
