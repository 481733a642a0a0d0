import { asc, desc, eq, gt } from "drizzle-orm";
import { db } from "./db";
import { notes, posts, tags, users } from "./schema";

export async function namesOneByOne(ids: number[]) {
  const names = [];
  for (const id of ids) {
    const [user] = await db.select().from(users).where(eq(users.id, id));
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesAtOnce(ids: number[]) {
  return Promise.all(ids.map(async (id) => (await db.query.users.findFirst({ where: eq(users.id, id) }))?.name ?? null));
}

export async function namesByEmail(emails: string[]) {
  const names = [];
  for (const email of emails) {
    const user = await db.query.users.findFirst({ where: eq(users.email, email), columns: { id: true, name: true } });
    if (!user) continue;
    names.push(user.name);
  }
  return names;
}

export async function titles() {
  const all = await db.select().from(users).orderBy(desc(users.id));
  const lines = [];
  for (const user of all) {
    const own = await db.select().from(posts).where(eq(posts.userId, user.id)).orderBy(desc(posts.title));
    lines.push(`${user.name}: ${own.map((post) => post.title).join()}`);
  }
  return lines;
}

export async function titlesByQuery() {
  const all = await db.query.users.findMany({ orderBy: asc(users.id) });
  const lines = [];
  for (const user of all) {
    const own = await db.query.posts.findMany({ where: eq(posts.userId, user.id), orderBy: asc(posts.id) });
    lines.push(`${user.name}: ${own.map((post) => post.title).join()}`);
  }
  return lines;
}

export async function addTags(names: string[]) {
  for (const name of names) {
    await db.insert(tags).values({ name });
  }
  return db.select().from(tags).orderBy(tags.id);
}

export async function clearViews(ids: number[]) {
  for (const id of ids) {
    await db.update(posts).set({ views: 0 }).where(eq(posts.id, id));
  }
  return db.select().from(posts).orderBy(posts.id);
}

export async function archive() {
  const viewed = await db.select().from(posts).where(gt(posts.views, 2));
  for (const post of viewed) {
    await db.update(posts).set({ title: "archived" }).where(eq(posts.id, post.id));
  }
  return db.select().from(posts).orderBy(posts.id);
}

export async function removeNotes(ids: number[]) {
  for (const id of ids) {
    await db.delete(notes).where(eq(notes.id, id));
  }
  return db.select().from(notes).orderBy(notes.id);
}

export async function howMany() {
  const all = await db.select().from(posts);
  return all.length;
}
