import type { OrmAdapter } from "./adapter";
import { djangoFlow } from "./django/adapter";
import { djangoProjectAdapter } from "./django/model";
import { createDjangoRewriter } from "./django/rewrite";

export type { OrmAdapter } from "./adapter";

/** The ORMs that are understood. */
export const ormAdapters: readonly OrmAdapter[] = [{ ...djangoFlow, projectAdapter: djangoProjectAdapter, rewriter: createDjangoRewriter() }];
