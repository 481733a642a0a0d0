import { DataSource } from "typeorm";
import { Note, Post, Tag, User } from "./entities";

export const dataSource = new DataSource({ type: "postgres", url: process.env.DATABASE_URL, poolSize: 1, installExtensions: false, entities: [User, Post, Note, Tag] });

export const close = () => dataSource.destroy();
