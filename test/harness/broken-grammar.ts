import { createParsers, createWorkspace, type WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { loadGrammars } from "../../server/src/host/node/grammars";

/** The real engine, whose grammar of Python is missing or broken. */
export async function withPython(broken: Uint8Array | "half" | undefined): Promise<WorkspaceApi> {
  const bytes = await loadGrammars();
  const { python, ...others } = bytes.grammars;
  const instead = broken === "half" ? python!.slice(0, python!.length >> 1) : broken;
  const parsers = await createParsers({ ...bytes, grammars: { ...others, ...(instead && { python: instead }) }, missing: instead ? {} : { python: "it is not there" } });
  return createWorkspace({ parsers, rules, strict: true });
}
