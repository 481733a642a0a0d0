import { strict as assert } from "node:assert";
import type { Entity } from "#engine";
import { lowerSchema } from "../../server/src/engine/languages/prisma";
import { prismaProjectAdapter, prismaSchemas, schemaOfClient } from "../../server/src/engine/orms/prisma/model";
import { linkProject } from "../../server/src/engine/project";

const root = "file:///shop";

function filesOf(texts: Readonly<Record<string, string>>): ReadonlyMap<string, ReturnType<typeof lowerSchema>> {
  return new Map(Object.entries(texts).map(([path, text]) => [`${root}/${path}`, lowerSchema(text, `${root}/${path}`)]));
}

function link(texts: Readonly<Record<string, string>>): ReadonlyMap<string, Entity> {
  return linkProject({ files: filesOf(texts), folders: [root], adapters: [prismaProjectAdapter] }).entities;
}

function source(provider: string, more = ""): string {
  return `datasource db {\n  provider = "${provider}"\n${more}}\n`;
}

const blog = `
model User {
  id      Int      @id @default(autoincrement())
  email   String   @unique @db.VarChar(120)
  role    Role     @default(USER)
  posts   Post[]   @relation("author")
  edited  Post[]   @relation("editor")
  profile Profile?
  boss    User?    @relation("bosses", fields: [bossId], references: [id], onDelete: SetNull)
  bossId  Int?
  staff   User[]   @relation("bosses")
}

model Profile {
  user   User @relation(fields: [userId], references: [id], onDelete: Cascade)
  userId Int  @id
  token  String @db.Uuid
}

model Post {
  id       Int       @id
  title    String
  author   User      @relation("author", fields: [authorId], references: [id])
  authorId Int
  editor   User?     @relation("editor", fields: [editorId], references: [id])
  editorId Int?
  tags     Tag[]
  at       DateTime

  @@unique([authorId, title], map: "by_author")
  @@index([title(ops: raw("gin_trgm_ops"))], type: Gin)
  @@index([editorId, at(sort: Desc)])
}

model Tag {
  name  String @id
  posts Post[]
}

enum Role {
  ADMIN
  USER
}
`;

describe("the model of Prisma schemas", () => {
  const entities = link({ "prisma/schema.prisma": source("postgresql") + blog });
  const entity = (name: string): Entity => entities.get(`prisma:${name}`)!;

  it("has models with their columns", () => {
    const user = entity("User");
    assert.deepEqual([user.name, user.framework, user.engine, user.primaryKey], ["User", "prisma", "postgresql", "id"]);
    assert.deepEqual([...user.fields.values()].map(({ name, holds, nullable, unique }) => [name, holds, nullable, unique]), [["id", "integer", false, true], ["email", "text", false, true], ["role", "enum", false, false], ["bossId", "integer", true, false]]);
    assert.deepEqual([user.fields.get("email")!.maxLength, user.fields.get("role")!.choices, entity("Profile").fields.get("token")!.holds], [120, 2, "uuid"]);
  });

  it("has relations both ways", () => {
    const show = (name: string): readonly (readonly unknown[])[] => [...entity(name).relations.values()].map(({ name, form, cardinality, target, inverse, column, nullable, onDelete }) => [name, form, cardinality, target, inverse, column, nullable, onDelete]);
    assert.deepEqual(show("User"), [
      ["posts", "reverse-foreign-key", "many", "prisma:Post", "author", undefined, false, undefined],
      ["edited", "reverse-foreign-key", "many", "prisma:Post", "editor", undefined, false, undefined],
      ["profile", "reverse-one-to-one", "one", "prisma:Profile", "user", undefined, true, undefined],
      ["boss", "foreign-key", "one", "prisma:User", "staff", "bossId", true, "set-null"],
      ["staff", "reverse-foreign-key", "many", "prisma:User", "boss", undefined, false, undefined],
    ]);
    assert.deepEqual(show("Profile"), [["user", "one-to-one", "one", "prisma:User", "profile", "userId", false, "cascade"]]);
    assert.deepEqual(show("Tag"), [["posts", "many-to-many", "many", "prisma:Post", "tags", undefined, false, undefined]]);
  });

  it("has indexes", () => {
    assert.deepEqual(entity("Post").indexes.map(({ source, unique, method, name, columns }) => [source, unique, method, name, columns.map(({ field, descending, opclass }) => `${descending ? "-" : ""}${field}${opclass ? ` ${opclass}` : ""}`)]), [
      ["primary-key", true, "btree", undefined, ["id"]],
      ["unique-together", true, "btree", "by_author", ["authorId", "title"]],
      ["meta-index", false, "gin", undefined, ["title gin_trgm_ops"]],
      ["meta-index", false, "btree", undefined, ["editorId", "-at"]],
    ]);
  });

  it("reads keys of one column without brackets", () => {
    const tag = link({ "schema.prisma": `model Tag {\n  id Int @id\n  a String\n  b Int\n  @@unique(a)\n  @@index(b)\n}\n` }).get("prisma:Tag")!;
    assert.deepEqual([tag.fields.get("a")!.unique, ...tag.indexes.map(({ columns }) => columns[0].field)], [true, "id", "a", "b"]);
  });

  it("has the tables of implicit relations, indexed both ways", () => {
    const [table] = [...entities.values()].filter(({ implicit }) => implicit);
    assert.deepEqual(table.indexes.map(({ columns }) => columns.map(({ field }) => field)), [["A", "B"], ["B"]]);
  });

  it("knows what the engine does by itself", () => {
    const indexesOf = (text: string): readonly string[] => link({ "schema.prisma": text + blog }).get("prisma:User")!.indexes.map(({ source }) => source);
    assert.deepEqual(indexesOf(source("mysql")), ["primary-key", "unique", "foreign-key"]);
    assert.deepEqual(indexesOf(source("mysql", '  relationMode = "prisma"\n')), ["primary-key", "unique"]);
    assert.equal(link({ "schema.prisma": source("mysql", '  relationMode = "prisma"\n') + blog }).get("prisma:Profile")!.relations.get("user")!.unconstrained, true);
  });

  it("joins the files of one datasource, and tells schemas apart", () => {
    const models = [..."AB"].map((name) => `model ${name} {\n  id Int @id\n}\n`);
    const several = link({ "prisma/schema/main.prisma": source("postgresql"), "prisma/schema/a.prisma": models[0], "prisma/schema/deep/b.prisma": "model B {\n  id Int @id\n  a A @relation(fields: [aId], references: [id])\n  aId Int\n}\n" });
    assert.deepEqual([several.get("prisma:A")?.engine, several.get("prisma:B")?.relations.get("a")?.target], ["postgresql", "prisma:A"]);
    const two = { "apps/one/prisma/schema.prisma": source("postgresql") + models[0], "apps/two/prisma/schema.prisma": source("mysql") + models[0] };
    assert.deepEqual([...link(two).keys()], ["prisma:/shop/apps/one/prisma/schema.prisma#A", "prisma:/shop/apps/two/prisma/schema.prisma#A"]);
    assert.deepEqual([...link({ "a/schema.prisma": models[0] + source("sqlite"), "b/schema.prisma": models[1] + source("mysql") }).values()].map(({ key, engine }) => [key, engine]), [["prisma:A", "sqlite"], ["prisma:B", "mysql"]]);
  });

  it("finds the schema of a client", () => {
    const generated = (output: string): string => `generator client {\n  provider = "prisma-client"\n  output = "${output}"\n}\n`;
    const schemas = prismaSchemas(filesOf({
      "packages/a/prisma/schema.prisma": source("postgresql") + generated("../src/generated"),
      "packages/b/prisma/schema.prisma": source("mysql") + generated("../../../node_modules/@prisma/client-b"),
    }));
    const client = (path: string, module: string): string | undefined => schemaOfClient(schemas, `${root}/${path}`, module)?.engine;
    assert.equal(client("packages/b/src/db.ts", "../../a/src/generated/client"), "postgresql");
    assert.equal(client("packages/a/src/db.ts", "@prisma/client-b"), "mysql");
    assert.equal(client("packages/b/src/db.ts", "@prisma/client"), "mysql");
    assert.equal(client("apps/web/db.ts", "@prisma/client"), undefined);
  });

  it("takes one of the variants of a schema for several databases, the same whoever asks", () => {
    const model = (name: string): string => `model ${name} {\n  id Int @id\n}\n`;
    const engineFor = (mysql: string): string | undefined => schemaOfClient(prismaSchemas(filesOf({ "packages/db/mysql/schema.prisma": source("mysql") + mysql, "packages/db/postgresql/schema.prisma": source("postgresql") + model("A") })), `${root}/packages/db/src/index.ts`, "@prisma/client")?.engine;
    assert.equal(engineFor(model("A")), "postgresql");
    assert.equal(engineFor(model("B")), undefined);
    const beside = prismaSchemas(filesOf({ "prisma/mysql-schema.prisma": source("mysql") + model("A"), "prisma/postgresql-schema.prisma": source("postgresql") + model("A"), "prisma/psql_bouncer-schema.prisma": source("postgresql") + model("A") }));
    assert.deepEqual(schemaOfClient(beside, `${root}/src/index.ts`, "@prisma/client")?.uris, [`${root}/prisma/postgresql-schema.prisma`]);
  });

  it("knows that a table with a key out of an enum stays small", () => {
    assert.deepEqual(["Setting", "Role"].map((name) => link({ "schema.prisma": `enum Key {\n  A\n  B\n}\nmodel Setting {\n  key Key @id\n}\nmodel Role {\n  id Int @id\n  name String @unique\n}\n` }).get(`prisma:${name}`)!.small), [true, false]);
  });
});
