import assert from "node:assert/strict";
import { canonicalFolder, canonicalUri, isInside, pathToUri, relativePath, uriToPath, type PathStyle } from "../../server/src/host/uri";

describe("file URIs", () => {
  const pairs: readonly (readonly [PathStyle, string, string])[] = [
    ["posix", "/srv/shop/views.py", "file:///srv/shop/views.py"],
    ["posix", "/srv/a b/ü#1?.py", "file:///srv/a%20b/%C3%BC%231%3F.py"],
    ["posix", "/srv/50%/(x)'*!.py", "file:///srv/50%25/%28x%29%27%2A%21.py"],
    ["posix", "/srv/back\\slash.py", "file:///srv/back%5Cslash.py"],
    ["posix", "/", "file:///"],
    ["windows", "c:\\Users\\me\\shop\\views.py", "file:///c%3A/Users/me/shop/views.py"],
    ["windows", "d:\\a b\\ü.py", "file:///d%3A/a%20b/%C3%BC.py"],
    ["windows", "\\\\server\\share\\shop\\a.py", "file://server/share/shop/a.py"],
    ["windows", "c:\\", "file:///c%3A/"],
  ];
  for (const [style, path, uri] of pairs) {
    it(`${style}: ${path}`, () => {
      assert.equal(pathToUri(path, style), uri);
      assert.equal(uriToPath(uri, style), path);
      assert.equal(canonicalUri(uri), uri);
    });
  }

  it("of Windows paths in other spellings are the same", () => {
    for (const path of ["C:\\shop\\a.py", "C:/shop/a.py", "c:/shop\\a.py", "\\\\?\\C:\\shop\\a.py"]) {
      assert.equal(pathToUri(path, "windows"), "file:///c%3A/shop/a.py");
    }
    assert.equal(pathToUri("\\\\?\\UNC\\Server\\share\\a.py", "windows"), "file://server/share/a.py");
  });

  it("of clients in other spellings are the same", () => {
    for (const uri of ["file:///C:/shop/a%20b.py", "file:///c:/shop/a b.py", "file:///c%3a/shop/a%20b.py", "FILE:///c%3A/shop/a%20b.py"]) {
      assert.equal(canonicalUri(uri), "file:///c%3A/shop/a%20b.py");
    }
    assert.equal(canonicalUri("file:///x/%zz%20.py"), "file:///x/%25zz%20.py");
    assert.equal(canonicalUri("untitled:Untitled-1"), "untitled:Untitled-1");
    assert.equal(canonicalUri("vscode-vfs://github/a/b.py"), "vscode-vfs://github/a/b.py");
    assert.equal(canonicalFolder("file:///srv/shop/"), "file:///srv/shop");
    assert.equal(canonicalFolder("file:///"), "file:///");
  });

  it("that are not of files have no path", () => {
    assert.equal(uriToPath("untitled:Untitled-1", "posix"), undefined);
  });

  it("tell what lies inside", () => {
    assert.ok(isInside("file:///a/b.py", "file:///a"));
    assert.ok(isInside("file:///a", "file:///a"));
    assert.ok(isInside("file:///a", "file:///"));
    assert.ok(!isInside("file:///ab/c.py", "file:///a"));
  });

  it("give relative paths with forward slashes", () => {
    assert.equal(relativePath("file:///srv/shop", "file:///srv/shop/a%20b/c.py"), "a b/c.py");
    assert.equal(relativePath("file:///srv/shop/x", "file:///srv/lib/c.py"), "../../lib/c.py");
    assert.equal(relativePath("file:///srv/shop", "file:///srv/shop"), ".");
    assert.equal(relativePath("file:///c%3A/shop", "file:///c%3A/shop/orders/a.py"), "orders/a.py");
    assert.equal(relativePath("file:///c%3A/shop", "file:///d%3A/lib/a.py"), "d:/lib/a.py");
    assert.equal(relativePath("file:///c%3A/shop", "file://server/share/a.py"), "//server/share/a.py");
    assert.equal(relativePath("file:///srv", "untitled:Untitled-1"), "untitled:Untitled-1");
  });
});
