import { dataSource } from "./db";
import { Note, Post, User } from "./entities";

export async function setup() {
  await dataSource.initialize();
  await dataSource.synchronize();
  await dataSource.getRepository(User).insert([1, 2, 3, 4, 5].map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
  await dataSource.getRepository(Post).insert(["b", "a", "c", "a", "e", "d", "z"].map((title, at) => ({ title, views: at % 4, userId: at === 6 ? null : (at % 3) + 1 })));
  await dataSource.getRepository(Note).insert(["x", "", "y", "", "z"].map((text) => ({ text })));
}
