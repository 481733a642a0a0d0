import { DataTypes, Sequelize } from "sequelize";

export const sequelize = new Sequelize(process.env.DATABASE_URL!, { logging: false, pool: { max: 1 } });

export const User = sequelize.define("User", { email: { type: DataTypes.STRING, unique: true }, name: DataTypes.STRING }, { timestamps: false });

export const Post = sequelize.define("Post", { title: DataTypes.STRING, views: { type: DataTypes.INTEGER, defaultValue: 0 } }, { timestamps: false });

export const Note = sequelize.define("Note", { text: DataTypes.STRING }, { timestamps: false });

export const Tag = sequelize.define("Tag", { name: DataTypes.STRING }, { timestamps: false });

User.hasMany(Post, { as: "posts", foreignKey: "userId" });
Post.belongsTo(User, { as: "user", foreignKey: "userId" });

export const close = () => sequelize.close();
