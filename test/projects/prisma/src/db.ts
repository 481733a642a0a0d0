import { PrismaPg } from "@prisma/adapter-pg";
import { PrismaClient } from "../generated";

export const prisma = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 1 }) });

export const close = () => prisma.$disconnect();
