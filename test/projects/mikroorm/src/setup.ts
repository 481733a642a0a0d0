import { orm } from "./db";
import { Post, User } from "./entities";

export async function setup() {
  await orm.connect();
  await orm.schema.create();
  const em = orm.em.fork();
  await em.insertMany(User, [1, 2, 3, 4, 5].map((id) => ({ id, email: `u${id}@x`, name: `n${id}` })));
  await em.insertMany(Post, ["b", "a", "c", "a", "e", "d", "z"].map((title, at) => ({ id: at + 1, title, views: at % 4, user: at === 6 ? null : (at % 3) + 1 })));
}
