import { MikroORM } from "@mikro-orm/postgresql";
import { Post, Tag, User } from "./entities";

export const orm = new MikroORM({ entities: [User, Post, Tag], clientUrl: process.env.DATABASE_URL, dbName: "postgres", pool: { min: 0, max: 1 } });

export const close = () => orm.close();
