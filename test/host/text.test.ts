import assert from "node:assert/strict";
import { decodeText, encodeText } from "../../server/src/host/text";

const bytes = (text: string) => new TextEncoder().encode(text);

describe("texts of files", () => {
  it("are what an editor shows: without byte order mark, and come back with it", () => {
    const stored = bytes("\ufeffx = 'é'\r\n");
    const decoded = decodeText(stored);
    assert.ok(decoded.kind === "text");
    assert.equal(decoded.text, "x = 'é'\r\n");
    assert.deepEqual(encodeText(decoded.text, decoded.encoding), stored);
  });

  it("keep a replacement character that was really there", () => {
    const decoded = decodeText(bytes("x = '\ufffd'"));
    assert.ok(decoded.kind === "text" && !decoded.encoding.lossy);
  });

  it("that are not UTF-8 are read, but never written", () => {
    const decoded = decodeText(new Uint8Array([0x61, 0xff, 0x62]));
    assert.ok(decoded.kind === "text");
    assert.equal(decoded.text, "a\ufffdb");
    assert.equal(encodeText(decoded.text, decoded.encoding), undefined);
  });

  it("are read in the character set that they name (PEP 263)", () => {
    const decoded = decodeText(Buffer.from("#!/usr/bin/python\n# vim: set fileencoding=iso-8859-1 :\nx = '\xe9'\n", "latin1"));
    assert.ok(decoded.kind === "text");
    assert.match(decoded.text, /'é'/);
    assert.equal(encodeText(decoded.text, decoded.encoding), undefined);
  });

  it("that name a character set after code do not", () => {
    const decoded = decodeText(bytes("x = 1\n# coding: latin-1\ny = 'é'\n"));
    assert.ok(decoded.kind === "text" && decoded.encoding.charset === "utf-8");
  });

  it("with NUL bytes are none", () => {
    assert.equal(decodeText(bytes("a\0b")).kind, "skipped");
  });
});
