import type { Knex } from "knex";

export async function up(knex: Knex): Promise<void> {
  await knex.schema.createTable("users", (table) => {
    table.increments("id").primary();
    table.text("email").notNullable().unique();
    table.text("name").notNullable();
  });
  await knex.schema.createTable("posts", (table) => {
    table.increments("id").primary();
    table.text("title").notNullable();
    table.integer("views").notNullable().defaultTo(0);
    table.integer("user_id").references("id").inTable("users");
  });
  await knex.schema.createTable("notes", (table) => {
    table.increments("id").primary();
    table.text("text").notNullable();
  });
  await knex.schema.createTable("tags", (table) => {
    table.increments("id").primary();
    table.text("name").notNullable();
  });
}

export async function down(knex: Knex): Promise<void> {
  for (const table of ["tags", "notes", "posts", "users"]) await knex.schema.dropTable(table);
}
