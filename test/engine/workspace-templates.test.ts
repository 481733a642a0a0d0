import { strict as assert } from "node:assert";
import type { WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { openProject, pathOf, uriOf } from "../harness/project";

const FILES: Readonly<Record<string, string>> = {
  "shop/views.py": 'from django.shortcuts import render\nfrom shop.models import Book\n\n\ndef books(request):\n    return render(request, "shop/books.html", {"books": Book.objects.all()[:50]})\n',
  "shop/others.py": 'from django.shortcuts import render\nfrom shop.models import Book\n\n\ndef others(request):\n    return render(request, "shop/others.html", {"books": Book.objects.all()[:50]})\n',
  "shop/templates/shop/books.html": '{% for book in books %}\n{% include "shop/book.html" %}\n{% endfor %}\n',
  "shop/templates/shop/book.html": "{{ book.title }}\n",
  "shop/templates/shop/others.html": "{% for book in books %}\n{{ book.title }}\n{% endfor %}\n",
};

async function open(files: Readonly<Record<string, string>> = FILES): Promise<WorkspaceApi> {
  const workspace = await openProject(new Map(Object.entries(files)), rules.filter(({ id }) => id === "relation-read-in-loop"));
  workspace.checkAll();
  return workspace;
}

/** The findings as `path:line rule`. */
function found(workspace: WorkspaceApi): readonly string[] {
  return workspace.allFindings().map(({ at, ruleId }) => `${pathOf(at.uri)}:${workspace.text(at.uri)!.slice(0, at.span.start).split("\n").length} ${ruleId}`);
}

/** Applies one change and gives the files that it made necessary to check again. */
function change(workspace: WorkspaceApi, path: string, text: string | undefined): readonly string[] {
  workspace.apply([{ uri: uriOf(path), text }]);
  const dirty = workspace.dirty().map(pathOf);
  workspace.checkAll();
  return [...dirty].sort();
}

describe("templates in a workspace", () => {
  it("are checked through the views that render them", async () => {
    const workspace = await open({ ...FILES, "shop/templates/shop/book.html": "{{ book.author.name }}\n" });
    assert.deepEqual(found(workspace), ["shop/templates/shop/books.html:2 relation-read-in-loop"]);
  });

  it("make only those views look again, when edited", async () => {
    const workspace = await open();
    assert.deepEqual(found(workspace), []);
    assert.deepEqual(change(workspace, "shop/templates/shop/book.html", "{{ book.author.name }}\n"), ["shop/views.py"]);
    assert.deepEqual(found(workspace), ["shop/templates/shop/books.html:2 relation-read-in-loop"]);
    assert.deepEqual(change(workspace, "shop/templates/shop/book.html", "{{ book.title }}\n"), ["shop/views.py"]);
    assert.deepEqual(found(workspace), []);
  });

  it("cost one link when blocks or loads change, and none when only what stands in them does", async () => {
    const workspace = await open();
    const { linked } = workspace.counters;
    change(workspace, "shop/templates/shop/book.html", "{{ book.author.name }}\n");
    assert.equal(workspace.counters.linked, linked);
    change(workspace, "shop/templates/shop/book.html", "{% load i18n %}{{ book.author.name }}\n");
    assert.equal(workspace.counters.linked, linked + 1);
  });

  it("come and go: what asked for the name looks again", async () => {
    const workspace = await open();
    assert.deepEqual(change(workspace, "templates/shop/book.html", "{{ book.author.name }}\n").filter((path) => path.endsWith(".py")), []);
    // The nearer one is taken where settings name no folders.
    assert.deepEqual(found(workspace), []);
    change(workspace, "shop/templates/shop/book.html", undefined);
    assert.deepEqual(found(workspace), ["shop/templates/shop/books.html:2 relation-read-in-loop"]);
    change(workspace, "templates/shop/book.html", undefined);
    assert.deepEqual(found(workspace), []);
  });

  it("change their language with what they show", async () => {
    const workspace = await open();
    change(workspace, "shop/templates/shop/book.html", "{% set author = book.author %}{{ author.books.count() }}\n");
    assert.ok(found(workspace).some((each) => each === "shop/templates/shop/books.html:2 relation-read-in-loop"), found(workspace).join("\n"));
    change(workspace, "shop/templates/shop/book.html", "{{ book.title }}\n");
    assert.deepEqual(found(workspace), []);
  });

  it("are heeded when they suppress", async () => {
    const page = (name: string): string => `{% for book in books %}\n{# scale-hints: ignore[relation-read-in-loop] -- few #}\n{{ book.${name} }}\n{% endfor %}\n`;
    const workspace = await open({ ...FILES, "shop/templates/shop/books.html": page("author.name") });
    assert.deepEqual(found(workspace), []);
    change(workspace, "shop/templates/shop/books.html", page("title"));
    assert.deepEqual(found(workspace), ["shop/templates/shop/books.html:2 unused-suppression"]);
  });

  it("are not every file with markup", async () => {
    const workspace = await open({ ...FILES, "docs/page.html": "<p>text</p>\n", "docs/other.html": "<p>{{ x }}</p>\n", "templates/notes.txt": "text\n" });
    const has = (path: string): boolean => workspace.has(uriOf(path));
    assert.deepEqual(["docs/page.html", "docs/other.html", "templates/notes.txt"].map(has), [false, true, true]);
    change(workspace, "docs/other.html", "<p></p>\n");
    assert.equal(has("docs/other.html"), false);
  });

  it("of the application are read whatever their folders are called, those of tests are not", async () => {
    const workspace = await open({
      "shop/views.py": FILES["shop/views.py"].replaceAll("shop/books.html", "tests/static/books.html"),
      "shop/templates/tests/static/books.html": "{% for book in books %}{{ book.author.name }}{% endfor %}\n",
      "shop/tests/templates/tests/static/other.html": "{% for book in books %}{{ book.author.name }}{% endfor %}\n",
    });
    assert.deepEqual(found(workspace), ["shop/templates/tests/static/books.html:1 relation-read-in-loop"]);
  });

  it("that cannot be read are noted", async () => {
    const workspace = await open({ ...FILES, "shop/templates/shop/book.html": `${"{% if a == %}{{ b c d e f }}{% endif %}\n".repeat(20)}` });
    assert.deepEqual(workspace.notes().map(({ uri, message }) => [uri && pathOf(uri), message]), [["shop/templates/shop/book.html", "has syntax errors; the code in them is not seen"]]);
  });
});
