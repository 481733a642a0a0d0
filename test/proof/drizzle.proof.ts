import { createClient } from "@libsql/client";
import { generateDrizzleJson, generateMigration, generateSQLiteDrizzleJson, generateSQLiteMigration } from "drizzle-kit/api";
import { count, eq, ilike, inArray, like, relations, sql } from "drizzle-orm";
import { drizzle as libsqlDrizzle } from "drizzle-orm/libsql";
import { drizzle, type NodePgDatabase } from "drizzle-orm/node-postgres";
import { index, integer, pgTable, serial, text } from "drizzle-orm/pg-core";
import { integer as sqliteInteger, sqliteTable, text as sqliteText } from "drizzle-orm/sqlite-core";
import { Pool } from "pg";
import { Library } from "./harness/facts";
import { postgres } from "./harness/postgres";
import { ask, Sqlite, sqliteFile, sqliteIndexes, type SqliteDatabase } from "./harness/sqlite";
import { sqlOf, statementsOf, verbsOf } from "./harness/statements";

const library = new Library("Drizzle", ["drizzle-orm", "drizzle-kit", "pg", "libsql"]);

const users = pgTable("users", { id: serial().primaryKey(), email: text().unique(), name: text() });
const posts = pgTable("posts", { id: serial().primaryKey(), title: text(), userId: integer().references(() => users.id) });
const tags = pgTable("tags", { id: serial().primaryKey(), name: text(), postId: integer().references(() => posts.id) });
const schema = {
  users,
  posts,
  tags,
  usersRelations: relations(users, ({ many }) => ({ posts: many(posts) })),
  postsRelations: relations(posts, ({ one, many }) => ({ user: one(users, { fields: [posts.userId], references: [users.id] }), tags: many(tags) })),
  tagsRelations: relations(tags, ({ one }) => ({ post: one(posts, { fields: [tags.postId], references: [posts.id] }) })),
};

const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("Drizzle on PostgreSQL", () => {
  let pool: Pool;
  let db: NodePgDatabase<typeof schema>;
  before(async () => {
    const { url, db: database, reset } = await postgres();
    await reset();
    await database.exec((await migration({ users, posts, tags })).join("\n"));
    pool = new Pool({ connectionString: url, max: 1 });
    db = drizzle(pool, { schema });
    await db.insert(users).values(ids.map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
    await db.insert(posts).values(ids.flatMap((userId) => ["a", "b", "c"].map((title) => ({ title, userId }))));
    await db.insert(tags).values(Array.from({ length: 30 }, (_, at) => ({ name: "t", postId: at + 1 })));
  });
  after(() => pool.end());

  const N1 = { code: "DZ-N1", rules: ["query-in-loop"] };
  library.counts("Ten `await db.select()` in a loop", N1, 10, async () => {
    for (const id of ids) await db.select().from(users).where(eq(users.id, id));
  });
  library.counts("Ten in one `Promise.all` are not batched", N1, 10, () => Promise.all(ids.map((id) => db.select().from(users).where(eq(users.id, id)))));
  library.counts("Ten `db.query.users.findFirst` in one `Promise.all`", N1, 10, () => Promise.all(ids.map((id) => db.query.users.findFirst({ where: eq(users.id, id) }))));
  library.counts("A prepared statement executed ten times", N1, 10, async () => {
    const prepared = db.select().from(users).where(eq(users.id, sql.placeholder("id"))).prepare("by_id");
    for (const id of ids) await prepared.execute({ id });
  });
  library.counts("`inArray(users.id, ids)`", N1, 1, () => db.select().from(users).where(inArray(users.id, ids)));
  library.counts("A builder that nobody awaits sends nothing", N1, 0, () => void db.select().from(users).limit(1));
  library.counts("A builder awaited twice is sent twice", { code: "DZ-N1", rules: ["repeated-evaluation"] }, 2, async () => {
    const query = db.select().from(users).limit(1);
    await query;
    await query;
  });
  library.counts("A relational query awaited twice is sent twice", { code: "DZ-N1", rules: ["repeated-evaluation"] }, 2, async () => {
    const query = db.query.users.findMany({ limit: 1 });
    await query;
    await query;
  });
  library.gives("`with` of two levels: one statement, with LATERAL", { code: "DZ-N1", rules: ["relation-read-in-loop"] }, [1, true], async () => {
    const sent = await sqlOf(() => db.query.users.findMany({ with: { posts: { with: { tags: true } } } }));
    return [sent.length, /lateral/i.test(sent[0])];
  });

  const V1 = { code: "DZ-V1", rules: ["unbounded-query"] };
  const limited = async (run: () => unknown) => /limit/i.test((await sqlOf(run))[0]);
  library.gives("`findFirst` sends LIMIT", V1, true, () => limited(() => db.query.users.findFirst()));
  library.gives("`findMany` sends LIMIT", V1, false, () => limited(() => db.query.users.findMany()));
  library.gives("`const [x] = await db.select()` of ten rows: rows read", V1, 10, async () => (await statementsOf(async () => (await db.select().from(users))[0]))[0].rows);
  library.gives("`limit` inside `with` is a LIMIT for each parent: posts of ten users", { code: "DZ-V2", rules: ["unbounded-nested-include"] }, 10, async () => (await db.query.users.findMany({ with: { posts: { limit: 1 } } })).flatMap((user) => user.posts).length);
  library.gives("`leftJoin` with `limit(4)` and three posts per user: users in the result", { code: "DZ-V2", rules: ["unbounded-query"] }, 2, async () => {
    const rows = await db.select().from(users).leftJoin(posts, eq(posts.userId, users.id)).orderBy(users.id).limit(4);
    return new Set(rows.map((row) => row.users.id)).size;
  });
  library.gives("`db.$count`", { code: "DZ-V3", rules: ["count-by-length"] }, 'select count(*) from "users"', async () => (await sqlOf(() => db.$count(users)))[0].replace(/ as "?count"?|;/g, ""));
  library.gives("`db.$count` as a column of a select is a subselect: statements", { code: "DZ-V3", rules: ["count-by-length"] }, 1, async () =>
    (await sqlOf(() => db.select({ id: users.id, posts: db.$count(posts, eq(posts.userId, users.id)) }).from(users))).length);
  library.counts("`select({ n: count() })`", { code: "DZ-V3", rules: ["count-by-length"] }, 1, () => db.select({ n: count() }).from(users));

  const W1 = { code: "DZ-W1", rules: ["insert-in-loop", "update-in-loop", "delete-in-loop"] };
  const rows = (length: number) => Array.from({ length }, () => ({ name: "x" }));
  library.gives("`values` of ten", W1, "INSERT", () => verbsOf(() => db.insert(tags).values(rows(10))));
  library.gives("`values` of 70,000 rows is not split, and fails", W1, true, () => db.insert(tags).values(rows(70_000)).then(() => false, () => true));
  library.counts("Ten inserts in one transaction", { code: "DZ-W1", rules: ["insert-in-loop"] }, 12, () =>
    db.transaction(async (tx) => {
      for (const id of ids) await tx.insert(tags).values({ name: `t${id}` });
    }));
  library.gives("`update … where inArray`", W1, "UPDATE", () => verbsOf(() => db.update(tags).set({ name: "y" }).where(inArray(tags.id, [1, 2]))));

  const L1 = { code: "DZ-L1", rules: ["lookup-defeats-index"] };
  library.gives("`ilike`", L1, '"users"."name" ilike $1', async () => (await sqlOf(() => db.select().from(users).where(ilike(users.name, "%x%"))))[0].match(/where (.*)$/)![1]);
  library.gives("`like`", L1, '"users"."name" like $1', async () => (await sqlOf(() => db.select().from(users).where(like(users.name, "%x%"))))[0].match(/where (.*)$/)![1]);
});

describe("Drizzle's DDL", () => {
  const I1 = { code: "DZ-I1", rules: ["missing-foreign-key-index"] };
  library.gives("`.references()` makes an index", I1, false, async () => (await migration({ users, posts, tags })).some((each) => /CREATE INDEX/.test(each)));
  library.gives("`index().using(\"gin\", t.name.op(\"gin_trgm_ops\"))`", { code: "DZ-L1", rules: ["lookup-defeats-index"] }, 'CREATE INDEX "n" ON "t" USING gin ("name" gin_trgm_ops);', async () =>
    (await migration({ t: pgTable("t", { name: text() }, (t) => [index("n").using("gin", t.name.op("gin_trgm_ops"))]) })).at(-1)!);
  library.gives("`index().on(sql`lower(${t.name})`)`", { code: "DZ-L1", rules: ["lookup-defeats-index"] }, 'CREATE INDEX "n" ON "t" USING btree (lower("name"));', async () =>
    (await migration({ t: pgTable("t", { name: text() }, (t) => [index("n").on(sql`lower(${t.name})`)]) })).at(-1)!);
  library.gives("`index().on(t.name, t.at.desc().nullsFirst())`", { code: "DZ-I2", rules: ["missing-index"] }, 'CREATE INDEX "n" ON "t" USING btree ("name","at" DESC NULLS FIRST);', async () =>
    (await migration({ t: pgTable("t", { name: text(), at: integer() }, (t) => [index("n").on(t.name, t.at.desc().nullsFirst())]) })).at(-1)!);
  library.gives("`index().on(t.name, t.at.desc())`", { code: "DZ-I2", rules: ["missing-index"] }, 'CREATE INDEX "n" ON "t" USING btree ("name","at" DESC NULLS LAST);', async () =>
    (await migration({ t: pgTable("t", { name: text(), at: integer() }, (t) => [index("n").on(t.name, t.at.desc())]) })).at(-1)!);
});

describe("Drizzle on SQLite", () => {
  const people = sqliteTable("people", { id: sqliteInteger().primaryKey(), name: sqliteText() });
  const letters = sqliteTable("letters", { id: sqliteInteger().primaryKey(), title: sqliteText(), personId: sqliteInteger().references(() => people.id) });
  const tables = { people, letters, peopleRelations: relations(people, ({ many }) => ({ letters: many(letters) })), lettersRelations: relations(letters, ({ one }) => ({ person: one(people, { fields: [letters.personId], references: [people.id] }) })) };
  const { path, remove } = sqliteFile();
  const client = createClient({ url: `file:${path}` });
  const db = libsqlDrizzle(client, { schema: tables });
  let file: SqliteDatabase;
  before(async () => {
    file = new Sqlite(path);
    for (const statement of await generateSQLiteMigration(await generateSQLiteDrizzleJson({}), await generateSQLiteDrizzleJson({ people, letters }))) ask(file, statement);
    await db.insert(people).values(ids.map((id) => ({ name: `n${id}` })));
  });
  after(() => {
    client.close();
    file.close();
    remove();
  });

  const on = "SQLite" as const;
  library.counts("`with` is one statement", { code: "DZ-N1", on, rules: ["relation-read-in-loop"] }, 1, () => db.query.people.findMany({ with: { letters: true } }));
  library.gives("`.references()` makes an index", { code: "DZ-I1", on, rules: ["missing-foreign-key-index"] }, [], () => sqliteIndexes(file, "letters"));
  library.gives("`values` of 40,000 rows fails", { code: "DZ-W1", on, rules: ["insert-in-loop"] }, true, () => db.insert(people).values(Array.from({ length: 40_000 }, () => ({ name: "x" }))).then(() => false, () => true));
});

/** The statements that make these tables. */
async function migration(tables: Record<string, unknown>): Promise<readonly string[]> {
  return generateMigration(generateDrizzleJson({}), generateDrizzleJson(tables, undefined, undefined, "camelCase"));
}
