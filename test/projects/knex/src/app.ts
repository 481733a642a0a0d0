import { db } from "./db";

export async function namesOneByOne(ids: number[]) {
  const names = [];
  for (const id of ids) {
    const user = await db("users").where({ id }).first();
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesOfText(ids: string[]) {
  const names = [];
  for (const id of ids) {
    const user = await db("users").where({ id }).first();
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesAtOnce(ids: number[]) {
  return Promise.all(ids.map(async (id) => (await db("users").where("id", id).first())?.name ?? null));
}

export async function namesByEmail(emails: string[]) {
  const names = [];
  for (const email of emails) {
    const user = await db("users").where({ email }).first();
    if (!user) continue;
    names.push(user.name);
  }
  return names;
}

export async function authors() {
  const posts = await db("posts").orderBy("id");
  const lines = [];
  for (const post of posts) {
    const user = await db("users").where("id", post.user_id).first();
    lines.push(`${post.title} ${user?.name}`);
  }
  return lines;
}

export async function titles() {
  const users = await db("users").orderBy("id", "desc");
  const lines = [];
  for (const user of users) {
    const posts = await db("posts").where({ user_id: user.id }).orderBy("title");
    lines.push(`${user.name}: ${posts.map((post) => post.title).join()}`);
  }
  return lines;
}

export async function addTags(names: string[]) {
  for (const name of names) {
    await db("tags").insert({ name });
  }
  return db("tags").orderBy("id");
}

export async function clearViews(ids: number[]) {
  for (const id of ids) {
    await db("posts").where({ id }).update({ views: 0 });
  }
  return db("posts").orderBy("id");
}

export async function removeNotes(ids: number[]) {
  for (const id of ids) {
    await db("notes").where({ id }).del();
  }
  return db("notes").orderBy("id");
}
