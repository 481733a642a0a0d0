import { strict as assert } from "node:assert";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = join(__dirname, "../..");

/** One line of ARCHITECTURE.md's table: folders or files, and what they may import. */
interface Row {
  readonly places: readonly string[];
  readonly mayImport: readonly string[];
}

/** The table under "Folders": code in backticks names places, `everything` and `nothing` speak for themselves. */
function readTable(text: string): readonly Row[] {
  const rows = text.split("\n").filter((line) => /^\| *`/.test(line)).map((line) => line.split("|").slice(1, -1));
  return rows.map(([places, , mayImport]) => ({ places: codeIn(places), mayImport: /\beverything\b/.test(mayImport) ? ["everything"] : codeIn(mayImport) }));
}

function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1]);
}

function sourceFiles(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return entry.name === "node_modules" || path === "test/projects" ? [] : sourceFiles(path);
    return /\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** What a file imports: project files by path, packages by name, `node:` modules as they are. */
function importsOf(path: string): readonly string[] {
  const text = readFileSync(join(root, path), "utf8");
  const names = [...text.matchAll(/^(?:import|export)\b[^"';]*?\bfrom\s+["']([^"']+)["']|^import\s+["']([^"']+)["']|\bimport\(\s*["']([^"']+)["']\s*\)/gm)].map((match) => match[1] ?? match[2] ?? match[3]);
  return names.map((name) => {
    if (name === "#engine") return "#engine";
    if (name.startsWith(".")) return relative(root, resolve(root, dirname(path), name));
    if (name.startsWith("node:")) return name;
    return name.split("/").slice(0, name.startsWith("@") ? 2 : 1).join("/");
  });
}

/** Whether `pattern` (a folder, a file, a package, with `*` for one name) covers `name`, a path without suffix. */
function covers(pattern: string, name: string): boolean {
  const isFile = pattern.endsWith(".ts");
  const expression = pattern.replace(/\.ts$/, "").replace(/[.+?^$()|[\]\\]/g, "\\$&").replaceAll("*", "[^/]*").replace(/\{([^}]*)\}/g, (_, names: string) => `(?:${names.replaceAll(",", "|")})`);
  return new RegExp(`^${expression}${isFile ? "$" : "(/|$)"}`).test(name);
}

function rowFor(rows: readonly Row[], path: string): Row | undefined {
  const name = path.replace(/\.ts$/, "");
  const matches = rows.flatMap((row) => row.places.filter((place) => covers(place, name)).map((place) => ({ row, length: place.length })));
  return matches.sort((a, b) => b.length - a.length)[0]?.row;
}

describe("architecture", () => {
  const rows = readTable(readFileSync(join(root, "ARCHITECTURE.md"), "utf8"));
  const files = ["client/src", "server/src", "rules", "test"].flatMap(sourceFiles);

  it("has a row for every source file", () => {
    assert.deepEqual(files.filter((path) => !rowFor(rows, path)), []);
  });

  it("imports only what the table allows", () => {
    const wrong: string[] = [];
    for (const path of files) {
      const row = rowFor(rows, path);
      if (!row || row.mayImport.includes("everything")) continue;
      const own = row.places.filter((place) => covers(place, path.replace(/\.ts$/, "")));
      for (const name of importsOf(path)) {
        const sameFolder = own.some((place) => name === place || coversSame(place, path, name));
        if (!sameFolder && !row.mayImport.some((each) => covers(each, name))) wrong.push(`${path} imports ${name}`);
      }
    }
    assert.deepEqual(wrong, []);
  });

  it("finds a wrong import", () => {
    const [row] = readTable("| `server/src/engine/source` | text | nothing | – |");
    assert.deepEqual(row, { places: ["server/src/engine/source"], mayImport: [] });
    assert.ok(!covers("server/src/engine/project", "server/src/engine/projects"));
    assert.ok(covers("server/src/engine/orms/*", "server/src/engine/orms/django/rewrite"));
  });
});

/** Files of one row may import each other; where the row is a pattern (`orms/*`), only within the same match. */
function coversSame(place: string, path: string, name: string): boolean {
  const depth = place.split("/").length;
  if (place.endsWith(".ts")) return covers(place, name);
  const prefix = path.replace(/\.ts$/, "").split("/").slice(0, depth).join("/");
  return covers(prefix, name) && covers(place, name);
}
