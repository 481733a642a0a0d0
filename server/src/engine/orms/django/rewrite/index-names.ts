import type { Entity, IndexColumn, ProjectModel } from "../../../project";

/** The longest name that Django allows for an index. */
const LONGEST = 30;

/** `<app>_<model>_<columns>_idx`, at most 30 characters and used by no other index; the same for the same index every time. */
export function indexName(
  entity: Entity, columns: readonly IndexColumn[], project: ProjectModel | undefined, isTaken: (name: string) => boolean, freed?: string,
): string {
  const taken = new Set<string>();
  for (const one of [entity, ...(project?.entities.values() ?? [])]) for (const index of one.indexes) if (index.name !== undefined) taken.add(index.name);
  if (freed !== undefined) taken.delete(freed);
  const app = wordOf(entity.key.slice(0, entity.key.lastIndexOf(".")));
  const model = wordOf(entity.name);
  const words = columns.map((column) => wordOf(column.expression ?? column.field ?? "expr")).filter((word) => word !== "");
  const full = `${app}_${model}_${words.join("_")}`;
  const candidates = [`${full}_idx`, `${model}_${words.join("_")}_idx`, `${full}_ix`].map(valid).filter((name) => name.length <= LONGEST);
  for (let attempt = 0; ; attempt++) {
    // Fifteen characters of what it is about, and six that keep it apart from others that start alike.
    candidates.push(valid(`${model.slice(0, 9)}_${words.join("_").slice(0, 9)}`.replace(/_+$/, "") + `_${fingerprint(`${full}#${attempt}`)}_idx`));
    const name = candidates.find((one) => !taken.has(one) && (one === freed || !isTaken(one)));
    if (name !== undefined) return name;
  }
}

function wordOf(text: string): string {
  return text.replace(/[^A-Za-z0-9_]+/g, "_").toLowerCase().replace(/_{2,}/g, "_").replace(/^_+|_+$/g, "");
}

/** Django wants neither an underscore nor a digit at the start. */
function valid(name: string): string {
  const bare = name.replace(/_{2,}/g, "_").replace(/^_+/, "");
  return /^\d/.test(bare) ? `i${bare}`.slice(0, Math.max(LONGEST, bare.length)) : bare;
}

/** Six letters and digits made from the text (FNV-1a). */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return hash.toString(36).padStart(6, "0").slice(-6);
}
