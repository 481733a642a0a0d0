import assert from "node:assert/strict";
import { projectRoot, type FolderTree } from "../../server/src/host/project-root";

/** A tree of these files; the working folder is `/work`. */
function treeOf(...files: readonly string[]): FolderTree {
  return {
    kind: (uri) => (files.includes(uri) ? "file" : files.some((each) => each.startsWith(`${uri}/`)) ? "folder" : "missing"),
    parent: (uri) => (uri.lastIndexOf("/") > "file://".length ? uri.slice(0, uri.lastIndexOf("/")) : "file:///"),
    workingFolder: "file:///work",
    homeFolder: "file:///home/ada",
  };
}

describe("the folder that some paths belong to", () => {
  const shop = "file:///work/clones/shop";

  it("is the repository, where there is one", () => {
    assert.equal(projectRoot([`${shop}/packages/api/src`], treeOf(`${shop}/.git/config`, `${shop}/packages/api/package.json`, `${shop}/packages/api/src/a.ts`)), shop);
  });

  it("is else that of the lock file or the workspace, of one package alone the package", () => {
    const api = `${shop}/packages/api`;
    assert.equal(projectRoot([`${api}/src`], treeOf(`${shop}/pnpm-lock.yaml`, `${shop}/package.json`, `${api}/package.json`, `${api}/src/a.ts`)), shop);
    assert.equal(projectRoot([`${api}/src`], treeOf(`${shop}/turbo.json`, `${api}/package.json`, `${api}/src/a.ts`)), shop);
    assert.equal(projectRoot([`${api}/src/a.ts`], treeOf(`${api}/package.json`, `${api}/src/a.ts`)), api);
    assert.equal(projectRoot([`${api}/src`], treeOf(`${shop}/manage.py`, `${api}/src/a.py`)), shop);
  });

  it("is the working folder where nothing tells, unless that is too wide", () => {
    assert.equal(projectRoot([`${shop}/src`], treeOf(`${shop}/src/a.ts`)), "file:///work");
    assert.equal(projectRoot(["file:///home/ada/a.ts"], treeOf("file:///home/ada/a.ts", "file:///home/ada/package.json")), "file:///home/ada");
  });
});
