import { orm } from "./db";
import { Post, Tag, User } from "./entities";

export async function namesOneByOne(ids: number[]) {
  const em = orm.em.fork();
  const names = [];
  for (const id of ids) {
    const user = await em.findOne(User, { id });
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesByEmail(emails: string[]) {
  const em = orm.em.fork();
  const names = [];
  for (const email of emails) {
    const user = await em.findOne(User, { email });
    if (!user) continue;
    names.push(user.name);
  }
  return names;
}

export async function authors() {
  const em = orm.em.fork();
  const posts = await em.find(Post, {}, { orderBy: { id: "asc" } });
  const lines = [];
  for (const post of posts) {
    const user = await post.user?.load();
    lines.push(`${post.title} ${user?.name}`);
  }
  return lines;
}

export async function titles() {
  const em = orm.em.fork();
  const users = await em.find(User, {}, { orderBy: { id: "desc" } });
  const lines = [];
  for (const user of users) {
    const posts = await user.posts.loadItems();
    lines.push(`${user.name}: ${posts.map((post) => post.title).sort().join()}`);
  }
  return lines;
}

export async function addTags(names: string[]) {
  const em = orm.em.fork();
  for (const name of names) {
    em.create(Tag, { name });
    await em.flush();
  }
  return (await orm.em.fork().find(Tag, {}, { orderBy: { id: "asc" } })).map((tag) => tag.name);
}

export async function titlesAtOnce() {
  const users = await orm.em.fork().find(User, {}, { populate: ["posts"], orderBy: { id: "asc" } });
  return users.map((user) => `${user.name}: ${user.posts.getItems().map((post) => post.title).sort().join()}`);
}

export async function titlesAfterwards() {
  const em = orm.em.fork();
  const users = await em.find(User, {}, { orderBy: { id: "asc" } });
  await em.populate(users, ["posts"]);
  return users.map((user) => `${user.name}: ${user.posts.length}`);
}

export async function pageAndNumber() {
  const [users, all] = await orm.em.fork().findAndCount(User, {}, { orderBy: { id: "asc" }, limit: 2 });
  return { names: users.map((user) => user.name), all };
}

export async function twice(id: number) {
  const em = orm.em.fork();
  const user = await em.findOne(User, { id });
  const again = await em.findOne(User, { id });
  return [user?.name, again?.name];
}

export async function addTogether(names: string[]) {
  const em = orm.em.fork();
  for (const name of names) {
    em.create(Tag, { name });
  }
  await em.flush();
  return names.length;
}

export async function raise() {
  const em = orm.em.fork();
  const posts = await em.find(Post, {});
  for (const post of posts) {
    post.views += 1;
  }
  await em.flush();
  return posts.map((post) => post.views).sort();
}

export async function removeTags() {
  const em = orm.em.fork();
  const tags = await em.find(Tag, {});
  for (const tag of tags) {
    em.remove(tag);
  }
  await em.flush();
  return tags.length;
}

export async function register(email: string) {
  const em = orm.em.fork();
  const user = em.create(User, { id: 100, email, name: "new" });
  em.create(Post, { id: 100, title: "first", views: 0, user });
  await em.flush();
  return user.name;
}
