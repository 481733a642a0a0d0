import type { IndexBuilt } from "../../../flow";
import type { Entity, ProjectModel } from "../../../project";
import type { FixProposal, FolderSource, TextSource } from "../../../rule";
import { createFile } from "../../../source";
import { EditSet, insertion, replacement } from "./edit-set";
import { availableName } from "./imports";
import type { IndexWish } from "./index-text";
import { canAddIndex, putIndex } from "./indexes";
import { LINE_LIMIT } from "./source-text";

const OPERATIONS = "django.contrib.postgres.operations";

/**
 * Adds an index together with a migration that builds it without locking the table: `AddIndexConcurrently`, which PostgreSQL alone has and which must not run in a
 * transaction (Django: *Concurrent index operations*, since 3.0). Only for indexes on plain columns.
 */
export function addIndexConcurrently(entity: Entity, wish: IndexWish, title: string, project: ProjectModel): FixProposal | undefined {
  if (project.engine !== "postgresql" || (project.version("django")?.[0] ?? 5) < 3) return undefined;
  // A project that keeps its migrations elsewhere says so in this setting.
  if (project.setting("MIGRATION_MODULES") !== undefined || !canAddIndex(entity, wish)) return undefined;
  if (wish.condition !== undefined || wish.method === "gin" || wish.columns.some((column) => column.field === undefined || column.opclass !== undefined)) return undefined;
  const app = entity.key.slice(0, entity.key.lastIndexOf("."));
  return {
    title: `${title}, and a migration that builds it without a lock`,
    safety: "review",
    build(text, filesIn) {
      const edits = new EditSet(text);
      const words = putIndex(edits, entity, wish, project);
      const index = edits.finish();
      const newest = filesIn && newestMigration(entity.class!.uri, app, text, filesIn);
      const name = words && /^name=["'](\w+)["']$/.exec(words.arguments.find((argument) => argument.startsWith("name=")) ?? "")?.[1];
      if (!words || !index || !newest || name === undefined) return undefined;
      const number = String(newest.number + 1).padStart(4, "0");
      const migration = migrationText(app, newest.name, entity.name.toLowerCase(), words.arguments);
      return [...index, createFile(`${newest.folder}/${number}_${name}.py`, migration)];
    },
  };
}

/** `migrations.AddIndex` → `AddIndexConcurrently`, with `atomic = False`. Other operations would lose their transaction. */
export function buildConcurrently({ migration, operations }: IndexBuilt): FixProposal | undefined {
  if (!operations) return undefined;
  return {
    title: "Build the index without a lock",
    safety: "review",
    preferred: true,
    build(text) {
      const edits = new EditSet(text);
      const source = edits.source(migration.uri);
      if (!source) return undefined;
      const known = availableName(source, OPERATIONS, "AddIndexConcurrently");
      edits.add(migration.uri, known.edits);
      for (const callee of operations) edits.add(migration.uri, replacement(callee.start, callee.end, known.text));
      const first = migration.class.attributes[0];
      if (migration.isAtomic) {
        if (migration.class.attributes.some((each) => each.name === "atomic") || !first || !source.ownsLines(first)) return undefined;
        edits.add(migration.uri, insertion(source.lineStart(first.start), `${source.indentAt(first.start)}atomic = False${source.eol}${source.eol}`));
      }
      return edits.finish();
    },
  };
}

interface NewestMigration {
  readonly folder: string;
  readonly name: string;
  readonly number: number;
}

/** The one migration of an app that no other one of it follows; undefined when there is none, or several that wait for a merge. */
function newestMigration(uri: string, app: string, text: TextSource, filesIn: FolderSource): NewestMigration | undefined {
  for (const folder of foldersAbove(uri)) {
    const names = filesIn(folder).flatMap((file) => /\/(\d{4}_\w+)\.py$/.exec(file)?.[1] ?? []);
    if (names.length === 0) continue;
    const followed = new Set(names.flatMap((name) => dependenciesIn(text(`${folder}/${name}.py`) ?? "", app)));
    const last = names.filter((name) => !followed.has(name));
    return last.length === 1 ? { folder, name: last[0], number: Math.max(...names.map((name) => Number(name.slice(0, 4)))) } : undefined;
  }
  return undefined;
}

/** `shop/migrations` for `shop/models.py` and for `shop/models/books.py`. */
function foldersAbove(uri: string): readonly string[] {
  const own = uri.slice(0, uri.lastIndexOf("/"));
  return [`${own}/migrations`, `${own.slice(0, own.lastIndexOf("/"))}/migrations`];
}

/** The migrations of the app itself that a migration builds on or takes the place of. */
function dependenciesIn(text: string, app: string): readonly string[] {
  return [...text.matchAll(/\(\s*["'](\w+)["']\s*,\s*["'](\d{4}_\w+)["']\s*,?\s*\)/g)].flatMap((match) => (match[1] === app ? [match[2]] : []));
}

/** As `makemigrations` would write it. */
function migrationText(app: string, after: string, model: string, index: readonly string[]): string {
  const parts = index.map((part) => part.replaceAll("'", '"'));
  const oneLine = `            index=models.Index(${parts.join(", ")}),`;
  const lines = oneLine.length <= LINE_LIMIT ? [oneLine] : ["            index=models.Index(", ...parts.map((part) => `                ${part},`), "            ),"];
  return [
    `from ${OPERATIONS} import AddIndexConcurrently`,
    "from django.db import migrations, models",
    "",
    "",
    "class Migration(migrations.Migration):",
    "    # An index is built concurrently outside of a transaction only.",
    "    atomic = False",
    "",
    "    dependencies = [",
    `        ("${app}", "${after}"),`,
    "    ]",
    "",
    "    operations = [",
    "        AddIndexConcurrently(",
    `            model_name="${model}",`,
    ...lines,
    "        ),",
    "    ]",
    "",
  ].join("\n");
}
