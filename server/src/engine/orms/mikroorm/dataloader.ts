import type { LoopContext } from "../../flow";
import type { Machine } from "../../flow/machine";
import type { Entity } from "../../project";
import { detailsOf } from "./model/loading";

/**
 * What becomes of a load in the rounds of a loop. Rounds that run at once, in a project whose configuration switches the dataloader on, are one statement as long as nothing
 * else was waited for in them before (MikroORM: *Dataloaders*; `Promise.all` of `load()`, `loadItems()`, `init()` measured on 6.6 and 7.2; it is off by default, and rounds that
 * come one after the other never are).
 */
export function batching(m: Machine, entity: Entity | undefined, loop: LoopContext | undefined): "together" | "defeated" | "none" {
  const running = loop && m.loops.find(({ id }) => id === loop.id);
  if (running?.concurrent !== true || detailsOf(entity)?.isBatched !== true) return "none";
  return m.waitedIn.has(running.id) ? "defeated" : "together";
}
