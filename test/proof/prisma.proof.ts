import { strict as assert } from "node:assert";
import { PrismaPg } from "@prisma/adapter-pg";
import { Library } from "./harness/facts";
import { postgres, postgresIndexes } from "./harness/postgres";
import { prismaClient, prismaDdl, type PrismaClient } from "./harness/prisma";
import { sqlOf, statementsOf, verbsOf } from "./harness/statements";

const prisma = new Library("Prisma", ["@prisma/client", "@prisma/adapter-pg", "@prisma/adapter-libsql"]);

const MODELS = `
model User {
  id Int @id @default(autoincrement())
  email String @unique
  name String
  city String
  posts Post[]
  notes Note[]
}
model Post {
  id Int @id @default(autoincrement())
  title String
  views Int @default(0)
  userId Int
  user User @relation(fields: [userId], references: [id])
  tags Tag[]
}
model Note {
  id Int @id @default(autoincrement())
  text String
  userId Int
  user User @relation(fields: [userId], references: [id])
}
model Tag {
  id Int @id @default(autoincrement())
  name String
  posts Post[]
}
model Part {
  id Int @id @default(autoincrement())
  name String
}
`;

const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
const timer = () => new Promise((resolve) => setTimeout(resolve, 1));

/** Ten users in two cities with three posts and two notes each; every post has the same two tags. */
async function seed(client: PrismaClient): Promise<void> {
  await client.user.createMany({ data: ids.map((id) => ({ email: `u${id}@x`, name: `n${id}`, city: id % 2 ? "Bern" : "Oslo" })) });
  await client.post.createMany({ data: ids.flatMap((userId) => ["a", "b", "c"].map((title) => ({ title, userId }))) });
  await client.note.createMany({ data: ids.flatMap((userId) => ["x", "y"].map((text) => ({ text, userId }))) });
  await client.tag.createMany({ data: [{ name: "t1" }, { name: "t2" }] });
  await client.tag.update({ where: { id: 1 }, data: { posts: { connect: Array.from({ length: 30 }, (_, index) => ({ id: index + 1 })) } } });
}

/** Whether the last statement of `run` limits what it reads. */
async function limited(run: () => unknown): Promise<boolean> {
  return /\bLIMIT\b/.test((await sqlOf(run)).at(-1)!);
}

describe("Prisma on PostgreSQL", () => {
  let client: PrismaClient;
  let stop: () => Promise<void>;
  before(async () => {
    ({ client, stop } = await prismaClient("prisma", { models: MODELS, provider: "postgresql" }));
    await seed(client);
  });
  after(() => stop());

  const each = (run: (id: number) => unknown) => Promise.all(ids.map(run));
  const N1 = { code: "PR-N1", rules: ["query-in-loop"] };
  const N2 = { code: "PR-N2", rules: ["query-in-loop", "batching-defeated"] };
  const N3 = { code: "PR-N3", rules: ["query-in-loop"] };

  prisma.counts("Ten `findUnique`, each awaited before the next", N1, 10, async () => {
    for (const id of ids) await client.user.findUnique({ where: { id } });
  });
  prisma.counts("Ten `findUnique().posts()`, each awaited before the next, are two each", N1, 20, async () => {
    for (const id of ids) await client.user.findUnique({ where: { id } }).posts();
  });
  prisma.counts("Ten `findUnique` in one `Promise.all` are batched", N2, 1, () => each((id) => client.user.findUnique({ where: { id } })));
  prisma.counts("So are ten `findUniqueOrThrow`", N2, 1, () => each((id) => client.user.findUniqueOrThrow({ where: { id } })));
  prisma.counts("So are ten by a unique key and one more column", N2, 1, () => each((id) => client.user.findUnique({ where: { id, city: "Bern" } })));
  prisma.counts("So are ten with `include`: the relation is one more", N2, 2, () => each((id) => client.user.findUnique({ where: { id }, include: { posts: true } })));
  prisma.counts("The order of the selected fields does not matter", N2, 1, () => each((id) => client.user.findUnique({ where: { id }, select: id % 2 ? { id: true, name: true } : { name: true, id: true } })));
  prisma.counts("Two selections are two batches", N2, 2, () => each((id) => client.user.findUnique({ where: { id }, select: id % 2 ? { name: true } : { city: true } })));
  prisma.counts("Two models are two batches", N2, 2, () => each((id) => (id % 2 ? client.user : client.post).findUnique({ where: { id } })));
  prisma.counts("Promises collected in a loop and awaited together are batched", N2, 1, async () => {
    const found = [];
    for (const id of ids) found.push(client.user.findUnique({ where: { id } }));
    await Promise.all(found);
  });
  prisma.counts("`await` of a promise that is already settled defeats no batch", N2, 1, () =>
    each(async (id) => {
      await Promise.resolve();
      return client.user.findUnique({ where: { id } });
    }));
  prisma.counts("A `findUnique` after a batched `findUnique` is batched, too", N2, 2, () =>
    each(async (id) => {
      const user = await client.user.findUnique({ where: { id } });
      return client.post.findUnique({ where: { id: user.id } });
    }));
  prisma.counts("A timer awaited before it defeats the batch", N2, 10, () =>
    each(async (id) => {
      await timer();
      return client.user.findUnique({ where: { id } });
    }));
  prisma.counts("A query that is not batched, awaited before it, defeats the batch: ten and ten", N2, 20, () =>
    each(async (id) => {
      await client.user.findFirst({ where: { id } });
      return client.user.findUnique({ where: { id } });
    }));
  prisma.gives("With `OR` beside the key, all ten run one after the other in one transaction", N2, "BEGIN, " + "SELECT, ".repeat(10) + "COMMIT", () =>
    verbsOf(() => each((id) => client.user.findUnique({ where: { id, OR: [{ city: "Bern" }, { city: "Oslo" }] } }))));
  prisma.gives("With `contains` beside the key, too", N2, "BEGIN, " + "SELECT, ".repeat(10) + "COMMIT", () => verbsOf(() => each((id) => client.user.findUnique({ where: { id, name: { contains: "n" } } }))));
  prisma.gives("With a relation filter beside the key, too", N2, "BEGIN, " + "SELECT, ".repeat(10) + "COMMIT", () => verbsOf(() => each((id) => client.user.findUnique({ where: { id, posts: { some: { title: "a" } } } }))));
  prisma.gives("An interactive transaction batches", N2, "BEGIN, SELECT, COMMIT", () =>
    verbsOf(() => client.$transaction((tx: PrismaClient) => Promise.all(ids.map((id) => tx.user.findUnique({ where: { id } }))))));
  prisma.gives("`$transaction([…])` of `findUnique` is one batch without a transaction", N2, "SELECT", () => verbsOf(() => client.$transaction(ids.map((id) => client.user.findUnique({ where: { id } })))));
  prisma.counts("Ten `findFirst` in one `Promise.all`", N2, 10, () => each((id) => client.user.findFirst({ where: { id } })));
  prisma.counts("Ten `findMany` in one `Promise.all`", N2, 10, () => each((id) => client.user.findMany({ where: { id } })));
  prisma.counts("Ten `count` in one `Promise.all`", N2, 10, () => each((id) => client.post.count({ where: { userId: id } })));
  prisma.counts("Ten `aggregate` in one `Promise.all`", N2, 10, () => each((id) => client.post.aggregate({ where: { userId: id }, _sum: { views: true } })));
  prisma.counts("Ten `update` in one `Promise.all`", N2, 10, () => each((id) => client.user.update({ where: { id }, data: { name: `n${id}` } })));
  prisma.counts("Ten `create` in one `Promise.all`", N2, 10, () => each((id) => client.part.create({ data: { name: `p${id}` } })));
  prisma.counts("A promise that nobody awaits sends nothing", N2, 0, () => void client.user.findMany());

  prisma.counts("Ten `findUnique().posts()` in one tick are batched on both sides", N3, 2, () => each((id) => client.user.findUnique({ where: { id } }).posts()));
  prisma.counts("With `take`, too", N3, 2, () => each((id) => client.user.findUnique({ where: { id } }).posts({ take: 1 })));
  prisma.counts("`findFirst().posts()` is not batched: two each", N3, 20, () => each((id) => client.user.findFirst({ where: { id } }).posts()));

  const N4 = { code: "PR-N4", rules: ["relation-read-in-loop", "unused-eager-load"] };
  prisma.counts("`include` of one relation, ten parents", N4, 2, () => client.user.findMany({ include: { posts: true } }));
  prisma.counts("`include` of a relation of a relation", N4, 3, () => client.post.findMany({ include: { user: { include: { notes: true } } } }));
  prisma.counts("`include` of two relations and one below", N4, 4, () => client.user.findMany({ include: { notes: true, posts: { include: { user: true } } } }));
  prisma.counts("`include` of a to-one relation", N4, 2, () => client.post.findMany({ include: { user: true } }));
  prisma.gives("`include` of an implicit many-to-many relation: statements, whether the second joins the link table, whether any joins the parents", { ...N4, contradicts: "never a JOIN" }, [2, true, false], async () => {
    const sql = await sqlOf(() => client.post.findMany({ include: { tags: true } }));
    return [sql.length, /JOIN "public"."_PostToTag"/.test(sql[1]), sql.some((each) => /JOIN "public"."Post"/.test(each))];
  });
  prisma.counts("`include` where no parent is found", N4, 2, () => client.user.findMany({ where: { id: -1 }, include: { posts: true } }));
  prisma.gives("`_count` is part of the statement: a join to a GROUP BY of the whole child table", N4, [1, true], async () => {
    const sql = await sqlOf(() => client.user.findMany({ include: { _count: { select: { posts: true } } } }));
    return [sql.length, /LEFT JOIN \(SELECT [^)]*COUNT\(\*\)[^)]*.*GROUP BY/.test(sql[0])];
  });

  const V2 = { code: "PR-V2", rules: ["unbounded-nested-include"] };
  prisma.gives("`take: 1` inside `include` of `findMany`: rows read of the thirty children", V2, 30, async () => (await statementsOf(() => client.user.findMany({ include: { posts: { take: 1 } } }))).at(-1)!.rows);
  prisma.gives("`take` inside `include` of one `findUnique` is sent as LIMIT", V2, true, () => limited(() => client.user.findUnique({ where: { id: 1 }, include: { posts: { take: 1 } } })));
  prisma.gives("`take` inside `include` of `findFirst` is sent as LIMIT", V2, false, () => limited(() => client.user.findFirst({ where: { id: 1 }, include: { posts: { take: 1 } } })));
  prisma.gives("`take` inside `include` of batched `findUnique` is sent as LIMIT", V2, false, () => limited(() => each((id) => client.user.findUnique({ where: { id }, include: { posts: { take: 1 } } }))));

  const V6 = { code: "PR-V6", rules: ["unbounded-query"] };
  prisma.gives("`distinct` with `take` sends neither DISTINCT nor LIMIT", V6, false, async () => /DISTINCT|LIMIT/.test((await sqlOf(() => client.user.findMany({ distinct: ["city"], take: 1 })))[0]));
  prisma.gives("`distinct` with `take: 1`: rows read of ten", V6, 10, async () => (await statementsOf(() => client.user.findMany({ distinct: ["city"], take: 1 })))[0].rows);
  prisma.gives("`findMany` with `take` sends LIMIT", { code: "PR-V1", rules: ["unbounded-query"] }, true, () => limited(() => client.user.findMany({ take: 3 })));
  prisma.gives("`findFirst` sends LIMIT", { code: "PR-V1", rules: ["unbounded-query"] }, true, () => limited(() => client.user.findFirst()));
  prisma.gives("`count()` counts over a subselect", { code: "PR-V6", rules: ["count-by-length"] }, true, async () => /^SELECT COUNT\(\*\).* FROM \(SELECT /.test((await sqlOf(() => client.user.count()))[0]));
  prisma.gives("A cursor is `>= (subselect)` with LIMIT", { code: "PR-V3", rules: ["deep-offset"] }, true, async () =>
    /"id" >= \(SELECT .* LIMIT /.test((await sqlOf(() => client.user.findMany({ cursor: { id: 5 }, take: 2, orderBy: { id: "asc" } }))).join(" ")));

  const L1 = { code: "PR-L1", rules: ["lookup-defeats-index"] };
  const condition = async (where: object) => (await sqlOf(() => client.user.findMany({ where })))[0].match(/WHERE (.*?) OFFSET/)![1].replaceAll('"public"."User".', "");
  prisma.gives("`contains`", L1, `"name"::text LIKE ('%' || $1 || '%')`, () => condition({ name: { contains: "x" } }));
  prisma.gives("`endsWith`", L1, `"name"::text LIKE ('%' || $1)`, () => condition({ name: { endsWith: "x" } }));
  prisma.gives("`startsWith`", L1, `"name"::text LIKE ($1 || '%')`, () => condition({ name: { startsWith: "x" } }));
  prisma.gives("`contains`, insensitive", L1, `"name" ILIKE ('%' || $1 || '%')`, () => condition({ name: { contains: "x", mode: "insensitive" } }));
  prisma.gives("`startsWith`, insensitive", L1, `"name" ILIKE ($1 || '%')`, () => condition({ name: { startsWith: "x", mode: "insensitive" } }));
  prisma.gives("`equals`, insensitive", L1, '"name" ILIKE $1', () => condition({ name: { equals: "x", mode: "insensitive" } }));
  prisma.gives("`in`, insensitive", L1, 'LOWER("name") IN (LOWER($1),LOWER($2))', () => condition({ name: { in: ["x", "y"], mode: "insensitive" } }));
  prisma.gives("Users found by `equals: \"U_@X\"`, insensitive: `_` is a wildcard", { code: "PR-L2", rules: ["lookup-defeats-index"] }, 9, () => client.user.count({ where: { email: { equals: "U_@X", mode: "insensitive" } } }));

  const I1 = { code: "PR-I1", rules: ["missing-foreign-key-index"] };
  prisma.gives("Indexes of a table with a relation scalar", I1, ["unique (id)"], () => postgresIndexes("Post"));
  prisma.gives("Indexes of an implicit many-to-many table", I1, ["(B)", "unique (A, B)"], () => postgresIndexes("_PostToTag"));

  const W1 = { code: "PR-W1", rules: ["insert-in-loop", "update-in-loop", "delete-in-loop"] };
  const parts = (count: number) => Array.from({ length: count }, () => ({ name: "p" }));
  prisma.gives("`createMany` of ten", W1, "INSERT", () => verbsOf(() => client.part.createMany({ data: parts(10) })));
  prisma.gives("`createManyAndReturn` of ten", W1, "INSERT", () => verbsOf(() => client.part.createManyAndReturn({ data: parts(10) })));
  prisma.gives("`createMany` of 40,000 rows of one column splits itself", W1, "BEGIN, INSERT, INSERT, COMMIT", () => verbsOf(() => client.part.createMany({ data: parts(40_000) })));
  prisma.gives("`updateMany`", W1, "UPDATE", () => verbsOf(() => client.part.updateMany({ where: { id: { lt: 3 } }, data: { name: "q" } })));
  prisma.gives("`deleteMany`", W1, "DELETE", () => verbsOf(() => client.part.deleteMany({ where: { id: { lt: 3 } } })));
  prisma.gives("`$transaction([…])` of five `create`", W1, "BEGIN, INSERT, INSERT, INSERT, INSERT, INSERT, COMMIT", () => verbsOf(() => client.$transaction(parts(5).map((data) => client.part.create({ data })))));
  prisma.gives("`create` with three nested posts: the children are one INSERT", W1, 1, async () =>
    (await sqlOf(() => client.user.create({ data: { email: "new@x", name: "new", city: "Bern", posts: { create: [{ title: "1" }, { title: "2" }, { title: "3" }] } } }))).filter((sql) => /^INSERT INTO "public"."Post"/.test(sql)).length);
  prisma.gives("`upsert` by one unique field with the same value in `create`", W1, [1, true], async () => {
    const sql = await sqlOf(() => client.user.upsert({ where: { email: "up@x" }, create: { email: "up@x", name: "u", city: "Bern" }, update: { name: "v" } }));
    return [sql.length, /ON CONFLICT/.test(sql[0])];
  });
  prisma.gives("`upsert` of any other shape", W1, "BEGIN, SELECT, UPDATE, SELECT, COMMIT", () =>
    verbsOf(() => client.user.upsert({ where: { id: 3 }, create: { email: "u3@x", name: "u", city: "Bern" }, update: { name: "v" } })));
  prisma.gives("`update` by a unique key", W1, "UPDATE", () => verbsOf(() => client.user.update({ where: { id: 1 }, data: { name: "n1" } })));
  prisma.gives("`delete` by a unique key", W1, "DELETE", () => verbsOf(() => client.part.delete({ where: { id: 20 } })));
  prisma.gives("`update` with `include`", W1, "BEGIN, UPDATE, SELECT, SELECT, COMMIT", () => verbsOf(() => client.user.update({ where: { id: 1 }, data: { name: "n1" }, include: { posts: true } })));

  prisma.gives("Connections of the pool of `@prisma/adapter-pg`, by default", { code: "PR-C1", rules: ["connection-per-request", "default-connection-pool"] }, 10, async () => {
    const adapter = await new PrismaPg({ connectionString: (await postgres()).url }).connect();
    const { max } = adapter.underlyingDriver().options;
    await adapter.dispose();
    return max;
  });
  prisma.gives("An interactive transaction without `timeout` ends with P2028 after five seconds", { code: "PR-C2", rules: ["io-in-transaction"] }, "P2028", async () => {
    const started = Date.now();
    const error = await client.$transaction(async (tx: PrismaClient) => {
      await new Promise((resolve) => setTimeout(resolve, 5_200));
      await tx.user.findFirst();
    }).then(() => assert.fail("it committed"), (thrown: { code: string }) => thrown);
    assert.ok(Date.now() - started >= 5_000);
    return error.code;
  });
});

describe("Prisma's preview features on PostgreSQL", () => {
  let client: PrismaClient;
  let stop: () => Promise<void>;
  before(async () => {
    ({ client, stop } = await prismaClient("prisma-preview", { models: MODELS, provider: "postgresql", previewFeatures: ["relationJoins", "nativeDistinct"] }));
    await seed(client);
  });
  after(() => stop());

  const joins = { code: "PR-N4", rules: ["relation-read-in-loop", "missing-foreign-key-index"] };
  prisma.gives("`relationJoins`: `include` is one statement with LATERAL, without being asked for", joins, [1, true], async () => {
    const sql = await sqlOf(() => client.user.findMany({ include: { posts: { include: { tags: true } }, notes: true } }));
    return [sql.length, /LATERAL/.test(sql[0])];
  });
  prisma.counts("`relationLoadStrategy: \"query\"` keeps one statement per relation", joins, 2, () => client.user.findMany({ relationLoadStrategy: "query", include: { posts: true } }));
  prisma.gives("With the join strategy, a nested `take` is a LIMIT for each parent", { code: "PR-V2", rules: ["unbounded-nested-include"] }, true, () => limited(() => client.user.findMany({ include: { posts: { take: 1 } } })));
  prisma.gives("`nativeDistinct` with an order that starts with the distinct field", { code: "PR-V6", rules: ["unbounded-query"] }, true, async () =>
    /DISTINCT ON.*LIMIT/.test((await sqlOf(() => client.user.findMany({ distinct: ["city"], orderBy: { city: "asc" }, take: 1 })))[0]));
  prisma.gives("`nativeDistinct` with another order", { code: "PR-V6", rules: ["unbounded-query"] }, false, async () =>
    /DISTINCT|LIMIT/.test((await sqlOf(() => client.user.findMany({ distinct: ["city"], orderBy: { name: "asc" }, take: 1 })))[0]));
});

describe("Prisma on SQLite", () => {
  let client: PrismaClient;
  let stop: () => Promise<void>;
  before(async () => {
    ({ client, stop } = await prismaClient("prisma-sqlite", { models: MODELS, provider: "sqlite" }));
    await seed(client);
  });
  after(() => stop());

  const on = "SQLite" as const;
  prisma.counts("Ten `findUnique` in one `Promise.all` are batched", { code: "PR-N2", on, rules: ["query-in-loop"] }, 1, () => Promise.all(ids.map((id) => client.user.findUnique({ where: { id } }))));
  prisma.counts("`include` of two relations and one below", { code: "PR-N4", on, rules: ["relation-read-in-loop"] }, 4, () => client.user.findMany({ include: { notes: true, posts: { include: { user: true } } } }));
  prisma.gives("`take: 1` inside `include` of `findMany`: rows read of the thirty children", { code: "PR-V2", on, rules: ["unbounded-nested-include"] }, 30, async () => (await statementsOf(() => client.user.findMany({ include: { posts: { take: 1 } } }))).at(-1)!.rows);
  prisma.gives("The DDL of a relation scalar makes an index", { code: "PR-I1", on, rules: ["missing-foreign-key-index"] }, false, async () => /INDEX[^;]*userId/.test(await prismaDdl({ models: MODELS, provider: "sqlite" })));
});

describe("Prisma's DDL", () => {
  const ddl = async (index: string) =>
    (await prismaDdl({ provider: "postgresql", models: `model User {\n  id Int @id\n  name String\n  at DateTime\n  ${index}\n}` })).match(/CREATE INDEX .*;/)?.[0] ?? "none";
  const L1 = { code: "PR-L1", rules: ["lookup-defeats-index", "missing-index"] };
  prisma.gives("`@@index([name(ops: raw(\"gin_trgm_ops\"))], type: Gin)`", L1, 'CREATE INDEX "User_name_idx" ON "User" USING GIN ("name" gin_trgm_ops);', () => ddl('@@index([name(ops: raw("gin_trgm_ops"))], type: Gin)'));
  prisma.gives("`@@index([name(ops: raw(\"text_pattern_ops\"))])`", L1, 'CREATE INDEX "User_name_idx" ON "User"("name" text_pattern_ops);', () => ddl('@@index([name(ops: raw("text_pattern_ops"))])'));
  prisma.gives("`@@index([name, at(sort: Desc)])`", { code: "PR-I3", rules: ["missing-index"] }, 'CREATE INDEX "User_name_at_idx" ON "User"("name", "at" DESC);', () => ddl("@@index([name, at(sort: Desc)])"));

  it("is valid for PostgreSQL", async () => {
    const { db, reset } = await postgres();
    await reset();
    await db.exec(await prismaDdl({ provider: "postgresql", models: 'model User {\n  id Int @id\n  name String\n  @@index([name(ops: raw("gin_trgm_ops"))], type: Gin)\n}' }));
    assert.deepEqual(await postgresIndexes("User"), ["gin (name gin_trgm_ops)", "unique (id)"]);
  });
});
