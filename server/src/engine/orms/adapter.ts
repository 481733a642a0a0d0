import type { FlowAdapter } from "../flow/adapter";
import type { ProjectAdapter } from "../project";
import type { QueryRewriter, Vocabulary } from "../rule";

/** Everything the engine knows of one ORM: its declarations, its calls, and how its code is rewritten. */
export interface OrmAdapter extends FlowAdapter {
  readonly projectAdapter: ProjectAdapter;
  readonly rewriter: QueryRewriter;
  readonly vocabulary: Vocabulary;
}
