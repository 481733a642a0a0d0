import { DataTypes, Op, Sequelize, type Model, type ModelStatic, type WhereOptions } from "sequelize";
import { Library } from "./harness/facts";
import { postgres, postgresIndexes } from "./harness/postgres";
import { sqlOf, statementsOf, verbsOf } from "./harness/statements";

const sequelize = new Library("Sequelize", ["sequelize", "pg"]);

// eslint-disable-next-line -- the accessors of associations exist at run time only
type Row = Model & Record<string, any>;

interface Models {
  readonly user: ModelStatic<Row>;
  readonly post: ModelStatic<Row>;
  readonly note: ModelStatic<Row>;
  readonly tag: ModelStatic<Row>;
}

function define(database: Sequelize): Models {
  const options = { timestamps: false };
  const user = database.define<Row>("user", { email: { type: DataTypes.STRING, unique: true }, name: DataTypes.STRING }, options);
  const post = database.define<Row>("post", { title: DataTypes.STRING }, options);
  const note = database.define<Row>("note", { text: DataTypes.STRING }, options);
  const tag = database.define<Row>("tag", { name: DataTypes.STRING }, options);
  user.hasMany(post);
  post.belongsTo(user);
  user.hasMany(note);
  user.hasOne(note, { as: "first" });
  note.belongsTo(user);
  post.belongsToMany(tag, { through: "post_tags", timestamps: false });
  tag.belongsToMany(post, { through: "post_tags", timestamps: false });
  return { user, post, note, tag };
}

const ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];

/** Ten users with three posts and two notes each. */
async function seed({ user, post, note }: Models): Promise<void> {
  await user.bulkCreate(ids.map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
  await post.bulkCreate(ids.flatMap((userId) => ["a", "b", "c"].map((title) => ({ title, userId }))));
  await note.bulkCreate(ids.flatMap((userId) => ["x", "y"].map((text) => ({ text, userId }))));
}

describe("Sequelize on PostgreSQL", () => {
  let database: Sequelize;
  let models: Models;
  before(async () => {
    const { url, reset } = await postgres();
    await reset();
    database = new Sequelize(url, { logging: false, pool: { max: 1 } });
    models = define(database);
    await database.sync();
    await seed(models);
  });
  after(() => database.close());
  const each = (run: (id: number) => unknown) => Promise.all(ids.map(run));

  const N1 = { code: "SQ-N1", rules: ["query-in-loop"] };
  sequelize.counts("Ten `findByPk` in a loop", N1, 10, async () => {
    for (const id of ids) await models.user.findByPk(id);
  });
  sequelize.counts("Ten `findByPk` in one `Promise.all` are not batched", N1, 10, () => each((id) => models.user.findByPk(id)));
  sequelize.counts("Ten `count` in one `Promise.all`", N1, 10, () => each((userId) => models.post.count({ where: { userId } })));
  const read = { code: "SQ-N1", rules: ["relation-read-in-loop"] };
  const whileReading = async (find: () => Promise<Row[]>, visit: (row: Row) => unknown) => {
    const rows = await find();
    return (await sqlOf(async () => {
      for (const row of rows) await visit(row);
    })).length;
  };
  sequelize.gives("`getPosts()` for each of ten users: statements", read, 10, () => whileReading(() => models.user.findAll(), (row) => row.getPosts()));
  sequelize.gives("`getPosts()` for each of ten users whose posts were included", read, 10, () => whileReading(() => models.user.findAll({ include: models.post }), (row) => row.getPosts()));
  sequelize.gives("`user.posts` for each of ten users whose posts were included", read, 0, () => whileReading(() => models.user.findAll({ include: models.post }), (row) => row.posts.length));
  sequelize.gives("`getUser()` for each of thirty posts of ten users", read, 30, () => whileReading(() => models.post.findAll(), (row) => row.getUser()));
  sequelize.gives("`getUser()` for each of thirty posts whose user was included", read, 30, () => whileReading(() => models.post.findAll({ include: models.user }), (row) => row.getUser()));
  sequelize.gives("`countPosts()` for each of ten users", read, 10, () => whileReading(() => models.user.findAll(), (row) => row.countPosts()));

  const N2 = { code: "SQ-N2", rules: ["cartesian-eager-load"] };
  sequelize.gives("Two hasMany includes of one user: rows for three posts and two notes", N2, 6, async () => (await statementsOf(() => models.user.findAll({ where: { id: 1 }, include: [models.post, models.note] })))[0].rows);
  sequelize.counts("`separate: true` on both", N2, 3, () => models.user.findAll({ include: [{ model: models.post, separate: true }, { model: models.note, separate: true }] }));
  for (const [relation, find] of [
    ["belongsTo", () => models.post.findAll({ include: [{ model: models.user, separate: true }] })],
    ["hasOne", () => models.user.findAll({ include: [{ model: models.note, as: "first", separate: true }] })],
    ["belongsToMany", () => models.post.findAll({ include: [{ model: models.tag, separate: true }] })],
  ] as const) {
    sequelize.gives(`\`separate: true\` on ${relation} throws`, N2, true, () => Promise.resolve().then(find).then(() => false, () => true));
  }
  sequelize.gives("`limit` inside a hasMany include: two statements, the second a UNION ALL of one limited SELECT per user", N2, [2, 10], async () => {
    const sql = await sqlOf(() => models.user.findAll({ include: [{ model: models.post, limit: 1 }] }));
    return [sql.length, sql[1].match(/LIMIT 1/g)!.length];
  });

  const V1 = { code: "SQ-V1", rules: ["unbounded-query"] };
  sequelize.gives("`limit: 4` with a hasMany include: users, and posts of the last", V1, [4, 3], async () => {
    const found = await models.user.findAll({ limit: 4, order: [["id", "ASC"]], include: models.post });
    return [found.length, found.at(-1)!.posts.length];
  });
  sequelize.gives("With `subQuery: false`", V1, [2, 1], async () => {
    const found = await models.user.findAll({ limit: 4, order: [["id", "ASC"]], include: models.post, subQuery: false });
    return [found.length, found.at(-1)!.posts.length];
  });
  sequelize.gives("`where: { \"$posts.title$\": … }` with `limit` is an SQL error", V1, true, () => models.user.findAll({ limit: 4, include: models.post, where: { "$posts.title$": "a" } }).then(() => false, () => true));
  const counted = { code: "SQ-V1", rules: ["inflated-count"] };
  sequelize.gives("`findAndCountAll` with a hasMany include counts, for ten users", counted, 30, async () => (await models.user.findAndCountAll({ include: models.post, limit: 5 })).count);
  sequelize.gives("`count` with a hasMany include counts", counted, 30, () => models.user.count({ include: models.post }));
  sequelize.gives("`findAndCountAll` with `distinct: true` counts", counted, 10, async () => (await models.user.findAndCountAll({ include: models.post, distinct: true, limit: 5 })).count);
  sequelize.counts("`findAndCountAll`", V1, 2, () => models.user.findAndCountAll({ limit: 5 }));
  const limited = async (run: () => unknown) => /LIMIT 1/.test((await sqlOf(run))[0]);
  sequelize.gives("`findOne` sends LIMIT 1", V1, true, () => limited(() => models.user.findOne({ where: { name: "n1" } })));
  sequelize.gives("`findOne` by the primary key sends LIMIT 1", V1, false, () => limited(() => models.user.findOne({ where: { id: 1 } })));

  const L1 = { code: "SQ-L1", rules: ["lookup-defeats-index"] };
  const condition = async (where: WhereOptions) => (await sqlOf(() => models.user.findAll({ where })))[0].match(/WHERE (.*?);?$/)![1].replaceAll('"user".', "");
  sequelize.gives("`Op.iLike`", L1, `"name" ILIKE '%x%'`, () => condition({ name: { [Op.iLike]: "%x%" } }));
  sequelize.gives("`Op.substring`", L1, `"name" LIKE '%x%'`, () => condition({ name: { [Op.substring]: "x" } }));
  sequelize.gives("`Op.endsWith`", L1, `"name" LIKE '%x'`, () => condition({ name: { [Op.endsWith]: "x" } }));
  sequelize.gives("`Op.startsWith`", L1, `"name" LIKE 'x%'`, () => condition({ name: { [Op.startsWith]: "x" } }));

  const I1 = { code: "SQ-I1", rules: ["missing-foreign-key-index"] };
  sequelize.gives("Indexes of a table with a foreign key, after `sync()`", I1, ["unique (id)"], () => postgresIndexes("posts"));
  sequelize.gives("Indexes of a belongsToMany table: the second column has none", I1, ["unique (postId, tagId)"], () => postgresIndexes("post_tags"));

  const I2 = { code: "SQ-I2", rules: ["missing-foreign-key-index", "missing-index"] };
  const synced = async (table: string, field: string): Promise<string> => {
    const model = database.define(table, { userId: { type: DataTypes.INTEGER, field: "user_id" } }, { timestamps: false, tableName: table, indexes: [{ fields: [field] }] });
    return model.sync().then(() => "built", (error: Error) => error.message);
  };
  sequelize.gives("`indexes: [{ fields: [\"userId\"] }]` of an attribute that is stored as `user_id`", I2, 'column "userId" does not exist', () => synced("by_attribute", "userId"));
  sequelize.gives("`indexes: [{ fields: [\"user_id\"] }]` of the same", I2, "built", () => synced("by_column", "user_id"));

  const W1 = { code: "SQ-W1", rules: ["insert-in-loop", "update-in-loop", "delete-in-loop"] };
  const tags = (count: number) => Array.from({ length: count }, () => ({ name: "t" }));
  sequelize.counts("Ten `create` in a loop", W1, 10, async () => {
    for (const id of ids) await models.tag.create({ name: `t${id}` });
  });
  sequelize.gives("`bulkCreate` of ten", W1, "INSERT", () => verbsOf(() => models.tag.bulkCreate(tags(10))));
  sequelize.gives("`bulkCreate` of 70,000 rows", W1, "INSERT", () => verbsOf(() => models.tag.bulkCreate(tags(70_000))));
  sequelize.counts("`bulkCreate` of ten with `individualHooks: true`", W1, 10, () => models.tag.bulkCreate(tags(10), { individualHooks: true }));
  sequelize.counts("`create` with `include` of three children", W1, 4, () => models.user.create({ email: "c@x", posts: [{ title: "1" }, { title: "2" }, { title: "3" }] }, { include: models.post }));
  sequelize.counts("`bulkCreate` with `include`: one per table", W1, 2, () => models.user.bulkCreate(["d", "e"].map((name) => ({ email: `${name}@x`, posts: [{ title: "1" }, { title: "2" }] })) as never[], { include: models.post }));
  sequelize.gives("`findOrCreate` of what exists", W1, "START, SELECT, COMMIT", () => verbsOf(() => models.user.findOrCreate({ where: { email: "u1@x" } })));
  sequelize.counts("`findOrCreate` of what is new", W1, 4, () => models.user.findOrCreate({ where: { email: "f@x" } }));
  sequelize.gives("`save()` of a row that did not change: statements", W1, 0, async () => {
    const row = (await models.user.findByPk(1))!;
    return (await sqlOf(() => row.save())).length;
  });
  sequelize.gives("`update` with `where`", W1, "UPDATE", () => verbsOf(() => models.tag.update({ name: "z" }, { where: { name: "t1" } })));
  sequelize.gives("`destroy` with `where`", W1, "DELETE", () => verbsOf(() => models.tag.destroy({ where: { name: "z" } })));
  sequelize.gives("`increment`", { code: "SQ-W1", rules: ["lost-update"] }, "UPDATE", () => verbsOf(() => models.user.increment({ id: 0 }, { where: { id: 1 } })));
  sequelize.gives("The pool's default maximum", { code: "SQ-C1", on: "none", rules: ["default-connection-pool"] }, 5, () => {
    const { pool } = new Sequelize("postgres://localhost/x", { logging: false }).connectionManager as unknown as { pool: { maxSize: number } };
    return pool.maxSize;
  });
});
