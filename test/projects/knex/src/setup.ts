import { up } from "../migrations/20240101000000_tables";
import { db } from "./db";

export async function setup() {
  await up(db);
  await db("users").insert([1, 2, 3, 4, 5].map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
  await db("posts").insert(["b", "a", "c", "a", "e", "d", "z"].map((title, at) => ({ title, views: at % 4, user_id: at === 6 ? null : (at % 3) + 1 })));
  await db("notes").insert(["x", "", "y", "", "z"].map((text) => ({ text })));
}
