import { strict as assert } from "node:assert";
import { loadParsers } from "../harness/parsers";
import { lowerTypeScript } from "../../server/src/engine/languages/typescript";
import { typeormProjectAdapter } from "../../server/src/engine/orms/typeorm/model";
import { linkProject, type Entity, type LinkedProject } from "../../server/src/engine/project";

const root = "file:///shop";

async function link(texts: Readonly<Record<string, string>>, resources: Readonly<Record<string, string>> = {}): Promise<LinkedProject> {
  const parsers = await loadParsers();
  const files = new Map(Object.entries(texts).map(([path, text]) => [`${root}/${path}`, lowerTypeScript(text, `${root}/${path}`, parsers)]));
  return linkProject({ files, folders: [root], adapters: [typeormProjectAdapter], resources: new Map(Object.entries(resources).map(([path, text]) => [`${root}/${path}`, text])) });
}

function entity(project: LinkedProject, name: string): Entity {
  const found = [...project.entities.values()].find((each) => each.name === name);
  assert.ok(found, `${name} is an entity`);
  return found;
}

const columnsOf = ({ indexes }: Entity): readonly string[] => indexes.map(({ columns, unique, source }) => `${columns.map(({ field, expression }) => field ?? expression).join("+")}${unique ? " unique" : ""} (${source})`);

describe("entities of TypeORM", () => {
  it("come from decorators, those of bases and embedded classes included", async () => {
    const project = await link({
      "base.ts": `import { CreateDateColumn, PrimaryGeneratedColumn } from "typeorm";
export abstract class Base {
  @PrimaryGeneratedColumn("uuid") id: string;
  @CreateDateColumn() createdAt: Date;
}`,
      "user.ts": `import { Column, Entity } from "typeorm";
import { Base } from "./base";
enum Role { Admin = "admin", Member = "member" }
class Name { @Column() first: string; @Column({ nullable: true }) last: string | null; }
@Entity("users")
export class User extends Base {
  @Column({ unique: true, length: 120 }) email: string;
  @Column({ type: "enum", enum: Role }) role: Role;
  @Column(() => Name) name: Name;
  @Column("simple-json", { nullable: true }) settings: object;
  plain: string;
}`,
    });
    const user = entity(project, "User");
    assert.deepEqual([...user.fields.values()].map(({ name, holds, nullable, unique }) => [name, holds, nullable, unique]), [
      ["id", "uuid", false, true], ["createdAt", "datetime", false, false], ["email", "text", false, true], ["role", "enum", false, false],
      ["name.first", "text", false, false], ["name.last", "text", true, false], ["settings", "json", true, false],
    ]);
    assert.equal(user.primaryKey, "id");
    assert.equal(user.fields.get("role")?.choices, 2);
    assert.equal(user.fields.get("email")?.maxLength, 120);
    assert.ok(!user.incomplete);
  });

  it("know their relations, the columns that these share with properties, and their indexes", async () => {
    const project = await link({
      "entities.ts": `import { Column, Entity, Index, JoinColumn, JoinTable, ManyToMany, ManyToOne, OneToMany, OneToOne, PrimaryGeneratedColumn, Unique } from "typeorm";
@Entity()
export class Author {
  @PrimaryGeneratedColumn() id: number;
  @OneToMany(() => Book, (book) => book.author, { eager: true }) books: Book[];
  @OneToOne("Profile", "author") profile: Promise<Profile>;
}
@Entity()
@Index(["author", "title"])
@Index("by_hand", { synchronize: false })
@Unique((book: Book) => [book.isbn])
export class Book {
  @PrimaryGeneratedColumn() id: number;
  @Column() title: string;
  @Column() isbn: string;
  @Column({ name: "author_id" }) authorId: number;
  @ManyToOne(() => Author, (author) => author.books, { nullable: false, onDelete: "CASCADE" })
  @JoinColumn({ name: "author_id" })
  author: Author;
  @ManyToMany(() => Author) @JoinTable() editors: Author[];
}
@Entity()
export class Profile {
  @PrimaryGeneratedColumn() id: number;
  @OneToOne(() => Author, (author) => author.profile) @JoinColumn() author: Author;
}`,
      "db.ts": `import { DataSource } from "typeorm";
export const source = new DataSource({ type: "postgres", host: "db" });`,
    });
    const book = entity(project, "Book");
    assert.equal(project.engine, "postgresql");
    assert.deepEqual(columnsOf(book), ["id unique (primary-key)", "authorId+title (meta-index)", "? (meta-index)", "isbn unique (constraint)"]);
    const author = book.relations.get("author");
    assert.deepEqual([author?.form, author?.column, author?.nullable, author?.onDelete, author?.inverse], ["foreign-key", "authorId", false, "cascade", "books"]);
    assert.equal(book.relations.get("editors")?.form, "many-to-many");
    const relations = entity(project, "Author").relations;
    assert.ok(relations.get("books")?.eager);
    assert.ok(relations.get("profile")?.lazy);
    assert.equal(relations.get("profile")?.form, "reverse-one-to-one");
    assert.deepEqual(columnsOf(entity(project, "Profile")), ["id unique (primary-key)", "author unique (unique)"]);
  });

  it("come from schemas, and from decorators that a project puts together", async () => {
    const project = await link({
      "schema.ts": `import { EntitySchema } from "typeorm";
export const CategoryEntity = new EntitySchema({
  name: "category",
  columns: { id: { type: Number, primary: true, generated: true }, name: { type: String }, parentId: { type: "int", nullable: true } },
  relations: { parent: { type: "many-to-one", target: "category", joinColumn: { name: "parentId" } } },
  indices: [{ columns: ["name"], unique: true }],
});`,
      "member.ts": `import { applyDecorators } from "@nestjs/common";
import { Column, Entity, Index, PrimaryGeneratedColumn } from "typeorm";
export const Key = () => applyDecorators(Index({ unique: true }), Column({ length: 40 }));
export function Money() { return (target: object, name: string) => register(target, name); }
declare function register(target: object, name: string): void;
@Entity()
export class Member {
  @PrimaryGeneratedColumn() id: number;
  @Key() token: string;
  @Money() balance: number;
}`,
    });
    const category = entity(project, "category");
    assert.deepEqual(columnsOf(category), ["id unique (primary-key)", "name unique (meta-index)"]);
    assert.equal(category.relations.get("parent")?.target, category.key);
    const member = entity(project, "Member");
    assert.ok(member.fields.get("token")?.unique);
    assert.equal(member.fields.get("balance")?.type, "unknown");
  });

  it("have an index on each foreign key where MySQL keeps them, and no engine where the environment may name several", async () => {
    const entities = `import { Entity, ManyToOne, PrimaryGeneratedColumn } from "typeorm";
@Entity() export class A { @PrimaryGeneratedColumn() id: number; @ManyToOne(() => A) parent: A; }`;
    const source = (type: string): string => `import { DataSource } from "typeorm";\nexport const source = new DataSource({ type: ${type}, host: "db" });`;
    const mysql = await link({ "a.ts": entities, "db.ts": source(`"mysql"`) });
    assert.deepEqual(columnsOf(entity(mysql, "A")), ["id unique (primary-key)", "parent (foreign-key)"]);
    const open = await link({ "a.ts": entities, "db.ts": source(`process.env.DB ?? "better-sqlite3"`) }, { "package.json": `{"dependencies": {"typeorm": "0.3.20", "mysql2": "3", "pg": "8"}}` });
    assert.equal(open.engine, "unknown");
    const tested = await link({ "a.ts": entities, "db.ts": source(`"postgres"`), "e2e.ts": source(`"sqljs"`) });
    assert.equal(tested.engine, "postgresql");
  });
});
