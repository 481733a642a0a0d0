import { strict as assert } from "node:assert";
import { rules } from "../../rules";
import { openProject } from "../harness/project";

const named = (count: number): string => Array.from({ length: count }, (_, i) => `  tool_${i}: { run: async (id: number) => id + ${i} },`).join("\n");

/** The lines that query-in-loop points at. */
async function lines(registry: string, use: string): Promise<readonly number[]> {
  const files = { "src/tools.ts": `import { prisma } from "./db";\n\nexport const tools = {\n${registry}\n  orders: { run: (id: number) => prisma.order.findFirst({ where: { customerId: id } }) },\n} as const;\n`, "src/use.ts": use };
  const workspace = await openProject(new Map(Object.entries(files)), rules, {}, "prisma");
  workspace.checkAll();
  const text = files["src/use.ts"];
  return workspace.allFindings().filter(({ ruleId, at }) => ruleId === "query-in-loop" && at.uri.endsWith("/use.ts")).map(({ at }) => text.slice(0, at.span.start).split("\n").length);
}

describe("registries of many named objects", () => {
  const use = [
    `import { prisma } from "./db";`,
    `import { tools } from "./tools";`,
    `async function one(id: number, all = tools) {`,
    `  return all.orders.run(id);`,
    `}`,
    `export async function handed() {`,
    `  for (const customer of await prisma.customer.findMany()) await one(customer.id);`,
    `}`,
    `export async function start() {`,
    `  for (const customer of await prisma.customer.findMany()) await tools.orders.run(customer.id);`,
    `  for (const customer of await prisma.customer.findMany()) await tools.tool_1.run(customer.id);`,
    `}`,
  ].join("\n");

  it("are looked up by name, handed on as options as well", async () => {
    assert.deepEqual(await lines(named(150), use), [7, 10]);
  });

  it("say what few of them say", async () => {
    assert.deepEqual(await lines(named(3), use), [7, 10]);
  });
});
