import { prisma } from "./db";

export async function setup() {
  await prisma.user.createMany({ data: [1, 2, 3, 4, 5].map((id) => ({ id, email: `u${id}@x`, name: `n${id}` })) });
  await prisma.post.createMany({ data: ["b", "a", "c", "a", "e", "d", "z"].map((title, at) => ({ title, views: at % 4, userId: at === 6 ? null : (at % 3) + 1 })) });
  await prisma.note.createMany({ data: ["x", "", "y", "", "z"].map((text) => ({ text, userId: 1 })) });
}
