import { Op } from "sequelize";
import { Note, Post, Tag, User } from "./models";

export async function namesOneByOne(ids: number[]) {
  const names = [];
  for (const id of ids) {
    const user = await User.findByPk(id);
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesOfText(ids: string[]) {
  const names = [];
  for (const id of ids) {
    const user = await User.findByPk(id);
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesAtOnce(ids: number[]) {
  return Promise.all(ids.map(async (id) => (await User.findOne({ where: { id } }))?.name ?? null));
}

export async function namesByEmail(emails: string[]) {
  const names = [];
  for (const email of emails) {
    const user = await User.findOne({ where: { email } });
    if (!user) continue;
    names.push(user.name);
  }
  return names;
}

export async function authors() {
  const posts = await Post.findAll({ order: [["id", "ASC"]] });
  const lines = [];
  for (const post of posts) {
    const user = await post.getUser();
    lines.push(`${post.title} ${user?.name}`);
  }
  return lines;
}

export async function titles() {
  const users = await User.findAll({ order: [["id", "DESC"]] });
  const lines = [];
  for (const user of users) {
    const posts = await user.getPosts();
    lines.push(`${user.name}: ${posts.map((post) => post.title).sort().join()}`);
  }
  return lines;
}

export async function titlesByQuery() {
  const users = await User.findAll({ order: [["id", "ASC"]] });
  const lines = [];
  for (const user of users) {
    const posts = await Post.findAll({ where: { userId: user.id }, order: [["title", "DESC"]] });
    lines.push(`${user.name}: ${posts.map((post) => post.title).join()}`);
  }
  return lines;
}

export async function addTags(names: string[]) {
  for (const name of names) {
    await Tag.create({ name });
  }
  return Tag.findAll({ order: [["id", "ASC"]] });
}

export async function clearViews(ids: number[]) {
  for (const id of ids) {
    await Post.update({ views: 0 }, { where: { id } });
  }
  return Post.findAll({ order: [["id", "ASC"]] });
}

export async function archive() {
  const posts = await Post.findAll({ where: { views: { [Op.gt]: 2 } } });
  for (const post of posts) {
    await post.update({ title: "archived" });
  }
  return Post.findAll({ order: [["id", "ASC"]] });
}

export async function removeNotes(ids: number[]) {
  for (const id of ids) {
    await Note.destroy({ where: { id } });
  }
  return Note.findAll({ order: [["id", "ASC"]] });
}

export async function removeEmpty() {
  const notes = await Note.findAll({ where: { text: "" } });
  for (const note of notes) {
    await note.destroy();
  }
  return Note.findAll({ order: [["id", "ASC"]] });
}

export async function anyTitled(title: string) {
  return (await Post.count({ where: { title } })) > 0;
}
