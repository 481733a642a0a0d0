import { openProject, pathOf } from "../harness/project";
import { readCasePage } from "../harness/case-page";
import { rules } from "../../rules";
import { rulePages } from "./pages";
import { applyEdits } from "#engine";
import { writeFileSync } from "node:fs";
const ids = new Set(process.env.IDS!.split("|"));
it("goldens", async () => {
  const out: unknown[] = [];
  for (const { id, text } of rulePages("cases.md")) {
    if (!ids.has(id)) continue;
    const rule = rules.find((r) => r.id === id)!;
    for (const one of readCasePage(text)) {
      const ws = await openProject(new Map(one.files.map((f) => [f.path, f.text])), [rule], {});
      ws.checkAll();
      for (const f of ws.allFindings()) {
        for (const fix of ws.fixes(f)) out.push({ id, heading: one.heading, title: fix.title, safety: fix.safety, files: fix.edits.map((e) => [pathOf(e.uri), applyEdits(ws.text(e.uri)!, e.edits), ws.text(e.uri)]) });
        for (const p of f.proposals) if (!ws.fixes(f).some((x) => x.title === p.title)) out.push({ id, heading: one.heading, title: p.title, dropped: true });
      }
    }
  }
  writeFileSync("/tmp/b-goldens.json", JSON.stringify(out, null, 1));
});
