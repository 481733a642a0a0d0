import { prisma } from "../db.js";

/** How many pieces an order has. */
export async function pieces(orderId: number): Promise<number> {
  const items = await prisma.orderItem.findMany({ where: { orderId } });
  return items.reduce((sum, item) => sum + item.quantity, 0);
}
