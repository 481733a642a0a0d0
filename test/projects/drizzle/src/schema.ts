import { relations } from "drizzle-orm";
import { integer, pgTable, serial, text } from "drizzle-orm/pg-core";

export const users = pgTable("users", { id: serial("id").primaryKey(), email: text("email").notNull().unique(), name: text("name").notNull() });

export const posts = pgTable("posts", {
  id: serial("id").primaryKey(),
  title: text("title").notNull(),
  views: integer("views").notNull().default(0),
  userId: integer("user_id").references(() => users.id),
});

export const notes = pgTable("notes", { id: serial("id").primaryKey(), text: text("text").notNull() });

export const tags = pgTable("tags", { id: serial("id").primaryKey(), name: text("name").notNull() });

export const usersRelations = relations(users, ({ many }) => ({ posts: many(posts) }));

export const postsRelations = relations(posts, ({ one }) => ({ user: one(users, { fields: [posts.userId], references: [users.id] }) }));
