import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { orm } from "./db";
import { Post, Tag, User } from "./entities";

const users = new Hono();

users.get("/posts", async (c) => {
  const em = orm.em.fork();
  const all = await em.find(User, {}, { orderBy: { id: "asc" } });
  const result = [];
  for (const user of all) {
    const posts = await user.posts.loadItems();
    result.push({ name: user.name, count: posts.length });
  }
  return c.json(result);
});

users.get("/posts-by-query", async (c) => {
  const em = orm.em.fork();
  const all = await em.find(User, {}, { orderBy: { id: "asc" } });
  const result = [];
  for (const user of all) {
    const posts = await em.find(Post, { user: user.id }, { orderBy: { id: "asc" } });
    result.push({ name: user.name, titles: posts.map((post) => post.title) });
  }
  return c.json(result);
});

users.get("/posts-loaded", async (c) => {
  const em = orm.em.fork();
  const all = await em.find(User, {}, { populate: ["posts"], orderBy: { id: "asc" } });
  return c.json(all.map((user) => ({ name: user.name, count: user.posts.length })));
});

users.get("/counts", async (c) => {
  const em = orm.em.fork();
  const all = await em.find(User, {}, { orderBy: { id: "asc" } });
  return c.json(await Promise.all(all.map(async (user) => ({ name: user.name, count: await em.count(Post, { user: user.id }) }))));
});

users.get("/:id", async (c) => {
  const em = orm.em.fork();
  const user = await em.findOne(User, { id: Number(c.req.param("id")) });
  if (!user) return c.notFound();
  const posts = await em.find(Post, { user: user.id }, { orderBy: { id: "desc" }, limit: 5 });
  return c.json({ name: user.name, titles: posts.map((post) => post.title) });
});

const posts = new Hono();

posts.get("/authors-loaded", async (c) => {
  const em = orm.em.fork();
  const all = await em.find(Post, {}, { populate: ["user"], orderBy: { id: "asc" } });
  return c.json(all.map((post) => ({ title: post.title, author: post.user?.$.name })));
});

posts.get("/", async (c) => {
  const em = orm.em.fork();
  const page = Number(c.req.query("page") ?? 1);
  const [items, total] = await em.findAndCount(Post, {}, { orderBy: { id: "asc" }, offset: (page - 1) * 20, limit: 20 });
  return c.json({ titles: items.map((post) => post.title), total });
});

posts.post("/tags", async (c) => {
  const em = orm.em.fork();
  const { names } = await c.req.json<{ names: string[] }>();
  for (const name of names) await em.insert(Tag, { name });
  return c.json({ made: names.length });
});

posts.post("/tags-at-once", async (c) => {
  const em = orm.em.fork();
  const { names } = await c.req.json<{ names: string[] }>();
  await em.insertMany(Tag, names.map((name) => ({ name })));
  return c.json({ made: names.length });
});

export function start(): Promise<number> {
  const app = new Hono();
  app.route("/users", users);
  app.route("/posts", posts);
  return new Promise((resolve) => serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => resolve(port)));
}
