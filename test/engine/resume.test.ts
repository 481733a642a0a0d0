import { strict as assert } from "node:assert";
import type { WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { keptBy } from "../harness/kept";
import { openProject, uriOf } from "../harness/project";

const FILES: Readonly<Record<string, string>> = {
  "manage.py": `import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
`,
  "requirements.txt": "Django==5.2\npsycopg==3.2\n",
  "config/__init__.py": "",
  "config/settings.py": `INSTALLED_APPS = ["shop"]
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
`,
  "shop/__init__.py": "",
  "shop/models.py": `from django.db import models
from django.db.models.functions import Lower


class Parcel(models.Model):
    code = models.CharField(max_length=30)
    weight = models.IntegerField()

    class Meta:
        indexes = [models.Index(Lower("code"), name="parcel_code_lower")]


def by_code(code):
    return list(Parcel.objects.filter(code__iexact=code)[:10])
`,
  "shop/tasks.py": `from django.db.models.functions import Lower
from .models import Parcel


def in_order():
    return list(Parcel.objects.annotate(low=Lower("code")).order_by("low")[:10])
`,
  "shop/views.py": `from .models import by_code


def weights(request):
    return [each.weight for each in by_code(request.GET["code"])]
`,
};

describe("a session that goes on from an earlier one", () => {
  let earlier: WorkspaceApi;

  before(async () => {
    earlier = await openProject(new Map(Object.entries(FILES)), rules, {}, "none");
    earlier.checkAll();
  });

  async function resumed(changes: Readonly<Record<string, string | undefined>>): Promise<WorkspaceApi> {
    const workspace = await openProject(new Map(), rules, {}, "none");
    workspace.resume(keptBy(earlier));
    workspace.apply(Object.entries({ ...FILES, ...changes }).map(([path, text]) => ({ uri: uriOf(path), text })));
    return workspace;
  }

  const ruleIds = (workspace: WorkspaceApi): readonly string[] => workspace.allFindings().map(({ ruleId }) => ruleId);

  it("looks again at a file whose rules asked how others use a table, when one of them is gone", async () => {
    assert.ok(!ruleIds(earlier).includes("index-never-used"));
    const workspace = await resumed({ "shop/tasks.py": undefined });
    workspace.checkAll();
    assert.ok(ruleIds(workspace).includes("index-never-used"));
  });

  it("checks and reads only what is another text", async () => {
    const workspace = await resumed({ "shop/views.py": `${FILES["shop/views.py"]}\n\ndef nothing(request):\n    return None\n` });
    workspace.checkAll();
    assert.deepEqual([workspace.counters.lowered, workspace.counters.checked], [1, 1]);
  });

  it("looks again at everything that rests on a declaration that is another one", async () => {
    const workspace = await resumed({ "shop/models.py": FILES["shop/models.py"].replace("max_length=30", "max_length=300") });
    workspace.checkAll();
    assert.deepEqual([workspace.counters.lowered, workspace.counters.checked], [1, 3]);
  });

  it("has nothing taken over once the options are others", async () => {
    const workspace = await resumed({});
    workspace.setOptions({ includeTests: false, disabledRules: [], database: "mysql" });
    workspace.checkAll();
    assert.ok(workspace.counters.checked > 0);
  });
});
