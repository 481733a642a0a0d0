import { defineEntity, p } from "@mikro-orm/core";

export const User = defineEntity({
  name: "User",
  properties: {
    id: p.integer().primary(),
    email: p.string().unique(),
    name: p.string(),
    posts: () => p.oneToMany(Post).mappedBy("user"),
  },
});

export const Post = defineEntity({
  name: "Post",
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    views: p.integer(),
    user: () => p.manyToOne(User).ref().nullable(),
  },
});

export const Tag = defineEntity({
  name: "Tag",
  properties: {
    id: p.integer().primary(),
    name: p.string(),
  },
});
