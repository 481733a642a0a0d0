import { serve } from "@hono/node-server";
import { asc, count, desc, eq, inArray } from "drizzle-orm";
import { Hono } from "hono";
import { db } from "./db";
import { posts, tags, users } from "./schema";

const userRoutes = new Hono()
  .get("/posts", async (c) => {
    const all = await db.select().from(users).orderBy(asc(users.id));
    const result = [];
    for (const user of all) {
      const own = await db.query.posts.findMany({ where: eq(posts.userId, user.id), orderBy: asc(posts.id) });
      result.push({ name: user.name, titles: own.map((post) => post.title) });
    }
    return c.json(result);
  })
  .get("/posts-loaded", async (c) => c.json(await db.query.users.findMany({ with: { posts: { orderBy: asc(posts.id) } }, orderBy: asc(users.id) })))
  .get("/counts", async (c) => {
    const all = await db.query.users.findMany({ orderBy: asc(users.id) });
    const result = await Promise.all(all.map(async (user) => ({ name: user.name, count: await db.$count(posts, eq(posts.userId, user.id)) })));
    return c.json(result);
  })
  .get("/counts-grouped", async (c) => c.json(await db.select({ userId: posts.userId, count: count() }).from(posts).groupBy(posts.userId).orderBy(posts.userId)))
  .get("/:id", async (c) => {
    const [user] = await db.select().from(users).where(eq(users.id, Number(c.req.param("id")))).limit(1);
    if (!user) return c.notFound();
    const own = await db.select().from(posts).where(eq(posts.userId, user.id)).orderBy(desc(posts.id)).limit(5);
    return c.json({ name: user.name, posts: own });
  });

const postRoutes = new Hono();

postRoutes.get("/authors", async (c) => {
  const all = await db.select().from(posts).orderBy(asc(posts.id));
  const result = [];
  for (const post of all) {
    const author = await db.query.users.findFirst({ where: eq(users.id, post.userId ?? 0) });
    result.push({ title: post.title, author: author?.name });
  }
  return c.json(result);
});

postRoutes.get("/authors-joined", async (c) => c.json(await db.select({ title: posts.title, author: users.name }).from(posts).leftJoin(users, eq(posts.userId, users.id)).orderBy(asc(posts.id))));

postRoutes.get("/authors-looked-up", async (c) => {
  const all = await db.select().from(posts).orderBy(asc(posts.id));
  const found = await db.select().from(users).where(inArray(users.id, all.map((post) => post.userId ?? 0)));
  const byId = new Map(found.map((user) => [user.id, user]));
  return c.json(all.map((post) => ({ title: post.title, author: byId.get(post.userId ?? 0)?.name })));
});

postRoutes.get("/", async (c) => {
  const page = Number(c.req.query("page") ?? 1);
  const items = await db.select().from(posts).orderBy(asc(posts.id)).limit(20).offset((page - 1) * 20);
  const total = await db.$count(posts);
  return c.json({ items, total });
});

postRoutes.post("/tags", async (c) => {
  const { names } = await c.req.json<{ names: string[] }>();
  for (const name of names) await db.insert(tags).values({ name });
  return c.json({ made: names.length });
});

postRoutes.post("/tags-at-once", async (c) => {
  const { names } = await c.req.json<{ names: string[] }>();
  await db.insert(tags).values(names.map((name) => ({ name })));
  return c.json({ made: names.length });
});

export function start(): Promise<number> {
  const app = new Hono();
  app.route("/users", userRoutes);
  app.route("/posts", postRoutes);
  return new Promise((resolve) => serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port)));
}
