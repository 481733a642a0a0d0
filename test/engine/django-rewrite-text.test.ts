import assert from "node:assert/strict";
import { applyEdits, type DataAccessEvent, type FixProposal } from "#engine";
import { addImport, availableName } from "../../server/src/engine/orms/django/rewrite/imports";
import { SourceText } from "../../server/src/engine/orms/django/rewrite/source-text";
import { openRewriteProject, type RewriteProject } from "./django-rewrite-project";

describe("Django rewriter: imports", () => {
  const cases: readonly (readonly [name: string, before: string, after: string, use?: string])[] = [
    ["nothing when it is there", "from django.db.models import F\n", "from django.db.models import F\n", "F"],
    ["under its alias", "from django.db.models import F as Field\n", "from django.db.models import F as Field\n", "Field"],
    ["through models", "from django.db import models\n", "from django.db import models\n", "models.F"],
    ["through models under an alias", "from django.db import models as m\n", "from django.db import models as m\n", "m.F"],
    ["through the whole module", "import django.db.models\n", "import django.db.models\n", "django.db.models.F"],
    ["merged in order", "from django.db.models import Count, Q\n", "from django.db.models import Count, F, Q\n"],
    ["merged at the end of what is in no order", "from django.db.models import Q, Count, Avg\n", "from django.db.models import Q, Count, Avg, F\n"],
    ["merged into parentheses", "from django.db.models import (\n    Count,\n    Q,  # or\n)\n", "from django.db.models import (\n    Count,\n    F,\n    Q,  # or\n)\n"],
    ["merged as the last of several lines", "from django.db.models import (\n    Avg,\n    Count,  # n\n)\n", "from django.db.models import (\n    Avg,\n    Count,  # n\n    F,\n)\n"],
    ["merged before a comment", "from django.db.models import Count  # noqa\n", "from django.db.models import Count, F  # noqa\n"],
    ["in its place among Django's", "from django.conf import settings\nfrom django.urls import path\n", "from django.conf import settings\nfrom django.db.models import F\nfrom django.urls import path\n"],
    ["behind the last of Django's", "import os\n\nfrom django.conf import settings\n\nfrom .models import X\n", "import os\n\nfrom django.conf import settings\nfrom django.db.models import F\n\nfrom .models import X\n"],
    ["behind the standard library", "import os\n\nfrom .models import X\n", "import os\n\nfrom django.db.models import F\n\nfrom .models import X\n"],
    ["behind the only import", "import os\n\nx = 1\n", "import os\n\nfrom django.db.models import F\n\nx = 1\n"],
    ["behind __future__", "from __future__ import annotations\n\nfrom .models import X\n", "from __future__ import annotations\n\nfrom django.db.models import F\n\nfrom .models import X\n"],
    ["one name per line where the file has it so", "from django.db.models import Count\nfrom django.db.models import Q\n", "from django.db.models import Count\nfrom django.db.models import F\nfrom django.db.models import Q\n"],
    ["below the docstring", '"""What it is."""\n\nx = 1\n', '"""What it is."""\n\nfrom django.db.models import F\n\nx = 1\n'],
    ["never under TYPE_CHECKING", "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from django.db.models import F\n", "from typing import TYPE_CHECKING\n\nfrom django.db.models import F\n\nif TYPE_CHECKING:\n    from django.db.models import F\n"],
    ["into parentheses when the line gets too long", `from django.db.models import ${["Avg", "BooleanField", "CharField", "DecimalField", "Exists", "OuterRef"].join(", ")}\n`, "from django.db.models import (\n    Avg,\n    BooleanField,\n    CharField,\n    DecimalField,\n    Exists,\n    F,\n    OuterRef,\n)\n"],
  ];
  for (const [name, before, after, use = "F"] of cases) {
    it(name, () => {
      for (const eol of ["\n", "\r\n"]) {
        const source = new SourceText(before.replaceAll("\n", eol));
        assert.equal(applyEdits(source.text, addImport(source, "django.db.models", "F")), after.replaceAll("\n", eol));
        assert.equal(availableName(source, "django.db.models", "F").text, use);
      }
    });
  }
});

/** Everything that can be asked of the rewriter for what happens in a file. */
function proposalsFor({ rewriter, model }: RewriteProject, events: readonly DataAccessEvent[]): FixProposal[] {
  const all: (FixProposal | undefined)[] = [];
  for (const event of events) {
    const loop = "loops" in event ? event.loops.at(-1) : undefined;
    switch (event.kind) {
      case "relationRead":
        if (event.row.query) all.push(rewriter.loadWith(event.row.query, event.path, model));
        all.push(rewriter.readKeyColumn(event), rewriter.prefetchFiltered(event, model));
        break;
      case "columnRead":
        if (event.row.query) all.push(rewriter.addColumns(event.row.query, [event.field]));
        break;
      case "queryRun": {
        const at = { uri: event.at.uri, span: event.expression };
        all.push(rewriter.limit(event.query, 100, at), rewriter.paginate(event.query, at), rewriter.stream(event.query, at), rewriter.orderByKey(event.query));
        all.push(rewriter.countInDatabase(event.at, event.expression), rewriter.existsInDatabase(event.at, event.expression), rewriter.existsInsteadOfCount(event));
        all.push(rewriter.passQuery(event.at, event.query));
        if (loop) all.push(rewriter.hoist(event, loop), rewriter.fetchInBulk(event, loop, model));
        break;
      }
      case "rowWritten":
        if (loop) all.push(rewriter.insertTogether(event, loop), rewriter.updateTogether(event, loop), rewriter.deleteTogether(event, loop));
        all.push(rewriter.incrementInDatabase(event));
        break;
      case "lookup": all.push(rewriter.changeLookup(event.lookup.at, event.lookup.lookup, "exact", "x")); break;
      case "rowsReduced": all.push(rewriter.aggregateInDatabase(event)); break;
      case "rowsFiltered": all.push(rewriter.filterInDatabase(event)); break;
      case "listView": all.push(rewriter.paginateView(event)); break;
    }
  }
  for (const entity of model.entities.values()) {
    for (const field of entity.fields.keys()) all.push(rewriter.addIndex(entity, { columns: [{ field, descending: false }] }, "x"));
    for (const index of entity.indexes) all.push(rewriter.removeIndex(entity, index, "x"), rewriter.replaceIndex(entity, index, { columns: [{ field: entity.primaryKey, descending: false }] }, "x"));
  }
  return all.filter((proposal) => proposal !== undefined);
}

const kinds = ["relationRead", "columnRead", "queryRun", "rowWritten", "lookup", "rowsReduced", "rowsFiltered", "listView"] as const;

describe("Django rewriter: any text", () => {
  const views = `"""Views."""
from django.shortcuts import render
from django.views.generic import ListView

from shop.models import Author, Book, Order, OrderItem


class Books(ListView):
    model = Book


def view(request, names):
    books = (
        Book.objects
        .filter(title__icontains="🐍")  # snakes
        .order_by("title")
    )
    if len(books) > 0:
        print(f"{len(books)} {'books'}")
    for book in Book.objects.only("title"):
        book.stock += 1
        book.save()
        print(book.author.country.name, book.publisher.id)
    for name in names:
        Author.objects.create(name=name)
        if Book.objects.count() > 3:
            print(Book.objects.get(pk=name))
    for author in Author.objects.prefetch_related("books"):
        print(author.books.filter(title="x"), sum(book.stock for book in author.books.all()))
    total = sum(item.quantity for item in OrderItem.objects.all() if item.quantity > 1)
    Order.objects.filter(items__in=list(OrderItem.objects.values_list("id", flat=True))).delete()
    return render(request, "x.html", {"books": books, "total": total})
`;

  it("nothing throws, whatever has become of the text", async () => {
    const path = "shop/views.py";
    const project = await openRewriteProject({ [path]: views });
    const events = kinds.flatMap((kind) => project.events(path, kind) as DataAccessEvent[]);
    const proposals = proposalsFor(project, events);
    assert.ok(proposals.length > 60, `only ${proposals.length} proposals`);
    let seed = 1;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (const proposal of proposals) {
      for (const text of ["", "\n", "'", '"""', "(", "\\", "\ufeff", views.slice(0, 200), views.replaceAll(" ", "\t"), views.replaceAll("\n", "\r"), "é".repeat(views.length)]) proposal.build(() => text);
      for (let round = 0; round < 8; round++) {
        const at = random(views.length);
        const text = views.slice(0, at) + ["", "(", '"', "\n", "🐍"][random(5)] + views.slice(at + random(40));
        const edits = proposal.build((uri) => (uri.endsWith("views.py") ? text : undefined));
        for (const file of edits ?? []) applyEdits(text, file.edits);
      }
    }
  });

  it("every edit of the real text leaves a text that parses, and keeps its comments when it says that it is safe", async () => {
    const path = "shop/views.py";
    const project = await openRewriteProject({ [path]: views });
    const events = kinds.flatMap((kind) => project.events(path, kind) as DataAccessEvent[]);
    for (const proposal of proposalsFor(project, events)) {
      if (!project.edits(proposal)) continue;
      const result = await project.allFixed(proposal);
      if (proposal.safety === "safe" && result[path] !== undefined) assert.ok(result[path].includes("# snakes"), proposal.title);
    }
  });
});
