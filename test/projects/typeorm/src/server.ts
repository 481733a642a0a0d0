import express, { Router, type NextFunction, type Request, type Response } from "express";
import { In } from "typeorm";
import { dataSource } from "./db";
import { Post, Tag, User } from "./entities";

class UserController {
  private readonly users = dataSource.getRepository(User);
  private readonly posts = dataSource.getRepository(Post);

  list = async (_request: Request, response: Response) => {
    const users = await this.users.find({ order: { id: "ASC" } });
    const result = [];
    for (const user of users) {
      const posts = await this.posts.find({ where: { userId: user.id }, order: { id: "ASC" } });
      result.push({ name: user.name, titles: posts.map((post) => post.title) });
    }
    response.json(result);
  };

  lazy = async (_request: Request, response: Response) => {
    const users = await this.users.find({ order: { id: "ASC" } });
    const result = [];
    for (const user of users) result.push({ name: user.name, count: (await user.posts).length });
    response.json(result);
  };

  loaded = async (_request: Request, response: Response) => {
    const users = await this.users.find({ relations: { posts: true }, order: { id: "ASC" } });
    const result = [];
    for (const user of users) result.push({ name: user.name, count: (await user.posts).length });
    response.json(result);
  };

  counts = async (_request: Request, response: Response) => {
    const users = await this.users.find({ order: { id: "ASC" } });
    response.json(await Promise.all(users.map(async (user) => ({ name: user.name, count: await this.posts.countBy({ userId: user.id }) }))));
  };

  show = async (request: Request, response: Response, next: NextFunction) => {
    try {
      const user = await this.users.findOneBy({ id: Number(request.params.id) });
      if (!user) return void response.sendStatus(404);
      const posts = await this.posts.find({ where: { userId: user.id }, order: { id: "DESC" }, take: 5 });
      response.json({ name: user.name, posts });
    } catch (error) {
      next(error);
    }
  };
}

function postRouter(): Router {
  const router = Router();
  const posts = dataSource.getRepository(Post);
  const users = dataSource.getRepository(User);
  const tags = dataSource.getRepository(Tag);

  router.get("/authors", async (_request, response) => {
    const all = await posts.find({ order: { id: "ASC" } });
    const result = [];
    for (const post of all) {
      const author = await users.findOne({ where: { id: post.userId ?? 0 } });
      result.push({ title: post.title, author: author?.name });
    }
    response.json(result);
  });

  router.get("/authors-looked-up", async (_request, response) => {
    const all = await posts.find({ order: { id: "ASC" } });
    const found = await users.findBy({ id: In(all.map((post) => post.userId ?? 0)) });
    const byId = new Map(found.map((user) => [user.id, user]));
    response.json(all.map((post) => ({ title: post.title, author: byId.get(post.userId ?? 0)?.name })));
  });

  router.get("/", async (request, response) => {
    const page = Number(request.query.page ?? 1);
    const [items, total] = await posts.findAndCount({ order: { id: "ASC" }, skip: (page - 1) * 20, take: 20 });
    response.json({ items, total });
  });

  router.post("/tags", async (request, response) => {
    const { names } = request.body as { names: string[] };
    for (const name of names) await tags.insert({ name });
    response.json({ made: names.length });
  });

  router.post("/tags-at-once", async (request, response) => {
    const names: string[] = request.body.names;
    await tags.insert(names.map((name) => ({ name })));
    response.json({ made: names.length });
  });
  return router;
}

export function start(): Promise<number> {
  const app = express();
  const users = new UserController();
  app.use(express.json());
  app.get("/users/posts", users.list);
  app.get("/users/lazy", users.lazy);
  app.get("/users/posts-loaded", users.loaded);
  app.get("/users/counts", users.counts);
  app.get("/users/:id", users.show);
  app.use("/posts", postRouter());
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
  });
}
