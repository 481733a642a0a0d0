import { strict as assert } from "node:assert";
import { rules } from "../../rules";
import { openProject, pathOf } from "../harness/project";
import { itEndsInFreshFindings, itResumesToFreshFindings, type EditedProject } from "../harness/random-edits";

const start: Readonly<Record<string, string>> = {
  "package.json": `{ "name": "shop", "dependencies": { "@prisma/client": "^5.2.0", "express": "4", "typeorm": "0.3.20", "@apollo/server": "4" } }
`,
  "tsconfig.json": `{
  // Names of our own.
  "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"], "@db": ["./src/db/index.ts"] } }
}
`,
  "prisma/schema.prisma": `datasource db {
  provider = "postgresql"
  url      = env("DATABASE_URL")
}

generator client {
  provider = "prisma-client-js"
}

model User {
  id     Int     @id @default(autoincrement())
  email  String  @unique
  orders Order[]
}

model Order {
  id     Int    @id @default(autoincrement())
  status String
  user   User   @relation(fields: [userId], references: [id])
  userId Int
  lines  Line[]
}

model Line {
  id      Int   @id @default(autoincrement())
  order   Order @relation(fields: [orderId], references: [id])
  orderId Int
}
`,
  "src/db/client.ts": `import { PrismaClient } from "@prisma/client";

export const prisma = new PrismaClient();
`,
  "src/db/index.ts": `export * from "./client";
export { AppDataSource as dataSource } from "./source";
`,
  "src/db/source.ts": `import { DataSource } from "typeorm";
import { Invoice } from "../entities/invoice";

export const AppDataSource = new DataSource({ type: "postgres", entities: [Invoice] });
`,
  "src/entities/invoice.ts": `import { Column, Entity, ManyToOne, PrimaryGeneratedColumn } from "typeorm";

@Entity()
export class Customer {
  @PrimaryGeneratedColumn() id: number;
  @Column() name: string;
}

@Entity()
export class Invoice {
  @PrimaryGeneratedColumn() id: number;
  @Column() number: string;
  @ManyToOne(() => Customer) customer: Promise<Customer>;
}
`,
  "src/services/orders.ts": `import { prisma } from "@db";

export class OrderService {
  async open() {
    return prisma.order.findMany({ where: { status: "open" } });
  }

  async owners() {
    const orders = await this.open();
    const users = [];
    for (const order of orders) {
      users.push(await prisma.user.findUnique({ where: { id: order.userId } }));
    }
    return users;
  }
}

export async function lines(id: number) {
  return prisma.line.findMany({ where: { orderId: id } });
}
`,
  "src/services/invoices.ts": `import { dataSource } from "../db";
import { Invoice } from "@/entities/invoice";

export const invoices = {
  async names() {
    const rows = await dataSource.getRepository(Invoice).find();
    const names = [];
    for (const row of rows) names.push((await row.customer).name);
    return names;
  },
};
`,
  "src/routes/orders.ts": `import { Router } from "express";
import { OrderService, lines } from "../services/orders";
import { invoices } from "@/services/invoices";

const service = new OrderService();
const router = Router();
router.get("/owners", async (req, res) => {
  res.json(await service.owners());
});
router.get("/lines", async (req, res) => {
  const orders = await service.open();
  res.json(await Promise.all(orders.map((order) => lines(order.id))));
});
router.get("/invoices", (req, res) => invoices.names());
export default router;
`,
  "src/app.ts": `import express from "express";
import orders from "./routes/orders";

const app = express();
app.use("/orders", orders);
app.listen(3000);
`,
  "src/resolvers.ts": `import { prisma } from "./db";

export const resolvers = {
  Query: { orders: () => prisma.order.findMany() },
  Order: { user: (order) => prisma.user.findUnique({ where: { id: order.userId } }) },
};
`,
  "src/jobs/remind.ts": `import { prisma } from "@/db/client";
import { lines } from "../services/orders";

export async function remind(ids: number[]) {
  for (const id of ids) {
    await prisma.order.update({ where: { id }, data: { status: "late" } });
    await lines(id);
  }
}
`,
  "src/services/audit.ts": `import { prisma } from "../db/client";

export async function audit(ids: number[], { deep }: { deep: boolean }) {
  for (const id of ids) {
    if (deep) await prisma.line.findMany({ where: { orderId: id } });
  }
}

export async function auditAll(ids: number[], deep: boolean) {
  await audit(ids, { deep });
}
`,
  "src/jobs/audit.ts": `import { auditAll } from "../services/audit";

export async function nightly(ids: number[]) {
  await auditAll(ids, false);
}
`,
  "src/ports.ts": `export interface Owners {
  byId(id: number): Promise<unknown>;
}
`,
  "src/owners.ts": `import { prisma } from "./db";
import { Owners } from "./ports";

export class OwnersInDatabase implements Owners {
  async byId(id: number) {
    return prisma.user.findUnique({ where: { id } });
  }
}
`,
  "src/report.ts": `import { Owners } from "./ports";

export class Report {
  constructor(private readonly owners: Owners) {}

  async run(ids: number[]) {
    const found = [];
    for (const id of ids) found.push(await this.owners.byId(id));
    return found;
  }
}
`,
  "src/actions.ts": `"use server";
import { prisma } from "@/db/client";

export async function archive(ids: number[]) {
  for (const id of ids) await prisma.line.findMany({ where: { orderId: id } });
}
`,
  "src/form.tsx": `"use client";
import { archive as submit } from "./actions";
`,
  "scripts/run.ts": `import { remind } from "../src/jobs/remind";

remind([1, 2]);
`,
};

describe("workspace of scripts: any sequence of edits", () => {
  it("starts with findings that name what reaches them", async () => {
    const workspace = await openProject(new Map(Object.entries(start)), rules, {}, "none");
    workspace.checkAll();
    const found = workspace.allFindings().filter((each) => each.ruleId === "query-in-loop");
    assert.ok(found.length >= 3, found.map((each) => `${pathOf(each.at.uri)} ${each.message}`).join("\n"));
    assert.ok(found.some((each) => each.related.some((one) => one.message === "reached from GET /orders/owners")));
  });

  it("looks again where an interface has another class to do it, or two", async () => {
    const workspace = await openProject(new Map(Object.entries(start)), rules, {}, "none");
    const found = (): readonly string[] => {
      workspace.checkAll();
      return workspace.allFindings().filter((each) => each.ruleId === "query-in-loop" && each.at.uri.endsWith("/src/report.ts")).map((each) => each.message);
    };
    assert.equal(found().length, 1);
    const uri = workspace.uris().find((each) => each.endsWith("/src/owners.ts"))!;
    const text = workspace.text(uri)!;
    workspace.apply([{ uri, text: text.replace(" implements Owners", "") }]);
    assert.deepEqual(found(), []);
    workspace.apply([{ uri, text }]);
    assert.equal(found().length, 1);
    workspace.apply([{ uri, text: `${text}export class Others implements Owners {\n  async byId(id: number) {\n    return prisma.order.findUnique({ where: { id } });\n  }\n}\n` }]);
    assert.deepEqual(found(), []);
  });

  it("looks again where a command gets a handler, or loses it", async () => {
    const handler = (decorator: string): string => `import { CommandHandler } from "@nestjs/cqrs";
import { prisma } from "./db";
import { FindOwner } from "./find-owner";

${decorator}
export class FindOwnerHandler {
  async execute(command: FindOwner) {
    return prisma.user.findUnique({ where: { id: command.id } });
  }
}
`;
    const files = {
      ...start,
      "src/find-owner.ts": "export class FindOwner {\n  constructor(public readonly id: number) {}\n}\n",
      "src/find-owner.handler.ts": handler("@CommandHandler(FindOwner)"),
      "src/owners-of.ts": `import { CommandBus } from "@nestjs/cqrs";
import { FindOwner } from "./find-owner";

export async function ownersOf(bus: CommandBus, ids: number[]) {
  const found = [];
  for (const id of ids) found.push(await bus.execute(new FindOwner(id)));
  return found;
}
`,
    };
    const workspace = await openProject(new Map(Object.entries(files)), rules, {}, "none");
    const found = (): number => {
      workspace.checkAll();
      return workspace.allFindings().filter((each) => each.ruleId === "query-in-loop" && each.at.uri.endsWith("/src/owners-of.ts")).length;
    };
    assert.equal(found(), 1);
    const uri = workspace.uris().find((each) => each.endsWith("/src/find-owner.handler.ts"))!;
    workspace.apply([{ uri, text: handler("@Injectable()") }]);
    assert.equal(found(), 0);
    workspace.apply([{ uri, text: handler("@CommandHandler(FindOwner)") }]);
    assert.equal(found(), 1);
  });

  const project: EditedProject = {
    start,
    seeds: 8,
    open: () => openProject(new Map(Object.entries(start)), rules, {}, "none"),
    empty: () => openProject(new Map(), rules, {}, "none"),
    afresh: (workspace) => openProject(new Map(workspace.uris().map((uri) => [pathOf(uri), workspace.text(uri)!])), rules, {}, "none"),
    comment: (path) => (path.endsWith(".json") ? "" : "// a comment"),
    changes: [
      (text) => text.replace(/\bopen\b/g, "closed").replace("export *", "export type *").replace('"/orders"', '"/shop"').replace("./src/*", "./source/*").replace(" implements Owners", "").replace("archive as", "restore as"),
      (text) => text.replace("findMany()", "findMany({ include: { user: true } })").replace("^5.2.0", "^6.1.0").replace("class OrderService", "class OrdersService").replace("ids, false", "ids, true").replace("class Report", "class Report implements Owners").replace('"./routes/orders"', '"./routes/none"'),
    ],
  };
  itEndsInFreshFindings(project);
  itResumesToFreshFindings(project);
});
