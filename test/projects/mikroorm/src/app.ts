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
