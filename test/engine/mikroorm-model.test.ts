import { strict as assert } from "node:assert";
import { languageOf } from "../../server/src/engine/languages";
import { ormAdapters } from "../../server/src/engine/orms";
import { linkProject, type Entity } from "../../server/src/engine/project";
import { loadParsers } from "../harness/parsers";

/** The entities of MikroORM in one file, by name. */
async function entities(text: string, driver = "postgresql"): Promise<ReadonlyMap<string, Entity>> {
  const parsers = await loadParsers();
  const uri = "file:///project/src/entities.ts";
  const source = `import { BeforeCreate, Collection, defineEntity, Embedded, Entity, EntitySchema, Enum, Index, ManyToMany, ManyToOne, OneToMany, OneToOne, PrimaryKey, Property, Unique, type Ref } from "@mikro-orm/${driver}";\n${text}`;
  const facts = languageOf("src/entities.ts", source)!.lower(source, uri, parsers);
  const project = linkProject({ files: new Map([[uri, facts]]), folders: ["file:///project"], adapters: ormAdapters.map((each) => each.projectAdapter) });
  return new Map([...project.entities.values()].filter(({ framework }) => framework === "mikroorm").map((each) => [each.name, each]));
}

const indexesOf = (entity: Entity): string[] => entity.indexes.map(({ columns, unique }) => `${unique ? "unique " : ""}${columns.map(({ field }) => field).join()}`);

const DECORATED = `
@Entity()
export class Author {
  @PrimaryKey() id!: number;
  @Property({ unique: true, length: 200 }) email!: string;
  @Property({ nullable: true }) born?: Date;
  @OneToMany(() => Book, (book) => book.author) books = new Collection<Book>(this);
}
@Entity()
@Index({ properties: ["author", "published"] })
export class Book {
  @PrimaryKey({ type: "uuid" }) id!: string;
  @Property({ type: "text" }) title!: string;
  @Property({ index: true }) published!: Date;
  @Property({ persist: false }) score = 0;
  @Enum({ items: ["new", "old"] }) state!: string;
  @ManyToOne(() => Author, { deleteRule: "cascade", ref: true }) author!: Ref<Author>;
  @ManyToOne() editor?: Author;
  @OneToOne(() => Cover, (cover) => cover.book, { owner: true }) cover!: Cover;
  @ManyToMany({ entity: () => Tag, inversedBy: "books" }) tags = new Collection<Tag>(this);
}
@Entity()
export class Cover { @PrimaryKey() id!: number; @OneToOne({ entity: () => Book, mappedBy: "cover" }) book!: Book; }
@Entity()
export class Tag { @PrimaryKey() id!: number; @ManyToMany(() => Book, (book) => book.tags) books = new Collection<Book>(this); }
`;

describe("MikroORM's entities", () => {
  it("come from decorators", async () => {
    const all = await entities(DECORATED);
    assert.deepEqual([...all.keys()].sort(), ["Author", "Book", "Cover", "Tag"]);
    const book = all.get("Book")!;
    assert.equal(book.primaryKey, "id");
    assert.equal(book.engine, "postgresql");
    assert.deepEqual([...book.fields.keys()], ["id", "title", "published", "state", "author", "editor", "cover"]);
    assert.equal(book.fields.get("title")!.holds, "text");
    assert.equal(book.fields.get("published")!.holds, "datetime");
    assert.equal(all.get("Author")!.fields.get("email")!.maxLength, 200);
    assert.equal(all.get("Author")!.fields.get("born")!.nullable, true);
  });

  it("have relations both ways, with their owners", async () => {
    const all = await entities(DECORATED);
    const form = (entity: string, name: string): string => {
      const { form: is, target, inverse } = all.get(entity)!.relations.get(name)!;
      return `${is} ${target?.split("#")[1]} ${inverse}`;
    };
    assert.equal(form("Book", "author"), "foreign-key Author books");
    assert.equal(form("Author", "books"), "reverse-foreign-key Book author");
    assert.equal(form("Book", "editor"), "foreign-key Author undefined");
    assert.equal(form("Book", "cover"), "one-to-one Cover book");
    assert.equal(form("Cover", "book"), "reverse-one-to-one Book cover");
    assert.equal(form("Book", "tags"), "many-to-many Tag books");
    assert.equal(form("Tag", "books"), "reverse-many-to-many Book tags");
    assert.equal(all.get("Book")!.relations.get("author")!.onDelete, "cascade");
  });

  it("have the indexes that are declared, and those that MikroORM makes on its own on some engines", async () => {
    assert.deepEqual(indexesOf((await entities(DECORATED)).get("Book")!), ["unique id", "published", "unique cover", "author,published"]);
    assert.deepEqual(indexesOf((await entities(DECORATED, "mysql")).get("Book")!), ["unique id", "published", "author", "editor", "unique cover", "author,published"]);
  });

  it("come from schemas and defineEntity", async () => {
    const all = await entities(`
export const Author = defineEntity({ name: "Author", properties: (p) => ({ id: p.integer().primary(), name: p.string().length(200).unique(), books: () => p.oneToMany(Book).mappedBy("author") }) });
export const Book = defineEntity({ name: "Book", properties: (p) => ({ id: p.integer().primary(), author: () => p.manyToOne(Author).inversedBy("books").index() }), indexes: [{ properties: ["author", "id"] }] });
export class Note { id!: number; text!: string; book!: unknown; }
export const NoteSchema = new EntitySchema({ class: Note, properties: { id: { type: "number", primary: true }, text: { type: "text" }, book: { kind: "m:1", entity: () => Book, index: true } } });
`);
    assert.deepEqual([...all.keys()].sort(), ["Author", "Book", "Note"]);
    assert.deepEqual(indexesOf(all.get("Book")!), ["unique id", "author", "author,id"]);
    assert.equal(all.get("Book")!.relations.get("author")!.target, all.get("Author")!.key);
    assert.deepEqual(indexesOf(all.get("Note")!), ["unique id", "book"]);
    assert.ok(all.get("Note")!.class);
  });
});
