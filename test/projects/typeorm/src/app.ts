import { MoreThan } from "typeorm";
import { dataSource } from "./db";
import { Note, Post, Tag, User } from "./entities";

const users = dataSource.getRepository(User);
const posts = dataSource.getRepository(Post);
const notes = dataSource.getRepository(Note);
const tags = dataSource.getRepository(Tag);

export async function namesOneByOne(ids: number[]) {
  const names = [];
  for (const id of ids) {
    const user = await users.findOneBy({ id });
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesAtOnce(ids: number[]) {
  return Promise.all(ids.map(async (id) => (await users.findOne({ where: { id } }))?.name ?? null));
}

export async function namesByEmail(emails: string[]) {
  const names = [];
  for (const email of emails) {
    const user = await users.findOneBy({ email });
    if (!user) continue;
    names.push(user.name);
  }
  return names;
}

export async function authors() {
  const all = await posts.find({ order: { id: "ASC" } });
  const lines = [];
  for (const post of all) {
    const user = await post.user;
    lines.push(`${post.title} ${user?.name}`);
  }
  return lines;
}

export async function titles() {
  const all = await users.find({ order: { id: "DESC" } });
  const lines = [];
  for (const user of all) {
    const own = await user.posts;
    lines.push(`${user.name}: ${own.map((post) => post.title).sort().join()}`);
  }
  return lines;
}

export async function titlesByQuery() {
  const all = await users.find({ order: { id: "ASC" } });
  const lines = [];
  for (const user of all) {
    const own = await posts.find({ where: { userId: user.id }, order: { title: "DESC" } });
    lines.push(`${user.name}: ${own.map((post) => post.title).join()}`);
  }
  return lines;
}

export async function addTags(names: string[]) {
  for (const name of names) {
    await tags.save({ name });
  }
  return tags.find({ order: { id: "ASC" } });
}

export async function insertTags(names: string[]) {
  for (const name of names) {
    await tags.insert({ name });
  }
  return tags.find({ order: { id: "ASC" } });
}

export async function clearViews(ids: number[]) {
  for (const id of ids) {
    await posts.update({ id }, { views: 0 });
  }
  return (await posts.find({ order: { id: "ASC" } })).map((post) => [post.id, post.views]);
}

export async function archive() {
  const viewed = await posts.find({ where: { views: MoreThan(2) } });
  for (const post of viewed) {
    post.title = "archived";
    await posts.save(post);
  }
  return (await posts.find({ order: { id: "ASC" } })).map((post) => [post.id, post.title]);
}

export async function removeNotes(ids: number[]) {
  for (const id of ids) {
    await notes.delete(id);
  }
  return notes.find({ order: { id: "ASC" } });
}

export async function removeEmpty() {
  const empty = await notes.find({ where: { text: "" } });
  for (const note of empty) {
    await notes.remove(note);
  }
  return notes.find({ order: { id: "ASC" } });
}

export async function page(number: number) {
  const found = await users.find({ relations: { posts: true }, order: { id: "ASC" }, take: 2, skip: 2 * number });
  return Promise.all(found.map(async (user) => `${user.name}: ${(await user.posts).length}`));
}

export async function pageAndNumber() {
  const [found, all] = await users.findAndCount({ order: { id: "ASC" }, take: 2 });
  return { names: found.map((user) => user.name), all };
}

export async function postsByQuery() {
  const found = await users.find({ relations: { posts: true }, relationLoadStrategy: "query", order: { id: "ASC" } });
  return Promise.all(found.map(async (user) => `${user.name}: ${(await user.posts).length}`));
}

export async function pageOfBuilder() {
  const found = await users.createQueryBuilder("user").leftJoinAndSelect("user.posts", "post").orderBy("user.id").take(2).getMany();
  return found.map((user) => user.name);
}

export async function oneWithPosts(id: number) {
  const user = await users.findOne({ where: { id }, relations: { posts: true } });
  return user && `${user.name}: ${(await user.posts).length}`;
}
