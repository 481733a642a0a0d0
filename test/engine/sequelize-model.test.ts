import { strict as assert } from "node:assert";
import type { Entity } from "#engine";
import { lowerTypeScript } from "../../server/src/engine/languages/typescript";
import { detailsOf } from "../../server/src/engine/orms/sequelize/model/details";
import { sequelizeProjectAdapter } from "../../server/src/engine/orms/sequelize/model";
import { pluralize, singularize, underscore } from "../../server/src/engine/orms/sequelize/model/naming";
import { linkProject } from "../../server/src/engine/project";
import { createParsers, type Parsers } from "../../server/src/engine/syntax";
import { loadGrammars } from "../../server/src/host/node/grammars";

const root = "file:///shop";

describe("Models of Sequelize", () => {
  let parsers: Parsers;

  before(async () => {
    parsers = await createParsers(await loadGrammars());
  });

  after(() => parsers.dispose());

  const link = (texts: Readonly<Record<string, string>>, packages: Readonly<Record<string, string>> = { sequelize: "6.37.8", pg: "8.16.3" }): ReadonlyMap<string, Entity> => {
    const files = new Map(Object.entries(texts).map(([path, text]) => [`${root}/${path}`, lowerTypeScript(text, `${root}/${path}`, parsers)]));
    const resources = new Map([[`${root}/package.json`, JSON.stringify({ name: "shop", dependencies: packages })]]);
    return linkProject({ files, folders: [root], adapters: [sequelizeProjectAdapter], resources }).entities;
  };
  const named = (entities: ReadonlyMap<string, Entity>, name: string): Entity => {
    const found = [...entities.values()].find((each) => each.name === name);
    assert.ok(found, `no ${name} among ${[...entities.values()].map((each) => each.name).join(", ")}`);
    return found;
  };
  const indexes = (entity: Entity): string[] => entity.indexes.map(({ columns, unique }) => `${unique ? "unique " : ""}${columns.map((each) => each.field ?? each.expression).join()}`);
  const relations = (entity: Entity): string[] => [...entity.relations.values()].map(({ name, form, column, inverse }) => `${name}: ${form}${column ? ` ${column}` : ""}${inverse ? ` <-> ${inverse}` : ""}`);

  it("reads classes with init and associations of the module", () => {
    const entities = link({
      "src/models.ts": `
import { DataTypes, Model, Sequelize } from "sequelize";
export const sequelize = new Sequelize(process.env.URL!, { dialect: "postgres" });
export class Author extends Model { declare id: number }
Author.init({ name: DataTypes.STRING(80), email: { type: DataTypes.STRING, unique: true, allowNull: false } }, { sequelize, modelName: "Author", indexes: [{ fields: ["name", { name: "email", order: "DESC" }] }], paranoid: true });
export class Book extends Model {}
Book.init({ title: { type: DataTypes.TEXT }, kind: DataTypes.ENUM("novel", "poem") }, { sequelize, hooks: { beforeCreate() {} } });
Author.hasMany(Book, { as: "books", foreignKey: "authorId", onDelete: "CASCADE" });
Book.belongsTo(Author, { as: "author", foreignKey: "authorId" });
Book.belongsToMany(Author, { as: "readers", through: "Readings" });
`,
    });
    const author = named(entities, "Author");
    const book = named(entities, "Book");
    assert.equal(author.engine, "postgresql");
    assert.deepEqual([...author.fields.keys()], ["name", "email", "id", "createdAt", "updatedAt", "deletedAt"]);
    assert.deepEqual(indexes(author), ["unique id", "unique email", "name,email"]);
    assert.equal(author.fields.get("name")?.maxLength, 80);
    assert.deepEqual(relations(author), ["books: reverse-foreign-key <-> author"]);
    assert.deepEqual(relations(book), ["author: foreign-key authorId <-> books", "readers: many-to-many"]);
    assert.equal(book.relations.get("author")?.onDelete, "cascade");
    assert.equal(book.fields.get("kind")?.holds, "enum");
    assert.equal(book.fields.get("kind")?.choices, 2);
    assert.ok(book.fields.has("authorId"));
    assert.deepEqual(detailsOf(book)?.hooks, ["beforeCreate"]);
    assert.deepEqual(Object.keys(detailsOf(author)!.accessors).sort(), ["addBook", "addBooks", "countBooks", "createBook", "getBooks", "hasBook", "hasBooks", "removeBook", "removeBooks", "setBooks"]);
    assert.deepEqual(indexes(named(entities, "Readings")), ["unique BookId,AuthorId"]);
  });

  it("reads factories that models/index.js calls", () => {
    const entities = link({
      "models/user.js": `
module.exports = (sequelize, DataTypes) => {
  const User = sequelize.define("User", { name: DataTypes.STRING, role: { type: DataTypes.STRING, field: "user_role" } }, { underscored: true, tableName: "accounts" });
  User.associate = function (models) {
    User.hasMany(models.Post);
    User.hasOne(models.Profile, { as: "profile" });
  };
  return User;
};
`,
      "models/post.js": `
'use strict';
const { Model } = require("sequelize");
module.exports = (sequelize, DataTypes) => {
  class Post extends Model {
    static associate(models) {
      this.belongsTo(models.User, { foreignKey: { name: "userId", allowNull: false } });
    }
  }
  Post.init({ title: DataTypes.STRING }, { sequelize, modelName: "Post" });
  return Post;
};
`,
      "models/profile.js": `
const Sequelize = require("sequelize");
module.exports = function (sequelize, DataTypes) { return sequelize.define("Profile", { bio: Sequelize.TEXT }); };
`,
    });
    const user = named(entities, "User");
    assert.equal(user.class, undefined);
    assert.deepEqual(relations(user), ["Posts: reverse-foreign-key", "profile: reverse-one-to-one"]);
    assert.deepEqual(relations(named(entities, "Post")), ["User: foreign-key userId"]);
    assert.equal(named(entities, "Post").relations.get("User")?.nullable, false);
    assert.ok(named(entities, "Post").fields.has("UserId"));
    assert.ok(named(entities, "Profile").fields.has("profileId"));
  });

  it("reads the decorators of sequelize-typescript", () => {
    const entities = link({
      "src/base.ts": `
import { Column, CreatedAt, DataType, Default, Model, PrimaryKey, IsUUID } from "sequelize-typescript";
class IdModel<A extends object = any> extends Model<A> {
  @IsUUID(4) @PrimaryKey @Default(DataType.UUIDV4) @Column(DataType.UUID) id: string;
  @CreatedAt createdAt: Date;
}
export default IdModel;
`,
      "src/team.ts": `
import { Column, DefaultScope, HasMany, Index, Scopes, Table, Unique, BeforeCreate } from "sequelize-typescript";
import IdModel from "./base";
import User from "./user";
@DefaultScope(() => ({ where: { archived: false } }))
@Scopes(() => ({ withUsers: { include: [User] }, named: (name: string) => ({ where: { name } }) }))
@Table({ tableName: "teams", modelName: "team" })
class Team extends IdModel {
  @Index @Column name: string;
  @Unique @Column slug: string;
  @Index("by_place") @Column city: string;
  @Index("by_place") @Column country: string;
  @Column archived: boolean;
  @HasMany(() => User) users: User[];
  @BeforeCreate static fill(model: Team) {}
}
export default Team;
`,
      "src/user.ts": `
import { BelongsTo, Column, DataType, ForeignKey, Table } from "sequelize-typescript";
import IdModel from "./base";
import Team from "./team";
@Table
class User extends IdModel {
  @BelongsTo(() => Team, "teamId") team: Team;
  @ForeignKey(() => Team) @Column(DataType.UUID) teamId: string;
}
export default User;
`,
    });
    const team = named(entities, "Team");
    const user = named(entities, "User");
    assert.equal(named(entities, "IdModel").abstract, true);
    assert.equal(team.primaryKey, "id");
    assert.equal(team.fields.get("id")?.holds, "uuid");
    assert.equal(team.fields.get("archived")?.holds, "boolean");
    assert.deepEqual(indexes(team), ["unique id", "unique slug", "name", "city,country"]);
    assert.deepEqual([...team.sources!.keys()].filter((name) => name !== "(options)"), ["", "withUsers", "named"]);
    assert.deepEqual(relations(team), ["users: reverse-foreign-key <-> team"]);
    assert.deepEqual(relations(user), ["team: foreign-key teamId <-> users"]);
    assert.deepEqual(detailsOf(team)?.hooks, ["beforeCreate"]);
    assert.equal(detailsOf(team)?.model, "team");
  });

  it("reads the decorators of version 7", () => {
    const entities = link({
      "src/models.ts": `
import { DataTypes, Model, Sequelize } from "@sequelize/core";
import { Attribute, BelongsTo, HasMany, Index, NotNull, PrimaryKey, Table, Unique } from "@sequelize/core/decorators-legacy";
import { PostgresDialect } from "@sequelize/postgres";
export class User extends Model {
  @Attribute(DataTypes.INTEGER) @PrimaryKey declare id: number;
  @Attribute(DataTypes.STRING) @NotNull @Unique declare email: string;
  @HasMany(() => Post, { foreignKey: "authorId", inverse: { as: "author" } }) declare posts?: Post[];
}
@Table({ tableName: "posts" })
export class Post extends Model {
  @Attribute(DataTypes.TEXT) @Index declare text: string;
  @Attribute(DataTypes.INTEGER) @NotNull declare authorId: number;
}
export const sequelize = new Sequelize({ dialect: PostgresDialect, models: [User, Post] });
`,
    }, { "@sequelize/core": "7.0.0-alpha.46", "@sequelize/postgres": "7.0.0-alpha.46" });
    const user = named(entities, "User");
    const post = named(entities, "Post");
    assert.equal(user.engine, "postgresql");
    assert.equal(user.fields.get("email")?.nullable, false);
    assert.deepEqual(indexes(user), ["unique id", "unique email"]);
    assert.deepEqual(relations(user), ["posts: reverse-foreign-key <-> author"]);
    assert.deepEqual(relations(post), ["author: foreign-key authorId <-> posts"]);
  });

  it("reads the indexes that migrations build", () => {
    const entities = link({
      "models.js": `
const { Sequelize, DataTypes } = require("sequelize");
const sequelize = new Sequelize("postgres://localhost/shop");
const Order = sequelize.define("order", { customerId: DataTypes.INTEGER, email: DataTypes.STRING, state: DataTypes.STRING, closedAt: DataTypes.DATE });
module.exports = { Order };
`,
      "migrations/1-orders.js": `
module.exports = {
  up: async (queryInterface, Sequelize) => {
    await queryInterface.addIndex("orders", ["customerId"]);
    await queryInterface.sequelize.query("CREATE UNIQUE INDEX orders_email ON orders (lower(email))");
    await queryInterface.addIndex("purchases", ["closed"]);
    await queryInterface.renameColumn("orders", "closed", "closedAt");
    await queryInterface.renameTable("purchases", "orders");
    await queryInterface.addConstraint("orders", { fields: ["state", "email"], type: "unique" });
  },
  down: async (queryInterface) => { await queryInterface.addIndex("orders", ["state"]); },
};
`,
    });
    assert.deepEqual(indexes(named(entities, "order")), ["unique id", "customerId", "unique Lower(email)", "closedAt", "unique state,email"]);
    assert.equal(named(entities, "order").engine, "postgresql");
  });

  it("forgets the indexes that a later migration removes", () => {
    const entities = link({
      "models.js": `
const { Sequelize, DataTypes } = require("sequelize");
const sequelize = new Sequelize("postgres://localhost/shop");
const Order = sequelize.define("order", { customerId: DataTypes.INTEGER, email: DataTypes.STRING, state: DataTypes.STRING, code: DataTypes.STRING, city: DataTypes.STRING });
module.exports = { Order };
`,
      "migrations/2-less.js": `
module.exports = {
  up: async ({ context: queryInterface }) => {
    await queryInterface.removeConstraint("orders", "oneEmail");
    await queryInterface.removeIndex("orders", "orders_customer_id");
    await queryInterface.removeIndex("orders", ["state", "email"]);
    await queryInterface.removeIndex("orders", "something_else");
    await queryInterface.removeIndex("orders", ["city"]);
    await queryInterface.addIndex("orders", ["city"]);
  },
  down: async ({ context: queryInterface }) => {
    await queryInterface.sequelize.transaction(async (transaction) => {
      await queryInterface.removeIndex("orders", ["code"], { transaction });
      await queryInterface.addIndex("orders", ["state"], { transaction });
    });
  },
};
`,
      "migrations/1-orders.js": `
module.exports = {
  up: async ({ context: queryInterface }) => {
    await queryInterface.addConstraint("orders", { fields: ["email"], type: "unique", name: "oneEmail" });
    await queryInterface.addIndex("orders", ["customerId"]);
    await queryInterface.addIndex("orders", ["state", "email"]);
    await queryInterface.addIndex("orders", ["code"]);
    await queryInterface.addIndex("orders", ["city"]);
  },
};
`,
    });
    assert.deepEqual(indexes(named(entities, "order")), ["unique id", "code", "city"]);
  });

  it("reads what helpers of a project are told, and unique keys of a table that is made", () => {
    const entities = link({
      "models.js": `
const { Sequelize, DataTypes } = require("sequelize");
const sequelize = new Sequelize("postgres://localhost/shop");
const Order = sequelize.define("order", { customerId: DataTypes.INTEGER, email: DataTypes.STRING, state: DataTypes.STRING });
const Letter = sequelize.define("letter", { to: DataTypes.STRING });
module.exports = { Order, Letter };
`,
      "migrations/1-orders.js": `
const { addOrReplaceIndex, ensureUnique } = require("../lib/indexes");
exports.up = async (queryInterface) => {
  await queryInterface.createTable("orders", { id: {} }, { uniqueKeys: { orders_email_state: { fields: ["email", "state"] } } });
  await queryInterface.createTable("letters", { id: {} });
  await addOrReplaceIndex(queryInterface, "orders", "orders_customer", ["customerId"], { unique: true });
  await ensureUnique(queryInterface, "letters");
};
`,
    });
    assert.deepEqual(indexes(named(entities, "order")), ["unique id", "unique email,state", "customerId"]);
    assert.deepEqual(indexes(named(entities, "letter")), ["unique id", "?"]);
  });

  it("reads migrations of db-migrate", () => {
    const entities = link({
      "models.js": `
const { Sequelize, DataTypes } = require("sequelize");
const sequelize = new Sequelize("postgres://localhost/shop");
const Order = sequelize.define("order", { customerId: DataTypes.INTEGER, email: DataTypes.STRING, state: DataTypes.STRING });
module.exports = { sequelize, Order };
`,
      "migrations/1-orders.js": `
const TABLE = "orders";
const COLUMN = "email";
const CREATE_INDEX = \`CREATE INDEX IF NOT EXISTS "by_mail" ON "\${TABLE}" ("\${COLUMN}") WHERE "\${COLUMN}" IS NOT NULL;\`;
exports.up = (db, callback) => db.addIndex(TABLE, "orders_customer", ["customerId", "state"], true).then(() => db.addIndex(TABLE, \`\${TABLE}_state\`, "state")).then(() => db.runSql(CREATE_INDEX)).then(() => callback());
exports.down = (db) => db.runSql("CREATE INDEX gone ON orders (state)");
`,
    });
    assert.deepEqual(indexes(named(entities, "order")), ["unique id", "email", "unique customerId,state", "state"]);
  });

  it("takes foreign keys for indexed where the database indexes them", () => {
    const entities = link({
      "models.ts": `
import { DataTypes, Sequelize } from "sequelize";
const sequelize = new Sequelize({ dialect: "mysql" });
export const User = sequelize.define("User", {});
export const Post = sequelize.define("Post", {});
Post.belongsTo(User);
`,
    });
    assert.deepEqual(indexes(named(entities, "Post")), ["unique id", "UserId"]);
  });

  it("makes the names that Sequelize makes", () => {
    assert.deepEqual(["User", "Category", "Status", "Person", "Box", "Address", "Bonus", "OrderItem", "Child", "News"].map(pluralize), ["Users", "Categories", "Statuses", "People", "Boxes", "Addresses", "Bonuses", "OrderItems", "Children", "News"]);
    assert.deepEqual(["users", "categories", "statuses", "people", "boxes", "addresses", "children", "news", "memberships"].map(singularize), ["user", "category", "status", "person", "box", "address", "child", "news", "membership"]);
    assert.equal(underscore("parentDocumentId"), "parent_document_id");
  });
});
