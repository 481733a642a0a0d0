import { prisma } from "./db";

export async function namesOneByOne(ids: number[]) {
  const names = [];
  for (const id of ids) {
    const user = await prisma.user.findUnique({ where: { id } });
    names.push(user?.name ?? null);
  }
  return names;
}

export async function namesAtOnce(ids: number[]) {
  return Promise.all(ids.map(async (id) => (await prisma.user.findFirst({ where: { id } }))?.name ?? null));
}

export async function namesByEmail(emails: string[]) {
  const names = [];
  for (const email of emails) {
    const user = await prisma.user.findUnique({ where: { email }, select: { id: true, name: true } });
    if (!user) continue;
    names.push(user.name);
  }
  return names;
}

export async function authors() {
  const posts = await prisma.post.findMany({ orderBy: { id: "asc" } });
  const lines = [];
  for (const post of posts) {
    const user = post.userId === null ? null : await prisma.user.findUnique({ where: { id: post.userId } });
    lines.push(`${post.title} ${user?.name}`);
  }
  return lines;
}

export async function titles() {
  const users = await prisma.user.findMany({ orderBy: { id: "desc" } });
  const lines = [];
  for (const user of users) {
    const posts = await prisma.post.findMany({ where: { userId: user.id }, orderBy: { title: "desc" } });
    lines.push(`${user.name}: ${posts.map((post) => post.title).join()}`);
  }
  return lines;
}

export async function viewed() {
  const users = await prisma.user.findMany({ orderBy: { id: "asc" } });
  const lines = [];
  for (const user of users) {
    const count = await prisma.post.count({ where: { userId: user.id, views: { gt: 1 } } });
    lines.push(`${user.name}: ${count}`);
  }
  return lines;
}

export async function addTags(names: string[]) {
  for (const name of names) {
    await prisma.tag.create({ data: { name } });
  }
  return prisma.tag.findMany({ orderBy: { id: "asc" } });
}

export async function clearViews(ids: number[]) {
  for (const id of ids) {
    await prisma.post.updateMany({ where: { id }, data: { views: 0 } });
  }
  return prisma.post.findMany({ orderBy: { id: "asc" } });
}

export async function archive() {
  const posts = await prisma.post.findMany({ where: { views: { gt: 2 } } });
  for (const post of posts) {
    await prisma.post.update({ where: { id: post.id }, data: { title: "archived" } });
  }
  return prisma.post.findMany({ orderBy: { id: "asc" } });
}

export async function removeNotes(ids: number[]) {
  for (const id of ids) {
    await prisma.note.deleteMany({ where: { id } });
  }
  return prisma.note.findMany({ orderBy: { id: "asc" } });
}

export async function removeEmpty() {
  const notes = await prisma.note.findMany({ where: { text: "" } });
  for (const note of notes) {
    await prisma.note.delete({ where: { id: note.id } });
  }
  return prisma.note.findMany({ orderBy: { id: "asc" } });
}
