import type { FixProposal } from "../../rule";
import type { Location } from "../../source";

/** `synchronize: true` → `synchronize: false`; anything but a plain `true` is left to a person. */
export function switchOff({ uri, span }: Location, title: string): FixProposal {
  return {
    title, safety: "review",
    build: (text) => (text(uri)?.slice(span.start, span.end) === "true" ? [{ uri, edits: [{ span, newText: "false" }] }] : undefined),
  };
}
