import express, { Router } from "express";
import { fn, col } from "sequelize";
import { Post, Tag, User } from "./models";

const users = Router();

users.get("/posts", async (req, res) => {
  const all = await User.findAll({ order: [["id", "ASC"]] });
  const result = [];
  for (const user of all) {
    const posts = await user.getPosts({ order: [["id", "ASC"]] });
    result.push({ name: user.name, titles: posts.map((post) => post.title) });
  }
  res.json(result);
});

users.get("/posts-loaded", async (req, res) => {
  const all = await User.findAll({ include: [{ model: Post, as: "posts" }], order: [["id", "ASC"], [{ model: Post, as: "posts" }, "id", "ASC"]] });
  res.json(all.map((user) => ({ name: user.name, titles: user.posts.map((post) => post.title) })));
});

users.get("/counts", async (req, res) => {
  const all = await User.findAll({ order: [["id", "ASC"]] });
  res.json(await Promise.all(all.map(async (user) => ({ name: user.name, count: await Post.count({ where: { userId: user.id } }) }))));
});

users.get("/counts-grouped", async (req, res) => {
  const counts = await Post.findAll({ attributes: ["userId", [fn("COUNT", col("id")), "count"]], group: ["userId"], order: [["userId", "ASC"]], raw: true });
  res.json(counts);
});

users.get("/:id", async (req, res) => {
  const user = await User.findByPk(req.params.id);
  if (!user) return res.sendStatus(404);
  const posts = await Post.findAll({ where: { userId: user.id }, limit: 5, order: [["id", "DESC"]] });
  return res.json({ name: user.name, posts });
});

const posts = Router();

posts.get("/authors", async (req, res) => {
  const all = await Post.findAll({ order: [["id", "ASC"]] });
  const result = [];
  for (const post of all) {
    const author = await post.getUser();
    result.push({ title: post.title, author: author?.name });
  }
  res.json(result);
});

posts.get("/authors-looked-up", async (req, res) => {
  const all = await Post.findAll({ order: [["id", "ASC"]] });
  const found = await User.findAll({ where: { id: all.map((post) => post.userId) } });
  const byId = new Map(found.map((user) => [user.id, user]));
  res.json(all.map((post) => ({ title: post.title, author: byId.get(post.userId)?.name })));
});

posts.get("/", async (req, res) => {
  const page = Number(req.query.page ?? 1);
  const { rows, count } = await Post.findAndCountAll({ order: [["id", "ASC"]], offset: (page - 1) * 20, limit: 20 });
  res.json({ rows, count });
});

posts.post("/tags", async (req, res) => {
  const { names } = req.body;
  for (const name of names) await Tag.create({ name });
  res.json({ made: names.length });
});

posts.post("/tags-at-once", async (req, res) => {
  const { names } = req.body;
  await Tag.bulkCreate(names.map((name: string) => ({ name })));
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
