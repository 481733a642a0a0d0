import { strict as assert } from "node:assert";
import type { Finding, WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { openProject, pathOf, uriOf } from "../harness/project";

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
  "scripts/run.ts": `import { remind } from "../src/jobs/remind";

remind([1, 2]);
`,
};

/** A fixed sequence that looks random. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** One edit as people (and branch switches) make them; undefined deletes the file. */
function edit(text: string | undefined, path: string, next: (below: number) => number): string | undefined {
  if (text === undefined) return start[path];
  const lines = text.split("\n");
  const at = next(lines.length);
  switch (next(9)) {
    case 0: return undefined;
    case 1: return start[path];
    case 2: return path.endsWith(".json") ? `\n${text}` : `// a comment\n${text}`;
    case 3: lines.splice(at, 1); break;
    case 4: lines.splice(at, 0, lines[next(lines.length)]); break;
    case 5: lines[at] = lines[at].slice(0, next(lines[at].length + 1)); break;
    case 6: lines.splice(at, 0, ""); break;
    case 7: return text.replace(/\bopen\b/g, "closed").replace("export *", "export type *").replace('"/orders"', '"/shop"').replace("./src/*", "./source/*");
    default: return text.replace("findMany()", "findMany({ include: { user: true } })").replace("^5.2.0", "^6.1.0").replace("class OrderService", "class OrdersService");
  }
  return lines.join("\n");
}

function describeFinding(each: Finding): unknown {
  const place = ({ uri, span }: Finding["at"]): string => `${pathOf(uri)} ${span.start}-${span.end}`;
  return { key: each.key, message: each.message, severity: each.severity, at: place(each.at), related: each.related.map((one) => `${place(one.at)} ${one.message}`).sort() };
}

describe("workspace of scripts: any sequence of edits", () => {
  it("starts with findings that name what reaches them", async () => {
    const workspace = await openProject(new Map(Object.entries(start)), rules, {}, "none");
    workspace.checkAll();
    const found = workspace.allFindings().filter((each) => each.ruleId === "query-in-loop");
    assert.ok(found.length >= 3, found.map((each) => `${pathOf(each.at.uri)} ${each.message}`).join("\n"));
    assert.ok(found.some((each) => each.related.some((one) => one.message === "reached from GET /orders/owners")));
  });

  for (let seed = 1; seed <= 8; seed++) {
    it(`ends in the findings of a fresh start (${seed})`, async function () {
      this.timeout(30_000);
      const next = sequence(seed * 7919);
      const workspace: WorkspaceApi = await openProject(new Map(Object.entries(start)), rules, {}, "none");
      workspace.checkAll();
      const paths = Object.keys(start);
      for (let step = 0; step < 25; step++) {
        const path = paths[next(paths.length)];
        const text = edit(workspace.text(uriOf(path)), path, next);
        workspace.apply([{ uri: uriOf(path), text }]);
        workspace.checkAll();
        const fresh = await openProject(new Map(workspace.uris().map((uri) => [pathOf(uri), workspace.text(uri)!])), rules, {}, "none");
        fresh.checkAll();
        assert.deepEqual(workspace.allFindings().map(describeFinding), fresh.allFindings().map(describeFinding), `after step ${step} in ${path}`);
      }
    });
  }
});
