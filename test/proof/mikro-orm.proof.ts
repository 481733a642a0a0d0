import { DataloaderType, EntitySchema, LoadStrategy } from "@mikro-orm/core";
import { MikroORM as LibSqlORM } from "@mikro-orm/libsql";
import { MikroORM as MySqlORM } from "@mikro-orm/mysql";
import { MikroORM } from "@mikro-orm/postgresql";
import { Library } from "./harness/facts";
import { postgres, postgresIndexes } from "./harness/postgres";
import { sqlOf, statementsOf, verbsOf } from "./harness/statements";

const mikro = new Library("MikroORM", ["@mikro-orm/core", "@mikro-orm/postgresql", "@mikro-orm/libsql", "@mikro-orm/mysql", "dataloader"]);

// eslint-disable-next-line -- the entities are described by schemas, not by classes
type Entity = any;

const id = { type: "number", primary: true, autoincrement: true } as const;
const User: EntitySchema<Entity> = new EntitySchema<Entity>({
  name: "User",
  properties: {
    id,
    email: { type: "string", unique: true },
    name: { type: "string" },
    posts: { kind: "1:m", entity: () => Post, mappedBy: "author" },
    notes: { kind: "1:m", entity: () => Note, mappedBy: "user" },
  },
} as never);
const Post: EntitySchema<Entity> = new EntitySchema<Entity>({
  name: "Post",
  properties: { id, title: { type: "string" }, author: { kind: "m:1", entity: () => User, ref: true, nullable: true }, tags: { kind: "m:n", entity: () => Tag } },
} as never);
const Note: EntitySchema<Entity> = new EntitySchema<Entity>({ name: "Note", properties: { id, text: { type: "string" }, user: { kind: "m:1", entity: () => User, ref: true } } } as never);
const Tag: EntitySchema<Entity> = new EntitySchema<Entity>({ name: "Tag", properties: { id, name: { type: "string" } } } as never);
const entities = [User, Post, Note, Tag];

const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

describe("MikroORM on PostgreSQL", () => {
  let orm: MikroORM;
  let loading: MikroORM;
  before(async () => {
    const { url, reset } = await postgres();
    await reset();
    const options = { entities, clientUrl: url, dbName: "postgres", pool: { min: 0, max: 1 }, schemaGenerator: { disableForeignKeys: false } };
    orm = await MikroORM.init(options);
    loading = await MikroORM.init({ ...options, dataloader: DataloaderType.ALL });
    await orm.schema.create();
    const em = orm.em.fork();
    for (const each of ids) {
      const author = em.create(User, { email: `u${each}@x`, name: `n${each}` });
      for (const title of ["a", "b", "c"]) em.create(Post, { title, author });
      for (const text of ["x", "y"]) em.create(Note, { text, user: author });
    }
    await em.flush();
  });
  after(() => Promise.all([orm.close(), loading.close()]));

  /** How many statements `run` sends with a fresh identity map, after what `prepare` sent. */
  const sentAfter = async <T>(prepare: (em: Entity) => Promise<T>, run: (prepared: T, em: Entity) => unknown, dataloader = DataloaderType.NONE) => {
    const em: Entity = (dataloader === DataloaderType.NONE ? orm : loading).em.fork();
    // The first use of a loader imports it. tsx makes that import slower than Node does, and so splits the first batch.
    for (const type of ["ref", "1:m", "m:n", "count"]) await em.getDataLoader(type);
    const prepared = await prepare(em);
    return (await sqlOf(() => run(prepared, em))).length;
  };
  const allUsers = (em: Entity): Promise<Entity[]> => em.find(User, {}, { orderBy: { id: "asc" } });
  const allPosts = (em: Entity): Promise<Entity[]> => em.find(Post, {});
  const sequentially = (visit: (row: Entity) => unknown) => async (rows: Entity[]) => {
    for (const row of rows) await visit(row);
  };
  const atOnce = (visit: (row: Entity) => unknown) => (rows: Entity[]) => Promise.all(rows.map(visit));

  const N1 = { code: "MK-N1", rules: ["relation-read-in-loop"] };
  for (const [call, visit] of [
    ["posts.init()", (user: Entity) => user.posts.init()],
    ["posts.loadItems()", (user: Entity) => user.posts.loadItems()],
    ["posts.loadCount()", (user: Entity) => user.posts.loadCount()],
    ["posts.matching({})", (user: Entity) => user.posts.matching({})],
  ] as const) {
    mikro.gives(`\`${call}\` for each of ten users: statements`, N1, 10, () => sentAfter(allUsers, sequentially(visit)));
  }
  mikro.gives("`em.populate(users, [\"posts\"])`: statements", N1, 1, () => sentAfter(allUsers, (users, em) => em.populate(users, ["posts"])));
  mikro.gives("`em.populate(user, …)` for each of ten users: statements", N1, 10, () => sentAfter(allUsers, async (users, em) => {
    for (const user of users) await em.populate(user, ["posts"]);
  }));
  mikro.gives("`author.load()` for each of thirty posts of ten users: one per distinct user", N1, 10, () => sentAfter(allPosts, sequentially((post) => post.author.load())));
  mikro.gives("`author.load()` when the users are loaded already", N1, 0, () => sentAfter(async (em) => (await allUsers(em), allPosts(em)), sequentially((post) => post.author.load())));
  mikro.gives("`author.load()` of thirty posts in one `Promise.all`: one per post", N1, 30, () => sentAfter(allPosts, atOnce((post) => post.author.load())));
  const populated = (em: Entity): Promise<Entity[]> => em.find(User, {}, { populate: ["posts"] });
  mikro.gives("`posts.loadItems()` of populated users", N1, 0, () => sentAfter(populated, sequentially((user) => user.posts.loadItems())));
  mikro.gives("`posts.init()` of populated users asks again", { ...N1, rules: ["prefetch-bypassed"] }, 10, () => sentAfter(populated, sequentially((user) => user.posts.init())));
  mikro.gives("`posts.loadCount()` of populated users", N1, 0, () => sentAfter(populated, sequentially((user) => user.posts.loadCount())));
  mikro.gives("`posts.getItems()` of users that were not populated throws", N1, true, async () => {
    const [user] = await allUsers(orm.em.fork());
    try {
      user.posts.getItems();
      return false;
    } catch {
      return true;
    }
  });
  mikro.gives("`for (const post of user.posts)` of users that were not populated throws", N1, true, async () => {
    const [user] = await allUsers(orm.em.fork());
    try {
      return [...user.posts].length < 0;
    } catch {
      return true;
    }
  });

  const loader = { code: "MK-N1", rules: ["relation-read-in-loop", "batching-defeated"] };
  for (const [call, find, visit, statements] of [
    ["author.load()", allPosts, (post: Entity) => post.author.load(), 1],
    ["posts.load()", allUsers, (user: Entity) => user.posts.load(), 1],
    ["posts.loadItems()", allUsers, (user: Entity) => user.posts.loadItems(), 1],
    ["posts.init()", allUsers, (user: Entity) => user.posts.init(), 1],
    ["posts.load({ where })", allUsers, (user: Entity) => user.posts.load({ where: { title: "a" } }), 1],
    ["tags.load()", allPosts, (post: Entity) => post.tags.load(), 1],
    ["posts.loadCount()", allUsers, (user: Entity) => user.posts.loadCount(), 1],
    ["posts.matching({})", allUsers, (user: Entity) => user.posts.matching({}), 10],
  ] as const) {
    mikro.gives(`With the dataloader, \`${call}\` of all rows in one \`Promise.all\`: statements`, loader, statements, () => sentAfter(find, atOnce(visit), DataloaderType.ALL));
  }
  mikro.gives("With the dataloader, `posts.load()` awaited one after the other for ten users: statements", loader, 10, () => sentAfter(allUsers, sequentially((user) => user.posts.load()), DataloaderType.ALL));
  const late = (run: (post: Entity) => unknown) => () => sentAfter(allPosts, atOnce(async (post) => {
    await new Promise((resolve) => setTimeout(resolve, 5 * post.id));
    await run(post);
  }), DataloaderType.ALL);
  mikro.gives("With the dataloader, `tags.load()` of all thirty posts in one `Promise.all`, each after a wait of its own: statements", loader, 30, late((post) => post.tags.load()));
  mikro.gives("With the dataloader, `author.load()`, then `posts.loadItems()` of what came, in one `Promise.all`: statements", loader, 2, () => sentAfter(allPosts, atOnce(async (post) => (await post.author.load()).posts.loadItems()), DataloaderType.ALL));
  mikro.gives("With `load({ dataloader: true })` alone, in one `Promise.all`: statements", loader, 1, () => sentAfter(allUsers, atOnce((user) => user.posts.load({ dataloader: true }))));
  mikro.gives("With the dataloader, ten `em.findOne` in one `Promise.all`: statements", loader, 10, () => sentAfter(async () => ids, (keys, em) => Promise.all(keys.map((key) => em.findOne(User, key))), DataloaderType.ALL));
  mikro.gives("The dataloader is off by default", loader, true, () => [false, DataloaderType.NONE].includes(orm.config.get("dataloader")));

  const known = { code: "MK-N1", rules: ["query-in-loop"] };
  for (const [call, run, statements] of [
    ["em.findOne(User, id)", (em: Entity, key: number) => em.findOne(User, key), 0],
    ["em.findOne(User, { id })", (em: Entity, key: number) => em.findOne(User, { id: key }), 0],
    ["em.findOneOrFail(User, id)", (em: Entity, key: number) => em.findOneOrFail(User, key), 0],
    ["em.findOne(User, { id, name })", (em: Entity, key: number) => em.findOne(User, { id: key, name: `n${key}` }), 10],
    ["em.findOne(User, { email })", (em: Entity, key: number) => em.findOne(User, { email: `u${key}@x` }), 10],
    ["em.findOne(User, id, { refresh: true })", (em: Entity, key: number) => em.findOne(User, key, { refresh: true }), 10],
    ["em.findOne(User, id, { populate: [\"posts\"] })", (em: Entity, key: number) => em.findOne(User, key, { populate: ["posts"] }), 20],
    ["em.find(User, { id })", (em: Entity, key: number) => em.find(User, { id: key }), 10],
  ] as const) {
    mikro.gives(`\`${call}\` for each of ten users that are loaded already: statements`, known, statements, () => sentAfter(allUsers, async (_, em) => {
      for (const key of ids) await run(em, key);
    }));
  }
  mikro.gives("`em.findOne(User, id)` for each of ten users that are not loaded: statements", known, 10, () => sentAfter(async () => ids, async (keys, em) => {
    for (const key of keys) await em.findOne(User, key);
  }));
  mikro.gives("`em.findOne(User, id)` after `em.getReference(User, id)`: statements", known, 1, () => sentAfter(async (em) => em.getReference(User, 1), (_, em) => em.findOne(User, 1)));

  const V2 = { code: "MK-V2", rules: ["cartesian-eager-load"] };
  const populating = (strategy?: LoadStrategy) => sqlOf(() => orm.em.fork().find(User, {}, { populate: ["posts", "notes"], ...(strategy ? { strategy } : {}) } as never));
  mikro.gives("`populate` of two to-many relations, by default: statements", V2, 3, async () => (await populating()).length);
  mikro.gives("`populate` of two to-many relations with `select-in`: statements", V2, 3, async () => (await populating(LoadStrategy.SELECT_IN)).length);
  mikro.gives("`populate` of two to-many relations with `joined`: statements", V2, 1, async () => (await populating(LoadStrategy.JOINED)).length);
  mikro.gives("`populate` of two to-many relations with `joined`: rows for ten users with three posts and two notes each", V2, 60, async () => (await statementsOf(() => orm.em.fork().find(User, {}, { populate: ["posts", "notes"], strategy: LoadStrategy.JOINED } as never)))[0].rows);
  mikro.gives("`populate` of a to-one relation, by default: statements", V2, 1, async () => (await sqlOf(() => orm.em.fork().find(Post, {}, { populate: ["author"] } as never))).length);
  mikro.gives("`populate` of a to-one relation with `select-in`: statements", V2, 2, async () => (await sqlOf(() => orm.em.fork().find(Post, {}, { populate: ["author"], strategy: LoadStrategy.SELECT_IN } as never))).length);
  mikro.gives("`limit: 4` with a joined to-many relation: users found, and posts of the last", { code: "MK-V1", rules: ["unbounded-query"] }, [4, 3], async () => {
    const found: Entity[] = await orm.em.fork().find(User, {}, { populate: ["posts"], strategy: LoadStrategy.JOINED, limit: 4, orderBy: { id: "asc" } } as never);
    return [found.length, found.at(-1).posts.length];
  });
  mikro.gives("`findAndCount`, even when the page is not full: statements", V2, 2, async () => (await sqlOf(() => orm.em.fork().findAndCount(User, {}, { limit: 50 }))).length);
  mikro.gives("`findOne` sends LIMIT", { code: "MK-V1", rules: ["unbounded-query"] }, true, async () => /limit/i.test((await sqlOf(() => orm.em.fork().findOne(User, { name: "n1" })))[0]));

  const W1 = { code: "MK-W1", rules: ["commit-in-loop"] };
  const tags = (em: Entity, count: number) => Array.from({ length: count }, () => em.create(Tag, { name: "t" }));
  mikro.counts("Ten `em.create`, each with its own `flush`", W1, 30, async () => {
    const em: Entity = orm.em.fork();
    for (const each of ids) {
      em.create(Tag, { name: `t${each}` });
      await em.flush();
    }
  });
  const writing = { code: "MK-W1", rules: ["insert-in-loop", "update-in-loop", "delete-in-loop"] };
  mikro.gives("Ten `em.create` and one `flush`", writing, "BEGIN, INSERT, COMMIT", () => verbsOf(() => {
    const em: Entity = orm.em.fork();
    tags(em, 10);
    return em.flush();
  }));
  mikro.gives("700 `em.create` and one `flush`: chunks of 300", writing, "BEGIN, INSERT, INSERT, INSERT, COMMIT", () => verbsOf(() => {
    const em: Entity = orm.em.fork();
    tags(em, 700);
    return em.flush();
  }));
  mikro.gives("Ten changed users and one `flush`", writing, "BEGIN, UPDATE, COMMIT", async () => {
    const em: Entity = orm.em.fork();
    for (const user of await allUsers(em)) user.name += "!";
    return verbsOf(() => em.flush());
  });
  mikro.gives("Ten `em.remove` and one `flush`", writing, "BEGIN, DELETE, COMMIT", async () => {
    const em: Entity = orm.em.fork();
    for (const tag of await em.find(Tag, {}, { limit: 10 })) em.remove(tag);
    return verbsOf(() => em.flush());
  });
  mikro.counts("A `flush` without changes", writing, 0, () => orm.em.fork().flush());
  const unit = { code: "MK-W2" };
  const work = (run: (em: Entity) => unknown) => verbsOf(async () => {
    const em: Entity = orm.em.fork();
    await run(em);
    await em.flush();
  });
  mikro.gives("Two `em.create` of two entities and one `flush`", unit, "BEGIN, INSERT, INSERT, COMMIT", () => work((em) => [em.create(Tag, { name: "t" }), em.create(Note, { text: "x", user: 1 })]));
  mikro.gives("`em.create` alone, with `persistOnCreate` as it is by default, and `flush`", unit, "BEGIN, INSERT, COMMIT", () => work((em) => em.create(Tag, { name: "t" })));
  mikro.gives("`em.create`, a change to it, and one `flush`", unit, "BEGIN, INSERT, COMMIT", () => work((em) => void (em.create(Tag, { name: "t" }).name = "u")));
  mikro.gives("`em.findOne`, a change, and one `flush`", unit, "SELECT, BEGIN, UPDATE, COMMIT", () => work(async (em) => void ((await em.findOne(User, 1)).name = "changed")));
  mikro.gives("`em.findOne`, the same value again, and one `flush`", unit, "SELECT", () => work(async (em) => void ((await em.findOne(User, 1)).name = "changed")));
  mikro.gives("Two users with different properties changed, and one `flush`", unit, "SELECT, BEGIN, UPDATE, COMMIT", () => work(async (em) => {
    const [first, second] = await em.find(User, {}, { limit: 2, orderBy: { id: "asc" } });
    first.name += "!";
    second.email += "!";
  }));
  mikro.gives("`em.create` of a user with two new posts, and one `flush`", unit, "BEGIN, INSERT, INSERT, COMMIT", () => work((em) => em.create(User, { email: "new@x", name: "new", posts: [{ title: "a" }, { title: "b" }] })));
  mikro.gives("`em.remove(em.getReference(…))` and one `flush`", unit, "BEGIN, DELETE, COMMIT", () => work((em) => em.remove(em.getReference(Tag, 1))));
  mikro.gives("`em.transactional` flushes at its end", unit, "BEGIN, INSERT, COMMIT", () => verbsOf(() => orm.em.fork().transactional(async (em) => void (em as Entity).create(Tag, { name: "t" }))));
  mikro.counts("`em.populate` of two relations", unit, 3, async () => {
    const em: Entity = orm.em.fork();
    return em.populate(await em.find(User, {}), ["posts", "notes"]);
  });
  mikro.counts("`findByCursor`, with the number of all rows", unit, 2, () => orm.em.fork().findByCursor(User, { first: 2, orderBy: { id: "asc" } } as never));
  mikro.counts("`em.refresh` of a row", unit, 2, async () => {
    const em: Entity = orm.em.fork();
    return em.refresh(await em.findOne(User, 1));
  });
  mikro.gives("`em.insertMany` of ten", writing, "INSERT", () => verbsOf(() => orm.em.fork().insertMany(Tag, ids.map(() => ({ name: "m" })))));
  mikro.gives("`em.nativeUpdate`", writing, "UPDATE", () => verbsOf(() => orm.em.fork().nativeUpdate(Tag, { name: "m" }, { name: "n" })));
  mikro.gives("`em.upsertMany` of two", writing, "INSERT", () => verbsOf(() => orm.em.fork().upsertMany(User, [{ id: 1, email: "u1@x", name: "a" }, { id: 2, email: "u2@x", name: "b" }] as never)));

  mikro.gives("`orm.em` itself, without a fork or a request context, throws", { code: "MK-C1" }, true, () => orm.em.find(User, {}).then(() => false, () => true));
  mikro.gives("`orm.schema.update()` after a property was renamed drops its column", { code: "MK-C2", rules: ["schema-sync-in-production"] }, true, async () => {
    const renamed = new EntitySchema<Entity>({ name: "Tag", properties: { id, title: { type: "string", nullable: true } } } as never);
    const next = await MikroORM.init({ entities: [renamed], clientUrl: (await postgres()).url, dbName: "postgres", pool: { min: 0, max: 1 }, schemaGenerator: { disableForeignKeys: false } });
    const sql = await next.schema.getUpdateSchemaSQL({ dropTables: false });
    await next.close();
    return /drop column "name"/i.test(sql);
  });

  const I1 = { code: "MK-I1", rules: ["missing-foreign-key-index"] };
  mikro.gives("Indexes of a table with a many-to-one relation", I1, ["unique (id)"], () => postgresIndexes("note"));
  mikro.gives("Indexes of a pivot table", I1, ["unique (post_id, tag_id)"], () => postgresIndexes("post_tags"));
});

describe("MikroORM's DDL elsewhere", () => {
  const created = async (orm: { schema: { getCreateSchemaSQL(): Promise<string> }; close(): Promise<void> }) => {
    const ddl = await orm.schema.getCreateSchemaSQL();
    await orm.close();
    return [/index[^;,]*note[^;,]*user_id/i.test(ddl), /index[^;,]*post_tags[^;,]*tag_id/i.test(ddl)];
  };
  const says = "The DDL indexes a many-to-one key, and the second column of a pivot table";
  mikro.gives(says, { code: "MK-I1", on: "SQLite", rules: ["missing-foreign-key-index"] }, [true, true], async () => created(await LibSqlORM.init({ entities, dbName: ":memory:" })));
  mikro.gives(`${says}, on MySQL`, { code: "MK-I1", on: "none", rules: ["missing-foreign-key-index"] }, [true, true], async () => created(new MySqlORM({ entities, dbName: "x" })));
});
