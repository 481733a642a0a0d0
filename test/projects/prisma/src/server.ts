import fastify, { type FastifyInstance } from "fastify";
import { prisma } from "./db";

async function userRoutes(app: FastifyInstance) {
  app.get("/posts", async () => {
    const users = await prisma.user.findMany({ orderBy: { id: "asc" } });
    return Promise.all(users.map(async (user) => ({ ...user, posts: await prisma.post.findMany({ where: { userId: user.id }, orderBy: { id: "asc" } }) })));
  });

  app.get("/posts-loaded", async () => prisma.user.findMany({ include: { posts: { orderBy: { id: "asc" } } }, orderBy: { id: "asc" } }));

  app.get("/counts", async (request, reply) => {
    const result: Record<string, number> = {};
    for (const user of await prisma.user.findMany({ orderBy: { id: "asc" } })) {
      result[user.email] = await prisma.post.count({ where: { userId: user.id } });
    }
    return reply.send(result);
  });

  app.get("/counts-loaded", async () => prisma.user.findMany({ select: { email: true, _count: { select: { posts: true } } }, orderBy: { id: "asc" } }));

  app.get<{ Params: { id: string } }>("/:id", async (request, reply) => {
    const user = await prisma.user.findUnique({ where: { id: Number(request.params.id) } });
    if (!user) return reply.code(404).send();
    const posts = await prisma.post.findMany({ where: { userId: user.id }, take: 5, orderBy: { id: "desc" } });
    return { ...user, posts };
  });
}

async function postRoutes(app: FastifyInstance) {
  app.get("/authors", async () => {
    const posts = await prisma.post.findMany({ orderBy: { id: "asc" } });
    const result = [];
    for (const post of posts) {
      const author = await prisma.user.findFirst({ where: { id: post.userId ?? 0 } });
      result.push({ title: post.title, author: author?.name });
    }
    return result;
  });

  app.get("/authors-looked-up", async () => {
    const posts = await prisma.post.findMany({ orderBy: { id: "asc" } });
    const users = await prisma.user.findMany({ where: { id: { in: posts.map((post) => post.userId ?? 0) } } });
    const byId = new Map(users.map((user) => [user.id, user]));
    return posts.map((post) => ({ title: post.title, author: byId.get(post.userId ?? 0)?.name }));
  });

  app.get<{ Querystring: { page?: string } }>("/", async (request) => {
    const page = Number(request.query.page ?? 1);
    const [posts, total] = await Promise.all([prisma.post.findMany({ skip: (page - 1) * 20, take: 20, orderBy: { id: "asc" } }), prisma.post.count()]);
    return { posts, total };
  });

  app.post<{ Body: { names: string[] } }>("/tags", async (request) => {
    const { names } = request.body;
    for (const name of names) await prisma.tag.create({ data: { name } });
    return { made: names.length };
  });

  app.post<{ Body: { names: string[] } }>("/tags-at-once", async (request) => {
    const { count } = await prisma.tag.createMany({ data: request.body.names.map((name) => ({ name })) });
    return { made: count };
  });
}

export async function start(): Promise<number> {
  const app = fastify();
  await app.register(userRoutes, { prefix: "/users" });
  await app.register(postRoutes, { prefix: "/posts" });
  await app.listen({ port: 0, host: "127.0.0.1" });
  const address = app.server.address();
  return typeof address === "object" ? address!.port : 0;
}
