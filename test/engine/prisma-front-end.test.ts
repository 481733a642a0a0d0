import { strict as assert } from "node:assert";
import type { Expression, FileFacts, SchemaAttribute } from "../../server/src/engine/facts";
import { commentsInSchema, lowerSchema } from "../../server/src/engine/languages/prisma";

const lower = (text: string): FileFacts => lowerSchema(text, "file:///shop/prisma/schema.prisma");

/** What a schema says, in the words of the schema. */
function show(text: string): readonly string[] {
  return lower(text).declares.schema!.blocks.flatMap((block) => [
    `${block.form} ${block.name}`,
    ...block.settings.map(({ name, value }) => `  ${name} = ${expression(value)}`),
    ...block.fields.map((field) => `  ${field.name}${field.type && ` ${field.type}`}${field.isList ? "[]" : ""}${field.isOptional ? "?" : ""}${field.attributes.map((each) => ` @${attribute(each)}`).join("")}`),
    ...block.attributes.map((each) => `  @@${attribute(each)}`),
  ]);
}

function attribute(each: SchemaAttribute): string {
  return each.arguments.length === 0 ? each.name : `${each.name}(${each.arguments.map(({ name, value }) => (name === undefined ? expression(value) : `${name}: ${expression(value)}`)).join(", ")})`;
}

function expression(value: Expression): string {
  switch (value.kind) {
    case "literal": return JSON.stringify(value.value);
    case "name": return value.name;
    case "attribute": return `${expression(value.object)}.${value.name}`;
    case "sequence": return `[${value.items.map(expression).join(", ")}]`;
    case "call": return `${expression(value.callee)}(${value.arguments.map((each) => (each.name === undefined ? expression(each.value) : `${each.name}: ${expression(each.value)}`)).join(", ")})`;
    default: return `<${value.kind}>`;
  }
}

function errorsIn(text: string): readonly string[] {
  return lower(text).errors.map(({ start, end }) => text.slice(start, end));
}

describe("the front end for Prisma schemas", () => {
  it("reads settings", () => {
    assert.deepEqual(show('datasource db {\n  provider = "postgresql"\n  url      = env("DATABASE_URL")\n}\ngenerator client {\n  previewFeatures = ["relationJoins", "views"]\n}\n'), [
      "datasource db", '  provider = "postgresql"', '  url = env("DATABASE_URL")', "generator client", '  previewFeatures = ["relationJoins", "views"]',
    ]);
  });

  it("reads fields, their types and attributes", () => {
    const text = 'model Post {\n  id Int @id @default(autoincrement())\n  title String? @db.VarChar(20) @map("post_title")\n  tags Tag[]\n  author User @relation("by", fields: [authorId], references: [id], onDelete: Cascade)\n  place Unsupported("circle")?\n}';
    assert.deepEqual(show(text), [
      "model Post", "  id Int @id @default(autoincrement())", '  title String? @db.VarChar(20) @map("post_title")', "  tags Tag[]",
      '  author User @relation("by", fields: [authorId], references: [id], onDelete: Cascade)', "  place Unsupported?",
    ]);
    assert.deepEqual(errorsIn(text), []);
    const [block] = lower(text).declares.schema!.blocks;
    assert.equal(text.slice(block.bodyStart, block.bodyEnd).trim().startsWith("id Int"), true);
    assert.deepEqual(block.fields.map(({ nameStart, nameEnd }) => text.slice(nameStart, nameEnd)), ["id", "title", "tags", "author", "place"]);
    assert.equal(text.slice(block.fields[1].start, block.fields[1].end), 'title String? @db.VarChar(20) @map("post_title")');
  });

  it("reads attributes of blocks, over several lines too", () => {
    const text = 'model Post {\n  @@id([a, b])\n  @@index([email(ops: raw("gin_trgm_ops")), at(sort: Desc)], type: Gin, map: "x")\n  @@unique(\n    fields: [a,\n      address.street,\n    ]\n  )\n}\n';
    assert.deepEqual(show(text), ["model Post", "  @@id([a, b])", '  @@index([email(ops: raw("gin_trgm_ops")), at(sort: Desc)], type: Gin, map: "x")', "  @@unique(fields: [a, address.street])"]);
    assert.deepEqual(errorsIn(text), []);
  });

  it("reads enums, views and types", () => {
    assert.deepEqual(show('enum Role {\n  ADMIN @map("admin")\n  USER // everybody\n  @@map("roles")\n}\nview Seen {\n  id Int @unique\n}\ntype Address {\n  street String\n}'), [
      "enum Role", '  ADMIN @map("admin")', "  USER", '  @@map("roles")', "view Seen", "  id Int @unique", "type Address", "  street String",
    ]);
  });

  it("has comments and what they suppress", () => {
    const text = "// one\n/// two\nmodel A {\n  id Int @id // scale-hints: ignore[missing-index] -- small\n  // scale-hints: ignore\n  /// of the next line\n  b Int /* three */\n}\n";
    assert.deepEqual(commentsInSchema(text), ["// one", "/// two", "// scale-hints: ignore[missing-index] -- small", "// scale-hints: ignore", "/// of the next line", "/* three */"]);
    assert.deepEqual(lower(text).suppressions.map(({ rules, line, reason }) => [rules, line, reason]), [[["missing-index"], 3, "small"], [[], 6, ""]]);
  });

  it("says what it can of broken text", () => {
    assert.deepEqual(show("model A {\n  id Int @id\n  broken\n  b String @\n  = 5\n  c Int\n\nmodel B {\n  id Int @id @default(\n}\nmodel C { id Int }"), ["model A", "  id Int @id", "  b String", "  c Int", "model B", "  id Int @id @default", "model C", "  id Int"]);
    assert.deepEqual(errorsIn("modell A {\n  id Int\n}\n"), ["modell A {", "id Int", "}"]);
    assert.deepEqual(errorsIn('model A {\n  a String @default("x)\n}'), ['"x)', ""]);
  });

  it("never fails and always ends", () => {
    const whole = 'model A {\n  id Int @id @default(autoincrement())\n  b B? @relation(fields: [bId], references: [id])\n  @@index([a(ops: raw("x"))], type: Gin)\n}\n/* c */ enum E {\n X\n}\n';
    for (let end = 0; end <= whole.length; end++) lower(whole.slice(0, end));
    for (let start = 0; start <= whole.length; start++) lower(whole.slice(start));
    for (const text of ["", "\uFEFF", "[", "@@", "}}}", "model", "model A", "model A {", "model A { b C @x(y: [z", "(".repeat(5000), `model A { b C @x(${"[".repeat(5000)}`, "\u0000", '"']) lower(text);
  });

  it("has a fingerprint that knows no places", () => {
    const print = (text: string): string => lower(text).fingerprint.declares;
    assert.equal(print("model A {\n  id Int @id\n}"), print("\n// new\nmodel A {\n\n  id   Int   @id\n}\n"));
    assert.notEqual(print("model A {\n  id Int @id\n}"), print("model A {\n  id Int? @id\n}"));
  });
});
