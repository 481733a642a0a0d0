import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DEFAULT_SETTINGS, readSettings } from "../../server/src/config/settings";

interface Manifest {
  readonly activationEvents: readonly string[];
  readonly capabilities: { readonly untrustedWorkspaces: { readonly supported: boolean } };
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly configuration: { readonly properties: Readonly<Record<string, { readonly default: unknown }>> };
  };
}

const ROOT = join(__dirname, "../..");
const manifest = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as Manifest;
const clientSource = readdirSync(join(ROOT, "client/src"))
  .map((file) => readFileSync(join(ROOT, "client/src", file), "utf8"))
  .join("\n");

describe("the extension's manifest", () => {
  const { commands, configuration } = manifest.contributes;

  it("declares the settings that the server reads, with the defaults that it has", () => {
    const raw: Record<string, Record<string, unknown>> = {};
    for (const [name, { default: value }] of Object.entries(configuration.properties)) {
      const [section, key, more] = name.split(".");
      assert.equal(section, "scaleHints");
      if (more === undefined) (raw as Record<string, unknown>)[key] = value;
      else (raw[key] ??= {})[more] = value;
    }
    assert.deepEqual(readSettings(raw, []), { settings: DEFAULT_SETTINGS, problems: [] });
  });

  it("declares the commands that the client registers", () => {
    const registered = [...clientSource.matchAll(/register\("(\w+)"/g)].map(([, name]) => `scaleHints.${name}`);
    assert.deepEqual(commands.map(({ command }) => command).sort(), registered.sort());
  });

  it("starts for Python, templates and TypeScript, and not for every page of HTML", () => {
    for (const event of manifest.activationEvents) assert.match(event, /^onLanguage:(python|(type|java)script(react)?|vue|svelte|prisma|django-(html|txt)|jinja(-html)?)$|^workspaceContains:/);
  });

  it("works in workspaces that nobody trusts, as nothing of theirs is run", () => {
    assert.equal(manifest.capabilities.untrustedWorkspaces.supported, true);
  });

  it("is explained: every setting is in the README", () => {
    const readme = readFileSync(join(ROOT, "README.md"), "utf8");
    for (const name of Object.keys(configuration.properties)) assert.ok(readme.includes(`\`${name}\``), name);
  });
});
