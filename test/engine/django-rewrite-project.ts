import assert from "node:assert/strict";
import { applyEdits, type DataAccessEvent, type EventOf, type FileEdit, type FileFacts, type FixProposal } from "#engine";
import { evaluateFile } from "../../server/src/engine/flow/evaluate";
import { languageOf } from "../../server/src/engine/languages";
import { ormAdapters } from "../../server/src/engine/orms";
import { createDjangoRewriter } from "../../server/src/engine/orms/django/rewrite";
import { linkProject, type LinkedProject } from "../../server/src/engine/project";
import { loadParsers } from "../harness/parsers";
import { shopModels } from "../harness/project";

const folder = "file:///project";

/** A linked project with the shop's models, its events, and fixes applied to its texts. */
export interface RewriteProject {
  readonly model: LinkedProject;
  readonly rewriter: ReturnType<typeof createDjangoRewriter>;
  events<K extends DataAccessEvent["kind"]>(path: string, kind: K): EventOf<K>[];
  uri(path: string): string;
  /** The text of a file once the fix is applied; fails when the fix is not offered. Every changed file must parse. */
  fixed(proposal: FixProposal | undefined, path: string): Promise<string>;
  /** All files that a fix changes, by path. */
  allFixed(proposal: FixProposal | undefined): Promise<Record<string, string>>;
  /** The edits, or undefined when none are offered. */
  edits(proposal: FixProposal | undefined): readonly FileEdit[] | undefined;
}

export async function openRewriteProject(files: Readonly<Record<string, string>>): Promise<RewriteProject> {
  const parsers = await loadParsers();
  const texts = new Map<string, string>();
  const all: Record<string, string> = {
    "config/__init__.py": "",
    "config/settings.py": 'INSTALLED_APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django.contrib.postgres", "shop"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.postgresql"}}\n',
    "manage.py": 'import os\n\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n',
    "shop/__init__.py": "",
    "shop/models.py": shopModels,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) texts.set(`${folder}/${path}`, text);
  const lower = (uri: string, text: string): FileFacts => {
    return languageOf(uri, text)!.lower(text, uri, parsers);
  };
  const facts = new Map([...texts].map(([uri, text]) => [uri, lower(uri, text)]));
  const model = linkProject({ files: facts, folders: [folder], adapters: ormAdapters.map((adapter) => adapter.projectAdapter), resources: new Map() });
  const rewriter = createDjangoRewriter(model);
  const edits = (proposal: FixProposal | undefined): readonly FileEdit[] | undefined => proposal?.build((uri) => texts.get(uri));
  const allFixed = async (proposal: FixProposal | undefined): Promise<Record<string, string>> => {
    assert.ok(proposal, "no fix is offered");
    const built = edits(proposal);
    assert.ok(built, "the fix cannot be built");
    const result: Record<string, string> = {};
    for (const { uri, edits: changes } of built) {
      const text = applyEdits(texts.get(uri)!, changes);
      assert.deepEqual(lower(uri, text).errors, [], `does not parse:\n${text}`);
      result[uri.slice(folder.length + 1)] = text;
    }
    return result;
  };
  return {
    model,
    rewriter,
    edits,
    allFixed,
    uri: (path) => `${folder}/${path}`,
    events: (path, kind) => evaluateFile(`${folder}/${path}`, model, ormAdapters).filter((event): event is EventOf<typeof kind> => event.kind === kind) as never,
    async fixed(proposal, path) {
      const result = await allFixed(proposal);
      assert.ok(path in result, `the fix changes ${Object.keys(result).join(", ")} and not ${path}`);
      return result[path];
    },
  };
}
