import { DataSource, EntitySchema, ILike, In, Like } from "typeorm";
import { Library } from "./harness/facts";
import { postgres, postgresIndexes } from "./harness/postgres";
import { Sqlite, sqliteIndexes, type SqliteDatabase } from "./harness/sqlite";
import { sqlOf, statementsOf, verbsOf } from "./harness/statements";

const typeorm = new Library("TypeORM", ["typeorm", "pg", "libsql"]);

class User {
  id!: number;
  email!: string;
  name!: string;
  logins!: number;
  posts!: Post[];
  notes!: Note[];
}
class Post {
  id!: number;
  title!: string;
  authorId!: number;
  author!: User | Promise<User>;
  tags!: Tag[];
  place!: Place;
}
class Note {
  id!: number;
  text!: string;
  user!: User;
}
class Tag {
  id!: number;
  name!: string;
}
class Place {
  id!: number;
  name!: string;
  country!: Country;
}
class Country {
  id!: number;
  name!: string;
}
class Label {
  code!: string;
  name!: string;
}
class Profile {
  id!: number;
  user!: User;
}

const key = { type: Number, primary: true, generated: true } as const;
const entities = [
  new EntitySchema<User>({
    name: "User",
    target: User,
    columns: { id: key, email: { type: String, unique: true }, name: { type: String }, logins: { type: Number, default: 0 } },
    relations: { posts: { type: "one-to-many", target: "Post", inverseSide: "author" }, notes: { type: "one-to-many", target: "Note", inverseSide: "user" } },
  }),
  new EntitySchema<Post>({
    name: "Post",
    target: Post,
    columns: { id: key, title: { type: String }, authorId: { type: Number } },
    relations: {
      author: { type: "many-to-one", target: "User", inverseSide: "posts", lazy: true, joinColumn: { name: "authorId" } },
      tags: { type: "many-to-many", target: "Tag", joinTable: { name: "post_tags" } },
      place: { type: "many-to-one", target: "Place", eager: true, nullable: true, joinColumn: true },
    },
  }),
  new EntitySchema<Note>({ name: "Note", target: Note, columns: { id: key, text: { type: String } }, relations: { user: { type: "many-to-one", target: "User", inverseSide: "notes", joinColumn: true } } }),
  new EntitySchema<Tag>({ name: "Tag", target: Tag, columns: { id: key, name: { type: String } } }),
  new EntitySchema<Place>({ name: "Place", target: Place, columns: { id: key, name: { type: String } }, relations: { country: { type: "many-to-one", target: "Country", eager: true, nullable: true, joinColumn: true } } }),
  new EntitySchema<Country>({ name: "Country", target: Country, columns: { id: key, name: { type: String } } }),
  new EntitySchema<Label>({ name: "Label", target: Label, columns: { code: { type: String, primary: true }, name: { type: String } } }),
  new EntitySchema<Profile>({ name: "Profile", target: Profile, columns: { id: key }, relations: { user: { type: "one-to-one", target: "User", joinColumn: true } } }),
];

const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Ten users, each with three posts and two notes. */
async function seed(data: DataSource): Promise<void> {
  await data.getRepository(Country).insert({ name: "CH" });
  await data.getRepository(Place).insert({ name: "Bern", country: { id: 1 } });
  await data.getRepository(User).insert(ids.map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
  await data.getRepository(Post).insert(ids.flatMap((authorId) => ["a", "b", "c"].map((title) => ({ title, authorId, place: { id: 1 } }))));
  await data.getRepository(Note).insert(ids.flatMap((id) => ["x", "y"].map((text) => ({ text, user: { id } }))));
}

describe("TypeORM on PostgreSQL", () => {
  let data: DataSource;
  before(async () => {
    const { host, port, reset } = await postgres();
    await reset();
    data = new DataSource({ type: "postgres", host, port, username: "postgres", password: "x", database: "postgres", poolSize: 1, synchronize: true, installExtensions: false, entities });
    await data.initialize();
    await seed(data);
  });
  after(() => data.destroy());
  const users = () => data.getRepository(User);
  const posts = () => data.getRepository(Post);
  const tags = () => data.getRepository(Tag);

  const N1 = { code: "TO-N1", rules: ["query-in-loop"] };
  typeorm.counts("Five `findOneBy` in a loop", N1, 5, async () => {
    for (const id of ids.slice(0, 5)) await users().findOneBy({ id });
  });
  typeorm.counts("Five `findOneBy` in one `Promise.all` are not batched", N1, 5, () => Promise.all(ids.slice(0, 5).map((id) => users().findOneBy({ id }))));
  typeorm.gives("A column that was not selected is undefined, and reading it sends nothing: statements, whether it is", { code: "TO-N4", rules: ["deferred-column-read-in-loop"] }, [1, true], async () => {
    let isMissing = false;
    const sent = await sqlOf(async () => {
      for (const user of await users().find({ select: { id: true } })) isMissing = user.name === undefined;
    });
    return [sent.length, isMissing];
  });
  typeorm.counts("`findBy({ id: In(ids) })`", N1, 1, () => users().findBy({ id: In(ids) }));

  const N2 = { code: "TO-N2", rules: ["relation-read-in-loop"] };
  const ofRead = async (read: () => Promise<Post[]>, visit: (found: Post[]) => Promise<unknown>) => {
    const found = await read();
    return (await sqlOf(() => visit(found))).length;
  };
  const sequentially = async (found: Post[]) => {
    for (const post of found) await post.author;
  };
  typeorm.gives("A lazy to-one relation awaited for thirty rows of ten parents: statements", N2, 30, () => ofRead(() => posts().find(), sequentially));
  typeorm.gives("In one `Promise.all`, too", N2, 30, () => ofRead(() => posts().find(), (found) => Promise.all(found.map((post) => post.author))));
  typeorm.gives("Awaited twice on the same thirty objects", N2, 30, () => ofRead(() => posts().find(), async (found) => (await sequentially(found), await sequentially(found))));
  typeorm.gives("Loaded with `relations`", N2, 0, () => ofRead(() => posts().find({ relations: { author: true } }), sequentially));
  typeorm.gives("Loaded with `leftJoinAndSelect`", N2, 0, () => ofRead(() => posts().createQueryBuilder("p").leftJoinAndSelect("p.author", "a").getMany(), sequentially));

  const N3 = { code: "TO-N3", rules: ["always-eager-relation"] };
  const joins = async (run: () => unknown) => (await sqlOf(run))[0].match(/ JOIN /g)?.length ?? 0;
  typeorm.gives("Joins of a plain `find` of an entity whose eager relation has an eager relation", N3, 2, () => joins(() => posts().find()));
  typeorm.gives("Joins of a `find` that loads such an entity as a relation: the entity, its eager relation, and not that one's own", { ...N3, contradicts: "loaded on every find*, also below an explicitly loaded relation" }, 2, () => joins(() => users().find({ relations: { posts: true } })));
  typeorm.gives("Joins of a query builder", N3, 0, () => joins(() => posts().createQueryBuilder("p").getMany()));
  typeorm.gives("Joins with `loadEagerRelations: false`", N3, 0, () => joins(() => posts().find({ loadEagerRelations: false })));

  const V1 = { code: "TO-V1", rules: ["unbounded-query"] };
  const limited = async (run: () => unknown) => /LIMIT/.test((await sqlOf(run)).at(-1)!);
  typeorm.gives("`findOneBy` sends LIMIT", V1, true, () => limited(() => users().findOneBy({ name: "n1" })));
  typeorm.gives("A query builder's `getOne()` sends LIMIT", V1, false, () => limited(() => users().createQueryBuilder("u").getOne()));
  typeorm.gives("`getOne()` of ten rows: rows read", V1, 10, async () => (await statementsOf(() => users().createQueryBuilder("u").getOne()))[0].rows);
  typeorm.gives("`exists` sends LIMIT", { code: "TO-V1", rules: ["existence-by-count"] }, true, () => limited(() => users().existsBy({ name: "n1" })));

  typeorm.gives("A `find` of a relation that the entity does not have: statements, and the error", V1, [0, "EntityPropertyNotFoundError"], async () => {
    let error = "";
    const sent = await sqlOf(() => users().find({ relations: { writings: true } as object }).catch((reason: Error) => void (error = reason.constructor.name)));
    return [sent.length, error];
  });

  const V2 = { code: "TO-V2", rules: ["cartesian-eager-load"] };
  const rows = async (run: () => unknown) => (await statementsOf(run)).at(-1)!.rows;
  typeorm.gives("Two to-many relations in one `find` of one user: rows for three posts and two notes", V2, 6, () => rows(() => users().find({ where: { id: 1 }, relations: { posts: true, notes: true } })));
  typeorm.counts("`relationLoadStrategy: \"query\"` with two relations, one of them with two nested eager ones: two per relation", V2, 9, () =>
    users().find({ relations: { posts: true, notes: true }, relationLoadStrategy: "query" }));
  typeorm.counts("`relationLoadStrategy: \"query\"` with one plain relation", V2, 3, () => users().find({ relations: { notes: true }, relationLoadStrategy: "query" }));
  typeorm.counts("`take` and a to-many relation: the distinct ids, then the rows", V2, 2, () => users().find({ relations: { notes: true }, take: 4 }));
  typeorm.counts("`take` and a to-one relation, too", V2, 2, () => data.getRepository(Note).find({ relations: { user: true }, take: 4 }));
  typeorm.counts("`take` and an eager relation, too", V2, 2, () => posts().find({ take: 4 }));
  typeorm.counts("`findOne` and a relation, too", V2, 2, () => users().findOne({ where: { id: 1 }, relations: { notes: true } }));
  typeorm.counts("`take` without relations", V2, 1, () => users().find({ take: 4 }));
  const pages = { code: "TO-V2", rules: ["unordered-pagination"] };
  const ordered = async (run: () => unknown) => /ORDER BY/.test((await sqlOf(run))[0]);
  typeorm.gives("`take` and `skip` without relations are ordered", pages, false, () => ordered(() => users().find({ take: 4, skip: 2 })));
  typeorm.gives("`take` and `skip` and a relation: the distinct ids are ordered by the key", pages, true, () => ordered(() => users().find({ relations: { notes: true }, take: 4, skip: 2 })));
  typeorm.gives("`take` and `skip` and an eager relation, too", pages, true, () => ordered(() => posts().find({ take: 4, skip: 2 })));
  typeorm.gives("`take` and `skip` and a condition on a relation, too", pages, true, () => ordered(() => data.getRepository(Note).find({ where: { user: { name: "n1" } }, take: 4, skip: 2 })));
  typeorm.gives("`take` and `skip` and a condition on a relation's key, too", pages, true, () => ordered(() => data.getRepository(Note).find({ where: { user: { id: 1 } }, take: 4, skip: 2 })));
  typeorm.gives("`take` and `skip` and `relationLoadStrategy: \"query\"` are ordered", pages, false, () => ordered(() => users().find({ relations: { notes: true }, relationLoadStrategy: "query", take: 4, skip: 2 })));
  typeorm.gives("`take` and `skip` of a query builder that joins without selecting are ordered by the key", pages, true, () => ordered(() => users().createQueryBuilder("u").leftJoin("u.posts", "p").where("p.title = :title", { title: "x" }).take(4).skip(2).getMany()));
  typeorm.gives("`take` and `skip` of a query builder without joins are ordered", pages, false, () => ordered(() => users().createQueryBuilder("u").take(4).skip(2).getMany()));
  typeorm.gives("`limit` and `offset` of a query builder that joins are ordered", pages, false, () => ordered(() => users().createQueryBuilder("u").leftJoin("u.posts", "p").limit(4).offset(2).getMany()));
  typeorm.gives("`limit(4)` of a query builder that joins three posts per user: users, and posts of the last one", { code: "TO-V2", rules: ["unbounded-query"] }, [2, 1], async () => {
    const found = await users().createQueryBuilder("u").leftJoinAndSelect("u.posts", "p").orderBy("u.id").limit(4).getMany();
    return [found.length, found[1].posts.length];
  });
  const sent = { code: "TO-C1" };
  typeorm.counts("`relationLoadStrategy: \"query\"` with a to-one relation, too: two per relation", sent, 3, () => data.getRepository(Note).find({ relations: { user: true }, relationLoadStrategy: "query" }));
  typeorm.counts("`relationLoadStrategy: \"query\"` with a many-to-many relation of which no row has any: no rows are asked for", sent, 2, () => posts().find({ relations: { tags: true }, relationLoadStrategy: "query", loadEagerRelations: false }));
  typeorm.counts("`take` and `relationLoadStrategy: \"query\"`: the rows, then two per relation", sent, 3, () => users().find({ relations: { notes: true }, relationLoadStrategy: "query", take: 4 }));
  typeorm.counts("`findOne` and a relation, where no row is found", sent, 1, () => users().findOne({ where: { id: 9999 }, relations: { posts: true }, loadEagerRelations: false }));
  typeorm.counts("`find` and a relation without `take`", sent, 1, () => users().find({ relations: { notes: true } }));
  typeorm.counts("`findAndCount` with `take` and a relation, whose page is full: ids, rows, and the number", sent, 3, () => users().findAndCount({ relations: { notes: true }, take: 5 }));
  typeorm.counts("`take` of a query builder that joins, `getManyAndCount`, whose page is full", sent, 3, () => users().createQueryBuilder("u").leftJoinAndSelect("u.notes", "n").take(4).getManyAndCount());
  typeorm.counts("`getManyAndCount` of a query builder without `take`", sent, 1, () => users().createQueryBuilder("u").getManyAndCount());
  typeorm.counts("`getOne` of a query builder that joins", sent, 1, () => users().createQueryBuilder("u").leftJoinAndSelect("u.notes", "n").where("u.id = 1").getOne());
  typeorm.counts("`getCount` of a query builder that joins", sent, 1, () => users().createQueryBuilder("u").leftJoinAndSelect("u.notes", "n").take(4).getCount());
  typeorm.counts("`findAndCount` whose page is not full sends no COUNT", { code: "TO-V2" }, 1, () => users().findAndCount({ take: 50 }));
  typeorm.counts("`findAndCount` without `take` sends no COUNT", { code: "TO-V2" }, 1, () => users().findAndCount());
  typeorm.counts("`findAndCount` whose page is full", { code: "TO-V2" }, 2, () => users().findAndCount({ take: 5 }));

  const L1 = { code: "TO-L1", rules: ["lookup-defeats-index"] };
  const condition = async (where: object) => (await sqlOf(() => users().findBy(where)))[0].match(/WHERE (.*)$/)![1].replaceAll('"User".', "").replaceAll('"User"', "");
  typeorm.gives("`Like`", L1, '(("name" LIKE $1))', () => condition({ name: Like("%x%") }));
  typeorm.gives("`ILike`", L1, '(("name" ILIKE $1))', () => condition({ name: ILike("%x%") }));

  const I1 = { code: "TO-I1", rules: ["missing-foreign-key-index"] };
  typeorm.gives("Indexes of a table with a many-to-one relation", I1, ["unique (id)"], () => postgresIndexes("note"));
  typeorm.gives("Indexes of the owner of a one-to-one relation", I1, ["unique (id)", "unique (userId)"], () => postgresIndexes("profile"));
  typeorm.gives("Indexes of a join table", I1, ["(postId)", "(tagId)", "unique (postId, tagId)"], () => postgresIndexes("post_tags"));

  const W1 = { code: "TO-W1", rules: ["insert-in-loop", "update-in-loop", "delete-in-loop", "commit-in-loop"] };
  const tag = (name: string) => Object.assign(new Tag(), { name });
  typeorm.gives("`save` of a new object without key", W1, "START, INSERT, COMMIT", () => verbsOf(() => tags().save(tag("a"))));
  typeorm.gives("`save` of a new object with a key", W1, "SELECT, START, INSERT, COMMIT", () => verbsOf(() => data.getRepository(Label).save({ code: "x", name: "b" })));
  typeorm.gives("`save` of a loaded, changed object", W1, "SELECT, START, UPDATE, COMMIT", async () => {
    const found = await tags().findOneByOrFail({ id: 1 });
    return verbsOf(() => tags().save(Object.assign(found, { name: "c" })));
  });
  typeorm.gives("`save` of a loaded object that did not change", W1, "SELECT", async () => {
    const found = await tags().findOneByOrFail({ id: 1 });
    return verbsOf(() => tags().save(found));
  });
  typeorm.gives("`save` of an array of ten new objects", W1, "START, INSERT, COMMIT", () => verbsOf(() => tags().save(ids.map(() => tag("d")))));
  typeorm.gives("`save` of an array of three changed objects", W1, "SELECT, START, UPDATE, UPDATE, UPDATE, COMMIT", async () => {
    const found = await tags().find({ take: 3 });
    return verbsOf(() => tags().save(found.map((each) => Object.assign(each, { name: `${each.name}!` }))));
  });
  typeorm.gives("`insert` of an array", W1, "INSERT", () => verbsOf(() => tags().insert(ids.map(() => ({ name: "e" })))));
  typeorm.gives("`update` by a condition", W1, "UPDATE", () => verbsOf(() => tags().update({ name: "e" }, { name: "f" })));
  typeorm.gives("`increment`", W1, "UPDATE", () => verbsOf(() => users().increment({ id: 1 }, "logins", 1)));
  typeorm.gives("`upsert` of an array", W1, "INSERT", () => verbsOf(() => users().upsert([{ email: "u1@x", name: "n1" }, { email: "u2@x", name: "n2" }], ["email"])));
  typeorm.gives("`delete` of an array of keys", W1, "DELETE", () => verbsOf(() => tags().delete([2, 3])));
  typeorm.gives("`remove` of an array of two", W1, "SELECT, START, DELETE, COMMIT", async () => {
    const found = await tags().find({ take: 2 });
    return verbsOf(() => tags().remove(found));
  });
  typeorm.gives("`insert` of 70,000 rows of one column fails", W1, true, () => tags().insert(Array.from({ length: 70_000 }, () => ({ name: "g" }))).then(() => false, () => true));
});

describe("TypeORM on SQLite", () => {
  let data: DataSource;
  let file: SqliteDatabase;
  before(async () => {
    data = new DataSource({ type: "better-sqlite3", driver: Sqlite, database: ":memory:", synchronize: true, prepareDatabase: (opened: SqliteDatabase) => void (file = opened), entities });
    await data.initialize();
    await seed(data);
  });
  after(() => data.destroy());

  const on = "SQLite" as const;
  typeorm.gives("A lazy to-one relation awaited for thirty rows of ten parents: statements", { code: "TO-N2", on, rules: ["relation-read-in-loop"] }, 30, async () => {
    const found = await data.getRepository(Post).find();
    return (await sqlOf(async () => {
      for (const post of found) await post.author;
    })).length;
  });
  typeorm.gives("Indexes of a table with a many-to-one relation", { code: "TO-I1", on, rules: ["missing-foreign-key-index"] }, [], () => sqliteIndexes(file, "note"));
  typeorm.gives("Indexes of the owner of a one-to-one relation", { code: "TO-I1", on, rules: ["missing-foreign-key-index"] }, ["unique (userId)"], () => sqliteIndexes(file, "profile"));
  typeorm.gives("Indexes of a join table", { code: "TO-I1", on, rules: ["missing-foreign-key-index"] }, ["(postId)", "(tagId)", "unique (postId, tagId)"], () => sqliteIndexes(file, "post_tags"));
  typeorm.gives("`save` of a new object without key reads defaults back", { code: "TO-W1", on, rules: ["insert-in-loop"] }, "BEGIN, INSERT, SELECT, COMMIT", () =>
    verbsOf(() => data.getRepository(User).save(Object.assign(new User(), { email: "s@x", name: "s" }))));
  typeorm.gives("`insert` of two reads defaults back", { code: "TO-W1", on, rules: ["insert-in-loop"] }, "INSERT, SELECT", () => verbsOf(() => data.getRepository(User).insert([{ email: "i1@x", name: "i" }, { email: "i2@x", name: "i" }])));
  typeorm.gives("`save` of an array of three new objects is one INSERT per row", { code: "TO-W1", on, rules: ["insert-in-loop"] }, 3, async () =>
    (await sqlOf(() => data.getRepository(Tag).save(["a", "b", "c"].map((name) => Object.assign(new Tag(), { name }))))).filter((sql) => sql.startsWith("INSERT")).length);
  typeorm.gives("`ILike`", { code: "TO-L1", on, rules: ["lookup-defeats-index"] }, 'UPPER("User"."name") LIKE UPPER(?)', async () => (await sqlOf(() => data.getRepository(User).findBy({ name: ILike("%x%") })))[0].match(/\(\((.*)\)\)$/)![1]);
});
