import { sql } from "drizzle-orm";
import { db } from "./db";
import { notes, posts, users } from "./schema";

export async function setup() {
  await db.execute(sql`CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL UNIQUE, name text NOT NULL)`);
  await db.execute(sql`CREATE TABLE posts (id serial PRIMARY KEY, title text NOT NULL, views integer NOT NULL DEFAULT 0, user_id integer REFERENCES users (id))`);
  await db.execute(sql`CREATE TABLE notes (id serial PRIMARY KEY, text text NOT NULL)`);
  await db.execute(sql`CREATE TABLE tags (id serial PRIMARY KEY, name text NOT NULL)`);
  await db.insert(users).values([1, 2, 3, 4, 5].map((id) => ({ id, email: `u${id}@x`, name: `n${id}` })));
  await db.insert(posts).values(["b", "a", "c", "a", "e", "d", "z"].map((title, at) => ({ title, views: at % 4, userId: at === 6 ? null : (at % 3) + 1 })));
  await db.insert(notes).values(["x", "", "y", "", "z"].map((text) => ({ text })));
}
