import type { Request, Response } from "express";
import { prisma } from "../db.js";

export async function products(request: Request, response: Response): Promise<void> {
  response.json(await prisma.product.findMany({ orderBy: { id: "asc" }, take: Number(request.query.size) || 20 }));
}

export async function search(request: Request, response: Response): Promise<void> {
  const q = String(request.query.q);
  response.json(await prisma.product.findMany({ where: { title: { contains: q, mode: "insensitive" } }, take: 20 }));
}

export async function soldOut(request: Request, response: Response): Promise<void> {
  const rows = await prisma.product.findMany({ where: { stock: 0 } });
  response.json({ count: rows.length });
}
