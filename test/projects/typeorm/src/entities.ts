import { Column, Entity, ManyToOne, OneToMany, PrimaryGeneratedColumn } from "typeorm";

@Entity()
export class User {
  @PrimaryGeneratedColumn()
  id: number;

  @Column("text", { unique: true })
  email: string;

  @Column("text")
  name: string;

  @OneToMany(() => Post, (post) => post.user, { lazy: true })
  posts: Promise<Post[]>;
}

@Entity()
export class Post {
  @PrimaryGeneratedColumn()
  id: number;

  @Column("text")
  title: string;

  @Column("int", { default: 0 })
  views: number;

  @Column("int", { nullable: true })
  userId: number | null;

  @ManyToOne(() => User, (user) => user.posts, { nullable: true, lazy: true })
  user: Promise<User | null>;
}

@Entity()
export class Note {
  @PrimaryGeneratedColumn()
  id: number;

  @Column("text")
  text: string;
}

@Entity()
export class Tag {
  @PrimaryGeneratedColumn()
  id: number;

  @Column("text")
  name: string;
}
