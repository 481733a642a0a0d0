import express, { Router } from "express";
import { db } from "./db";

const users = Router();

users.get("/posts", async (req, res) => {
  const all = await db("users").orderBy("id");
  for (const user of all) {
    user.posts = await db("posts").where({ user_id: user.id }).orderBy("id");
  }
  res.json(all);
});

users.get("/posts-joined", async (req, res) => {
  const rows = await db("users").leftJoin("posts", "posts.user_id", "users.id").select("users.name", "posts.title").orderBy(["users.id", "posts.id"]);
  res.json(rows);
});

users.get("/counts", async (req, res) => {
  const all = await db("users").orderBy("id");
  const result = await Promise.all(
    all.map(async (user) => {
      const row = await db("posts").where("user_id", user.id).count("* as count").first();
      return { name: user.name, count: Number(row?.count) };
    }),
  );
  res.json(result);
});

users.get("/counts-grouped", async (req, res) => {
  res.json(await db("posts").groupBy("user_id").select("user_id").count("* as count").orderBy("user_id"));
});

users.get("/:id", async (req, res) => {
  const user = await db("users").where({ id: req.params.id }).first();
  if (!user) return res.sendStatus(404);
  const posts = await db("posts").where({ user_id: user.id }).orderBy("id", "desc").limit(5);
  return res.json({ ...user, posts });
});

const posts = Router();

posts.get("/authors", async (req, res) => {
  const all = await db("posts").orderBy("id");
  const result = [];
  for (const post of all) {
    const author = await db("users").where({ id: post.user_id }).first();
    result.push({ title: post.title, author: author?.name });
  }
  res.json(result);
});

posts.get("/authors-looked-up", async (req, res) => {
  const all = await db("posts").orderBy("id");
  const found = await db("users").whereIn("id", all.map((post) => post.user_id));
  const byId = new Map(found.map((user) => [user.id, user]));
  res.json(all.map((post) => ({ title: post.title, author: byId.get(post.user_id)?.name })));
});

posts.get("/", async (req, res) => {
  const page = Number(req.query.page ?? 1);
  const items = await db("posts").orderBy("id").limit(20).offset((page - 1) * 20);
  const [{ total }] = await db("posts").count("* as total");
  res.json({ items, total });
});

posts.post("/tags", async (req, res) => {
  const { names } = req.body;
  for (const name of names) await db("tags").insert({ name });
  res.json({ made: names.length });
});

posts.post("/tags-at-once", async (req, res) => {
  const { names } = req.body;
  await db("tags").insert(names.map((name: string) => ({ name })));
  res.json({ made: names.length });
});

export function start(): Promise<number> {
  const app = express();
  app.use(express.json());
  app.use("/users", users);
  app.use("/posts", posts);
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}
