import assert from "node:assert/strict";
import { join } from "node:path";
import { toUri } from "../../server/src/host/node/paths";
import { ProjectFiles } from "../../server/src/host/node/project-files";
import { relativePath } from "../../server/src/host/uri";
import { removeTemporaryFolders, temporaryFolder } from "../cli/temporary-folder";

describe("files of a project", () => {
  afterEach(removeTemporaryFolders);

  const listed = (root: string) => [...new ProjectFiles().list(root)].flatMap((entry) => (entry.kind === "file" ? [relativePath(toUri(root), entry.uri)] : []));

  it("are those that git does not ignore, nested ignore files included", () => {
    const root = temporaryFolder({
      ".git/HEAD": "",
      ".git/info/exclude": "private.py\n",
      ".gitignore": "*_gen.py\n/local/\ndocs/*\n!docs/keep.py\n",
      "a.py": "", "a_gen.py": "", "private.py": "", "local/x.py": "", "docs/x.py": "", "docs/keep.py": "",
      "app/.gitignore": "!b_gen.py\nsecret.py\n",
      "app/b_gen.py": "", "app/c_gen.py": "", "app/secret.py": "", "app/local/x.py": "",
    });
    assert.deepEqual(listed(root), ["a.py", "app/b_gen.py", "app/local/x.py", "docs/keep.py"]);
    const files = new ProjectFiles();
    for (const name of ["a.py", "app/b_gen.py"]) assert.ok(files.includes(root, join(root, name)), name);
    for (const name of ["a_gen.py", "local/x.py", "app/secret.py", "a.txt", "../a.py"]) assert.ok(!files.includes(root, join(root, name)), name);
  });

  it("of a folder inside a repository heed the repository's ignore file", () => {
    const root = temporaryFolder({ ".git/HEAD": "", ".gitignore": "gen.py\n", "app/a.py": "", "app/gen.py": "" });
    assert.deepEqual(listed(join(root, "app")), ["a.py"]);
  });

  it("of a folder that is itself ignored are all there: it was opened on purpose", () => {
    const root = temporaryFolder({ ".git/HEAD": "", ".gitignore": "tmp/\n", "tmp/a.py": "" });
    assert.deepEqual(listed(join(root, "tmp")), ["a.py"]);
  });

  it("include markup anywhere and other texts in folders for templates, below the root", () => {
    const root = temporaryFolder({
      "templates/a.html": "", "templates/mail/b.txt": "", "templates/c.py": "", "jinja2/d.xml": "", "e.html": "", "f.jinja2": "", "g.j2": "", "h.txt": "", "i.xml": "", "j.djhtml": "",
      "app/templates/requirements.txt": "", "app/templates/k.png": "", "docs/_build/l.html": "", "htmlcov/m.html": "", "node_modules/n/o.html": "",
    });
    assert.deepEqual(listed(root).sort(), ["app/templates/requirements.txt", "e.html", "f.jinja2", "g.j2", "j.djhtml", "jinja2/d.xml", "templates/a.html", "templates/c.py", "templates/mail/b.txt"]);
    // What lies above the root says nothing.
    assert.deepEqual(listed(join(root, "templates")), ["a.html", "c.py"]);
  });

  it("include what tells versions", () => {
    const root = temporaryFolder({
      "requirements.txt": "", "requirements/base.txt": "", "requirements-dev.in": "", "pyproject.toml": "", "Pipfile": "", "Pipfile.lock": "",
      "poetry.lock": "", "uv.lock": "", "setup.py": "", "setup.cfg": "", "notes.txt": "", "readme.md": "",
    });
    assert.deepEqual(listed(root).sort(), [
      "Pipfile", "Pipfile.lock", "poetry.lock", "pyproject.toml", "requirements-dev.in", "requirements.txt", "requirements/base.txt", "setup.cfg", "setup.py", "uv.lock",
    ]);
  });

  it("include what deploys the application, but no environment with secrets in it", () => {
    const wanted = [
      ".env.example", "Dockerfile", "Dockerfile.prod", "Procfile", "compose.yaml", "deploy/gunicorn.conf", "deploy/shop.service", "deploy/uwsgi.ini", "docker-compose.prod.yml",
      "docker-entrypoint.sh", "docker/start", "fly.toml",
    ];
    const root = temporaryFolder(Object.fromEntries([...wanted, ".env", ".env.local", "notes.yml", "install.sh", "dockerfiles.md", "mypy.ini", "restart"].map((path) => [path, ""])));
    assert.deepEqual(listed(root).sort(), wanted);
  });
});
