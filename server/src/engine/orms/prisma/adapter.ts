import type { FlowAdapter } from "../../flow/adapter";
import { emptyAdapter } from "../script/adapter";

/** What calls of Prisma's client mean. */
export const prismaFlow: FlowAdapter = {
  ...emptyAdapter("prisma"),
};
