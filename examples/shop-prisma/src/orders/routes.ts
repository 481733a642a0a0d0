import type { Request, Response } from "express";
import Stripe from "stripe";
import { prisma } from "../db.js";
import { pieces } from "./totals.js";

const stripe = new Stripe(process.env.STRIPE_KEY!);

export async function history(request: Request, response: Response): Promise<void> {
  const orders = await prisma.order.findMany({ orderBy: { createdAt: "desc" }, take: 50 });
  const lines = [];
  for (const order of orders) {
    const customer = await prisma.customer.findUnique({ where: { id: order.customerId } });
    lines.push({ id: order.id, customer: customer?.name, pieces: await pieces(order.id) });
  }
  response.json(lines);
}

export async function report(request: Request, response: Response): Promise<void> {
  const orders = await prisma.order.findMany();
  response.json(orders.map((order) => ({ id: order.id, total: order.total })));
}

export async function close(request: Request, response: Response): Promise<void> {
  const ids: number[] = request.body.ids;
  for (const id of ids) {
    await prisma.order.update({ where: { id }, data: { status: "closed" } });
  }
  response.sendStatus(204);
}

export async function pay(request: Request, response: Response): Promise<void> {
  const id = Number(request.params.id);
  await prisma.$transaction(async (tx) => {
    const order = await tx.order.update({ where: { id }, data: { status: "paid" } });
    await stripe.paymentIntents.create({ amount: Number(order.total) * 100, currency: "eur" });
  });
  response.sendStatus(204);
}
