import { Note, Post, sequelize, User } from "./models";

export async function setup() {
  await sequelize.sync();
  await User.bulkCreate([1, 2, 3, 4, 5].map((id) => ({ email: `u${id}@x`, name: `n${id}` })));
  await Post.bulkCreate(["b", "a", "c", "a", "e", "d", "z"].map((title, at) => ({ title, views: at % 4, userId: at === 6 ? null : (at % 3) + 1 })));
  await Note.bulkCreate(["x", "", "y", "", "z"].map((text) => ({ text })));
}
