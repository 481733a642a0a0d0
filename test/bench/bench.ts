import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { extname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { createWorkspace, type Parsers } from "#engine";
import { rules } from "../../rules";
import { languageOf } from "../../server/src/engine/languages";
import { isIgnoredFolder, kindOfFile } from "../../server/src/host/wanted";
import { loadParsers } from "../harness/parsers";
import { canOpen, openings } from "./opening";

/**
 * `npm run bench [repository]`: a cold check against reading and parsing the same files, with costs against without, opening the repository in an editor for the first time
 * and again, and one keystroke in a 2,000-line file against parsing that file. Prints times and ratios; compares runs on one machine only.
 */
async function bench(): Promise<void> {
  const repository = resolve(process.argv[2] ?? join(__dirname, "../../examples"));
  const parsers = await loadParsers();
  const paths = await listFiles(repository, repository);
  if (paths.length === 0) throw new Error(`${repository} has no files to check`);
  console.log(`${repository}: ${paths.length} files`);
  const worst = await coldCheck(repository, paths, parsers);
  if (worst) await opening(repository, paths, worst);
  await costs(repository, paths, parsers);
  await templates(repository, paths, parsers);
  keystroke(parsers);
}

function grammarOf(path: string): "python" | "typescript" | "tsx" | undefined {
  return /\.py$/.test(path) ? "python" : /\.[cm]?ts$/.test(path) ? "typescript" : /\.([jt]sx|[cm]?js)$/.test(path) ? "tsx" : undefined;
}

async function listFiles(folder: string, root: string): Promise<readonly string[]> {
  const paths: string[] = [];
  const entries = await readdir(folder, { withFileTypes: true });
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const inside = new Set(await readdir(path));
      if (!isIgnoredFolder(entry.name, (name) => inside.has(name))) paths.push(...(await listFiles(path, root)));
    } else if (entry.isFile() && kindOfFile(relative(root, path))) {
      paths.push(path);
    }
  }
  return paths;
}

/** Alternates both so that neither has the warmer machine; the first round warms up and does not count. Gives the file with the most findings. */
async function coldCheck(repository: string, paths: readonly string[], parsers: Parsers): Promise<string | undefined> {
  const read: number[] = [];
  const check: number[] = [];
  let findings = 0;
  let worst: string | undefined;
  for (let round = 0; round < 4; round++) {
    const parsing = await timed(async () => {
      for (const path of paths) {
        const text = await readFile(path, "utf8");
        const grammar = grammarOf(path);
        if (grammar) parsers.parse(text, grammar);
      }
    });
    const checking = await timed(async () => {
      const workspace = createWorkspace({ parsers, rules });
      workspace.setFolders([pathToFileURL(repository).href]);
      const changes = [];
      for (const path of paths) changes.push({ uri: pathToFileURL(path).href, text: await readFile(path, "utf8") });
      workspace.apply(changes);
      workspace.checkAll();
      const all = workspace.allFindings().map(({ at }) => at.uri);
      findings = all.length;
      const most = (uri: string): number => all.filter((each) => each === uri).length;
      worst = [...new Set(all)].sort((a, b) => most(b) - most(a))[0];
    });
    if (round === 0) continue;
    read.push(parsing);
    check.push(checking);
  }
  const ratio = median(check) / median(read);
  console.log(`cold check      ${format(median(check))}  (${findings} findings)`);
  console.log(`read and parse  ${format(median(read))}`);
  console.log(`ratio           ${ratio.toFixed(2)}  (goal for Python: at most 2.0)`);
  return worst && fileURLToPath(worst);
}

/** What a person waits for: from the start of the built server to the diagnostics of an open file, against reading the files of the workspace. */
async function opening(repository: string, paths: readonly string[], open: string): Promise<void> {
  if (!canOpen()) return console.log("opening         not measured: run `npm run build` first");
  const first: number[] = [];
  const again: number[] = [];
  const changed: number[] = [];
  const read: number[] = [];
  let diagnostics = 0;
  const other = paths.find((path) => path !== open && extname(path) === extname(open)) ?? open;
  for (let round = 0; round < 3; round++) {
    const opened = await openings(repository, open, other);
    const counts = [opened.first, opened.again, opened.changed].map((each) => each.diagnostics);
    if (new Set(counts).size > 1) throw new Error(`${open} has ${counts[0]} diagnostics at first, ${counts[1]} when it is opened again and ${counts[2]} when another file is changed`);
    diagnostics = counts[0];
    first.push(opened.first.milliseconds);
    again.push(opened.again.milliseconds);
    changed.push(opened.changed.milliseconds);
    read.push(await timed(async () => void (await Promise.all(paths.map((path) => readFile(path))))));
  }
  console.log(`first opening   ${format(median(first))}  to ${diagnostics} diagnostics of ${relative(repository, open)}  (goal: 3 s)`);
  console.log(`opened again    ${format(median(again))}  (goal: 1 s); reading alone ${format(median(read))}`);
  console.log(`ratio           ${(median(again) / median(first)).toFixed(2)}  (goal: at most 0.33)`);
  console.log(`with a change   ${format(median(changed))}  in ${relative(repository, other)}`);
  console.log(`ratio           ${(median(changed) / median(first)).toFixed(2)}`);
}

/** A check that everybody asks the costs of afterwards, against one in which nothing is priced; the same files in the same run, in turns. */
async function costs(repository: string, paths: readonly string[], parsers: Parsers): Promise<void> {
  const changes = await Promise.all(paths.map(async (path) => ({ uri: pathToFileURL(path).href, text: await readFile(path, "utf8") })));
  const plain: number[] = [];
  const priced: number[] = [];
  let endpoints = 0;
  // Processor time: what else the machine does is none of it.
  const check = (prices: boolean): number => {
    globalThis.gc?.();
    const before = process.cpuUsage();
    const workspace = createWorkspace({ parsers, rules, prices });
    workspace.setFolders([pathToFileURL(repository).href]);
    workspace.apply(changes);
    workspace.checkAll();
    workspace.allFindings();
    if (prices) endpoints = workspace.costs().length;
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  };
  for (let round = 0; round < 8; round++) {
    // Whoever goes second has the warmer machine.
    const order = round % 2 === 0 ? [false, true] : [true, false];
    for (const prices of order) {
      const time = check(prices);
      if (round > 0) (prices ? priced : plain).push(time);
    }
  }
  const ratio = median(priced) / median(plain);
  console.log(`with costs      ${format(median(priced))}  (${endpoints} entry points), without ${format(median(plain))}, of the processor`);
  console.log(`ratio           ${ratio.toFixed(2)}  (goal: at most 1.2)`);
}

/** Lowering against reading, and what the facts keep in memory against the size of the texts. */
async function templates(repository: string, paths: readonly string[], parsers: Parsers): Promise<void> {
  const named = paths.map((path) => ({ path, name: relative(repository, path) })).filter(({ path }) => !grammarOf(path));
  const texts: { readonly name: string; readonly text: string }[] = [];
  for (const { path, name } of named) {
    const text = await readFile(path, "utf8");
    if (languageOf(name, text)) texts.push({ name, text });
  }
  if (texts.length === 0) return;
  const read: number[] = [];
  const lower: number[] = [];
  for (let round = 0; round < 6; round++) {
    const reading = await timed(async () => {
      for (const { name } of texts) await readFile(join(repository, name), "utf8");
    });
    const lowering = await timed(async () => {
      for (const { name, text } of texts) languageOf(name, text)!.lower(text, name, parsers);
    });
    if (round === 0) continue;
    read.push(reading);
    lower.push(lowering);
  }
  const size = texts.reduce((sum, { text }) => sum + text.length, 0);
  const before = usedMemory();
  const facts = texts.map(({ name, text }) => languageOf(name, text)!.lower(text, name, parsers));
  const kept = usedMemory() - before;
  console.log(`templates       ${format(median(lower))}  for ${facts.length} with ${Math.round(size / 1000)} kB, reading ${format(median(read))}`);
  console.log(`ratio           ${(median(lower) / median(read)).toFixed(2)}  (goal: at most 3)`);
  console.log(`kept in memory  ${(kept / size).toFixed(1)} bytes for each character${globalThis.gc ? "" : " (start node with --expose-gc for a number that says something)"}`);
}

function usedMemory(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

function keystroke(parsers: Parsers): void {
  const uri = "file:///bench/shop/views.py";
  const text = longFile(2000);
  const workspace = createWorkspace({ parsers, rules });
  workspace.setFolders(["file:///bench"]);
  workspace.apply([
    { uri: "file:///bench/shop/__init__.py", text: "" },
    { uri: "file:///bench/shop/models.py", text: readFileSync(join(__dirname, "../harness/shop-models.py"), "utf8") },
    { uri, text },
  ]);
  workspace.checkAll();
  const parse: number[] = [];
  const edit: number[] = [];
  for (let round = 0; round < 60; round++) {
    const edited = text.replace("limit = 1000", `limit = 1000${"0".repeat((round % 5) + 1)}`);
    const started = performance.now();
    parsers.parse(edited, "python");
    const parsed = performance.now();
    workspace.apply([{ uri, text: edited }]);
    for (const each of workspace.dirty([uri])) workspace.check(each);
    workspace.findings(uri);
    if (round < 10) continue;
    parse.push(parsed - started);
    edit.push(performance.now() - parsed);
  }
  console.log(`keystroke to findings  ${format(median(edit))}  in ${text.split("\n").length} lines, ${workspace.findings(uri).length} findings`);
  console.log(`full parse             ${format(median(parse))}`);
  console.log(`ratio                  ${(median(edit) / median(parse)).toFixed(2)}  (goal: at most 3)`);
}

/** Views of ordinary shapes over and over; the edit is in one in the middle. */
function longFile(lines: number): string {
  const view = (n: number): string => `
def orders_${n}(request):
    limit = ${n === 60 ? 1000 : 50}
    orders = Order.objects.filter(status="open").order_by("-created_at")[:limit]
    rows = []
    for order in orders:
        rows.append({"id": order.pk, "customer": order.customer.name, "total": order.total})
    if request.GET.get("q"):
        books = Book.objects.filter(title__icontains=request.GET["q"]).select_related("author")
        rows += [book.author.name for book in books]
    return render(request, "orders.html", {"rows": rows, "page": ${n}})
`;
  const head = "from django.shortcuts import render\nfrom shop.models import Book, Order\n";
  let text = head;
  for (let n = 0; text.split("\n").length < lines; n++) text += `${view(n)}\n`;
  return text;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1];
}

function format(milliseconds: number): string {
  return milliseconds < 100 ? `${milliseconds.toFixed(1)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

bench().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
