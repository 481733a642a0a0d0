import { strict as assert } from "node:assert";
import { defineRule, type Deployment, type Server, type SettingValue, type WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { openProject, pathOf, uriOf } from "../harness/project";

/** The deployment of a project with these files. */
async function deploymentOf(files: Readonly<Record<string, string>>): Promise<Deployment> {
  const seen: Deployment[] = [];
  const probe = defineRule({
    id: "probe", summary: "A probe", impact: "low", frameworks: ["django"], messages: {},
    check: { deployment: (deployment) => void seen.push(deployment) },
  });
  const workspace = await openProject(new Map(Object.entries(files)), [probe]);
  workspace.checkAll();
  assert.equal(seen.length, 1, "one application");
  return seen[0];
}

/** Values as Python writes them; `?` is unknown, `$X` what the environment may change, `…` that there may be more. */
function show(value: SettingValue | undefined): string {
  switch (value?.kind) {
    case undefined: return "unset";
    case "constant": return JSON.stringify(value.value) + (value.variable === undefined ? "" : `$${value.variable}`);
    case "list": return `[${value.items.map(show).join(", ")}${value.complete ? "" : "…"}]`;
    case "mapping": return `{${[...value.entries].map(([key, entry]) => `${key}${entry.maybe ? "?" : ""}: ${show(entry.value)}`).join(", ")}${value.complete ? "" : "…"}}`;
    case "unknown": return value.variable === undefined ? "?" : `?$${value.variable}`;
  }
}

async function settings(text: string, name: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  return show((await deploymentOf({ "config/settings.py": text, ...more })).settings.get(name)?.value);
}

function describeServer({ kind, application, protocol, options, complete }: Server): string {
  const given = [...options].map(([name, { value, several }]) => `${name}=${value ?? (several ? "several" : "?")}`);
  return [kind, application, protocol, ...given.sort(), complete ? "" : "incomplete"].filter(Boolean).join(" ");
}

async function servers(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return (await deploymentOf(files)).servers.map(describeServer);
}

describe("settings that are read", () => {
  it("are the last word on a name", async () => {
    assert.equal(await settings("A = 1\nA = 2\n", "A"), "2");
    assert.equal(await settings("A = [1]\nA += [2]\nA.append(3)\nA.extend((4,))\nA = [*A, 5]\n", "A"), "[1, 2, 3, 4, 5]");
    assert.equal(await settings("A = {'x': 1, **{'y': 2}}\nA['z'] = 3\nA.update(u=4)\nA |= {'x': 5}\n", "A"), '{x: 5, y: 2, z: 3, u: 4}');
    assert.equal(await settings("A = dict(x=1)\nB = A.copy()\nB['x'] = 2\n", "B"), "{x: 2}");
    assert.equal(await settings("A = 'a' + 'b'\nB = (A, 2 * 30)\n", "B"), '["ab", 60]');
    assert.equal(await settings("D = {'default': {}}\nD['default'].update({'X': 1})\nD['default'].setdefault('X', 2)\n", "D"), "{default: {X: 1}}");
    assert.equal(await settings("globals().update({'A': 1})\n", "A"), "1");
    assert.equal(await settings("A = 1\nimport heroku\nheroku.settings(locals())\n", "A"), "?");
    assert.equal(await settings("A = f'{B}'\n", "A"), "?");
  });

  it("are joined where it is not known which way is taken", async () => {
    assert.equal(await settings("if X:\n    A = 1\nelse:\n    A = 1\n", "A"), "1");
    assert.equal(await settings("if X:\n    A = 1\nelse:\n    A = 2\n", "A"), "?");
    assert.equal(await settings("if X:\n    A = 1\n", "A"), "?");
    assert.equal(await settings("A = {'x': 1}\nif X:\n    A['y'] = 2\n", "A"), "{x: 1, y?: 2}");
    assert.equal(await settings("A = ['x']\nif X:\n    A += ['y']\n", "A"), '["x", "y"]');
    assert.equal(await settings("A = 1\nfor x in y:\n    A = x\n", "A"), "?");
    assert.equal(await settings("A = 1\ntry:\n    import x\nexcept ImportError:\n    A = 2\n", "A"), "?");
    assert.equal(await settings("import sys\nA = 1\nif 'test' in sys.argv:\n    A = 2\n", "A"), "1");
  });

  it("ask the environment with a default or without", async () => {
    const cases: Readonly<Record<string, string>> = {
      "os.environ.get('X', 'y')": '"y"$X',
      "os.environ['X']": "?$X",
      "os.getenv('X')": "?$X",
      "bool(int(os.getenv('X', '0')))": "false$X",
      "os.environ.get('X') or 'y'": '"y"$X',
      "os.environ.get('X', 'True') == 'True'": "true$X",
      "os.environ.get('X', 'no').lower() in ('1', 'true')": "false$X",
      "env.bool('X', default=True)": "true$X",
      "env.bool('X', False)": "false$X",
      "env.int('X', 5)": "5$X",
      "env('X', default='y')": '"y"$X',
      "env('X', 'y')": '"y"$X',
      "env('X')": "?$X",
      "env('SCHEME')": "true$SCHEME",
      "config('X', default=True, cast=bool)": "true$X",
      "config('X', default='3', cast=int)": "3$X",
      "config('X')": "?$X",
      "env.list('X', default=[])": "?$X",
      "not env.bool('X', True)": "false$X",
      "cache.get('X', 'y')": "?",
    };
    for (const [code, expected] of Object.entries(cases)) {
      assert.equal(await settings(`import os\nimport environ\nenv = environ.Env(SCHEME=(bool, True))\nA = ${code}\n`, "A"), expected, code);
    }
  });

  it("are what the files of the deployment set", async () => {
    const text = "import os\nA = os.environ.get('X', 'y')\n";
    assert.equal(await settings(text, "A", { Dockerfile: "FROM python\nENV X=z Y=1\n" }), '"z"');
    assert.equal(await settings(text, "A", { Dockerfile: "FROM python\nENV X z\n" }), '"z"');
    assert.equal(await settings(text, "A", { "Dockerfile.dev": "FROM python\nENV X=z\n" }), '"y"$X');
    assert.equal(await settings(text, "A", { Dockerfile: "FROM python AS prod\nENV X=z\nFROM python AS test\nENV X=t\n" }), '"z"');
    assert.equal(await settings(text, "A", { "docker-compose.yml": "services:\n  web:\n    environment:\n      - X=z\n" }), '"z"');
    assert.equal(await settings(text, "A", { "docker-compose.yml": "services:\n  web:\n    environment:\n      X: ${X}\n" }), "?$X");
    assert.equal(await settings(text, "A", { "docker-compose.yml": "services:\n  web:\n    command: ./manage.py runserver\n    environment:\n      X: z\n" }), '"y"$X');
    assert.equal(await settings(text, "A", { "shop.service": "[Service]\nEnvironment=\"X=z\"\n" }), '"z"');
    assert.equal(await settings(text, "A", { Procfile: "web: X=z gunicorn config.wsgi\n" }), '"z"');
    // An example agrees, or nothing is known.
    assert.equal(await settings(text, "A", { ".env.example": "X=y\n" }), '"y"$X');
    assert.equal(await settings(text, "A", { ".env.example": "X=z\n" }), "?$X");
  });

  it("read DEBUG as it is where it is deployed", async () => {
    const text = "import os\nDEBUG = os.environ.get('DEBUG', '1') == '1'\n";
    assert.equal(await settings(`${text}if DEBUG:\n    A = 1\nelse:\n    A = 2\n`, "A"), "2");
    assert.equal(await settings(`${text}A = not DEBUG\n`, "A"), "true$DEBUG");
  });

  it("take database URLs apart", async () => {
    assert.equal(await settings("D = dj_database_url.parse('postgres://h/d')\n", "D"), '{ENGINE: "django.db.backends.postgresql", HOST: ?$postgres://h/d, PORT: ?$postgres://h/d, CONN_MAX_AGE: 0, OPTIONS: ?$postgres://h/d}');
    assert.match(await settings("D = dj_database_url.config(conn_max_age=600)\n", "D"), /CONN_MAX_AGE: 600/);
    assert.match(await settings("D = env.db('URL', default='sqlite:///x')\n", "D"), /^\{ENGINE: "django.db.backends.sqlite3"\$URL, .*…\}$/);
    assert.match(await settings("D = config('URL', cast=dj_database_url.parse)\n", "D"), /^\{ENGINE: \?\$URL/);
  });

  it("come from other modules in the order of their imports", async () => {
    const base = { "config/base.py": "A = 1\nB = {'x': 1}\n_hidden = 2\n" };
    assert.equal(await settings("from .base import *\nA = A + 1\n", "A", base), "2");
    assert.equal(await settings("from config.base import *\nB['x'] = 2\n", "B", base), "{x: 2}");
    assert.equal(await settings("A = 5\nfrom config.base import A\n", "A", base), "1");
    assert.equal(await settings("A = 5\nfrom .settings import *\n", "A"), "5");
    assert.equal(await settings("A = 5\nfrom elsewhere import *\n", "A"), "?");
  });

  it("are included by django-split-settings, in the same names", async () => {
    const files = { "config/base.py": "A = [1]\nB = 1\n", "config/more.py": "A += [2]\n", "config/local.py": "B = 2\n" };
    const text = "from split_settings.tools import include, optional\ninclude('base.py', 'more.py', optional('local.py'), optional('missing.py'))\n";
    assert.equal(await settings(text, "A", files), "[1, 2]");
    assert.equal(await settings("B = 1\ninclude('parts/*.py')\n", "B"), "?");
    assert.equal((await deploymentOf({ "config/settings.py": text, ...files })).overridable, true);
  });

  it("are not known where code makes names", async () => {
    assert.equal(await settings("globals()['A'] = 1\n", "A"), "1");
    assert.equal(await settings("A = 1\nfor name in names:\n    globals()[name] = 2\n", "A"), "?");
    assert.equal(await settings("A = 1\nexec(open('x').read())\n", "A"), "?");
  });

  it("may be overruled by a file that is not there", async () => {
    const local = await deploymentOf({ "config/settings.py": "A = 1\ntry:\n    from .local_settings import *\nexcept ImportError:\n    pass\n" });
    assert.deepEqual([local.overridable, show(local.settings.get("A")?.value)], [true, "1"]);
    const developers = await deploymentOf({ "config/settings.py": "A = 1\ntry:\n    from .dev import *\nexcept ImportError:\n    pass\n", "config/dev.py": "A = 2\n" });
    assert.deepEqual([developers.overridable, show(developers.settings.get("A")?.value)], [false, "1"]);
  });
});

describe("the deployed settings", () => {
  const manage = (name: string): string => `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "${name}")\n`;
  const split = { "manage.py": manage("config.settings.local"), "config/settings/base.py": "INSTALLED_APPS = []\nDEBUG = True\n", "config/settings/local.py": "from .base import *\n" };
  const of = async (files: Readonly<Record<string, string>>) => {
    const { uri, isDeployed } = await deploymentOf(files);
    return `${pathOf(uri)} ${isDeployed}`;
  };

  it("are those for production beside those that manage.py names", async () => {
    assert.equal(await of({ ...split, "config/settings/production.py": "from .base import *\n" }), "config/settings/production.py true");
    assert.equal(await of({ ...split, "config/settings/shop.py": "from .base import *\nDEBUG = False\n", "config/settings/static.py": "from .base import *\nDEBUG = False\n" }), "config/settings/shop.py true");
    assert.equal(await of(split), "config/settings/local.py false");
  });

  it("are those that wsgi.py names", async () => {
    assert.equal(await of({ ...split, "config/wsgi.py": manage("config.settings.prod"), "config/settings/prod.py": "from .base import *\n", "config/settings/live.py": "from .base import *\n" }), "config/settings/prod.py true");
  });

  it("are those that a file of the deployment names", async () => {
    assert.equal(await of({ ...split, "config/settings/one.py": "from .base import *\n", "config/settings/two.py": "from .base import *\n", Dockerfile: "FROM python\nENV DJANGO_SETTINGS_MODULE=config.settings.two\n" }), "config/settings/two.py true");
  });

  it("are not known without any evidence", async () => {
    assert.equal(await of({ "config/settings.py": "DEBUG = True\n" }), "config/settings.py false");
    assert.equal(await of({ "config/settings.py": "DEBUG = True\n", Procfile: "web: gunicorn config.wsgi\n" }), "config/settings.py true");
    assert.equal(await of({ "config/settings.py": "DEBUG = env.bool('DEBUG')\n" }), "config/settings.py true");
  });
});

describe("servers that are read", () => {
  const S = { "config/settings.py": "DEBUG = False\n" };
  const gunicorn = "gunicorn config.wsgi wsgi";

  it("stand in files of many kinds", async () => {
    const command = "gunicorn -w 3 config.wsgi";
    const files: Readonly<Record<string, string>> = {
      Procfile: `release: ./manage.py migrate\nweb: newrelic-admin run-program ${command}\n`,
      Dockerfile: `FROM python\nRUN pip install gunicorn\nCMD ["sh", "-c", "./manage.py migrate && exec ${command}"]\n`,
      "docker-compose.yml": `services:\n  web:\n    image: shop\n    command: >\n      sh -c "./manage.py migrate &&\n             ${command}"\n`,
      "compose.prod.yaml": `x: &a\n  b: c\nservices:\n  web:\n    command:\n      - gunicorn\n      - -w\n      - "3"\n      - config.wsgi\n`,
      "deploy/shop.service": `[Service]\nExecStart=/srv/venv/bin/${command}\n`,
      "entrypoint.sh": `#!/bin/sh\nif [ "$1" = "gunicorn" ]; then\n  echo gunicorn\nfi\nexec ${command} "$@"\n`,
      start: `#!/bin/bash\nset -e\npython manage.py migrate\n${command}\n`,
      "supervisord.conf": `[program:web]\ncommand=${command}\n`,
    };
    for (const [path, text] of Object.entries(files)) {
      const [found, ...others] = await servers({ ...S, [path]: text });
      assert.equal(found?.replace(" incomplete", ""), `${gunicorn} workers=3`, path);
      assert.deepEqual(others, [], path);
    }
  });

  it("have options in every form", async () => {
    const of = async (command: string) => (await servers({ ...S, Procfile: `web: ${command}\n` }))[0];
    assert.equal(await of("gunicorn --workers=2 --threads 4 --preload config.wsgi:application"), "gunicorn config.wsgi:application wsgi threads=4 workers=2");
    assert.equal(await of("gunicorn -w4 -k uvicorn.workers.UvicornWorker config.asgi"), "gunicorn config.asgi asgi workerClass=uvicorn.workers.UvicornWorker workers=4");
    assert.equal(await of("gunicorn --workers ${WORKERS:-3} config.wsgi"), `${gunicorn} workers=3`);
    assert.equal(await of("gunicorn --workers $WORKERS config.wsgi"), `${gunicorn} workers=?`);
    assert.equal(await of("gunicorn $OPTIONS config.wsgi"), `${gunicorn} incomplete`);
    assert.equal(await of("python -m uvicorn config.asgi:application --workers 4"), "uvicorn config.asgi:application asgi workers=4");
    assert.equal(await of("daphne -b 0.0.0.0 -p 8000 config.asgi:application"), "daphne config.asgi:application asgi");
    assert.equal(await of("uwsgi --module config.wsgi --processes 4 --threads 2"), "uwsgi config.wsgi wsgi threads=2 workers=4");
    assert.equal(await of("uwsgi --module config.wsgi --master"), "uwsgi config.wsgi wsgi");
    assert.equal(await of("uwsgi --master"), "uwsgi wsgi incomplete");
    assert.equal(await of("gunicorn --workers 1"), "gunicorn wsgi workers=1 incomplete");
    assert.equal(await of("pip install gunicorn"), undefined);
    assert.equal(await of("make uwsgi"), undefined);
    assert.equal(await of("gunicorn --reload config.wsgi"), undefined);
  });

  it("are configured in files of their own", async () => {
    const conf = "import os, multiprocessing\nworkers = int(os.environ.get('W', 3))\nthreads = 2\nwsgi_app = 'config.wsgi'\n";
    assert.deepEqual(await servers({ ...S, "gunicorn.conf.py": conf, Procfile: "web: gunicorn\n" }), [`${gunicorn} threads=2 workers=3`]);
    assert.deepEqual(await servers({ ...S, "deploy/g.py": conf, Procfile: "web: gunicorn -c deploy/g.py -w 8\n" }), [`${gunicorn} threads=2 workers=8`]);
    assert.deepEqual(await servers({ ...S, "gunicorn.conf.py": "workers = 2 * multiprocessing.cpu_count() + 1\n", Procfile: "web: gunicorn config.wsgi\n" }), [`${gunicorn} workers=several`]);
    assert.deepEqual(await servers({ ...S, Procfile: "web: gunicorn -c missing.py config.wsgi\n" }), [`${gunicorn} incomplete`]);
    assert.deepEqual(await servers({ ...S, "uwsgi.ini": "[uwsgi]\nmodule = config.wsgi\nprocesses = 4 \nif-env = X\nthreads = 2\nendif =\n", Procfile: "web: uwsgi uwsgi.ini\n" }), ["uwsgi config.wsgi wsgi threads=2 workers=4"]);
    assert.deepEqual(await servers({ ...S, Dockerfile: "FROM python\nENV UWSGI_WORKERS=2 UWSGI_THREADS=4\nCMD uwsgi --wsgi-file config/wsgi.py\n" }), ["uwsgi config.wsgi wsgi threads=4 workers=2"]);
    assert.deepEqual(await servers({ ...S, Procfile: "web: gunicorn config.wsgi\n", "shop.service": "[Service]\nEnvironment=GUNICORN_CMD_ARGS=--workers=5\n" }), [`${gunicorn} workers=5`]);
  });

  it("run this application and no other", async () => {
    assert.deepEqual(await servers({ ...S, "service/Dockerfile": "FROM python\nCMD gunicorn app:app\n", "service/app.py": "from flask import Flask\napp = Flask('x')\n" }), []);
    assert.deepEqual(await servers({ ...S, Procfile: "web: gunicorn web.run:application\n", "web/run.py": "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n" }), ["gunicorn web.run:application wsgi"]);
    assert.deepEqual(await servers({ ...S, Procfile: "web: gunicorn --pythonpath src elsewhere.wsgi\n" }), ["gunicorn elsewhere.wsgi wsgi"]);
  });

  it("show that several processes serve", async () => {
    const several = async (files: Readonly<Record<string, string>>) => (await deploymentOf({ ...S, ...files })).severalProcesses !== undefined;
    assert.equal(await several({ Procfile: "web: gunicorn -w 2 config.wsgi\n" }), true);
    assert.equal(await several({ "docker-compose.yml": "services:\n  web:\n    command: gunicorn -w 1 config.wsgi\n    deploy:\n      replicas: 2\n" }), true);
    assert.equal(await several({ Procfile: "web: gunicorn -w 1 config.wsgi\n" }), false);
    assert.equal(await several({ "docker/dev/Dockerfile": "FROM python\nCMD gunicorn -w 4 config.wsgi\n" }), false);
  });
});

describe("findings about a deployment", () => {
  const used = rules.filter((rule) => ["single-worker-server", "debug-in-production", "sqlite-in-production"].includes(rule.id));
  const start = {
    "manage.py": `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")\n`,
    "config/settings/base.py": `INSTALLED_APPS = ["shop"]\nDATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}}\n`,
    "config/settings/dev.py": "from .base import *\n\nDEBUG = True\n",
    "config/settings/production.py": "from .base import *\n\nDEBUG = False\n",
    Procfile: "web: gunicorn --workers 1 config.wsgi\n",
  };
  const found = (workspace: WorkspaceApi) => {
    workspace.checkAll();
    return workspace.allFindings().map((each) => `${each.ruleId} ${pathOf(each.at.uri)} ${workspace.text(each.at.uri)!.slice(each.at.span.start, each.at.span.end)}`);
  };
  const sqlite = `sqlite-in-production config/settings/base.py "ENGINE": "django.db.backends.sqlite3"`;
  const alone = "single-worker-server Procfile --workers 1";

  it("stand in files that are not code", async () => {
    const workspace = await openProject(new Map(Object.entries(start)), used);
    assert.deepEqual(found(workspace), [alone, sqlite]);
  });

  it("follow their places, and come and go with what they say", async () => {
    const workspace = await openProject(new Map(Object.entries(start)), used);
    const change = (path: string, text: string | undefined) => workspace.apply([{ uri: uriOf(path), text }]);
    found(workspace);
    change("Procfile", `# a remark\n${start.Procfile}`);
    assert.deepEqual(found(workspace), [alone, sqlite]);
    change("config/settings/base.py", `# a remark\n${start["config/settings/base.py"]}`);
    assert.deepEqual(found(workspace), [alone, sqlite]);
    change("Procfile", "web: gunicorn --workers 3 config.wsgi\n");
    assert.deepEqual(found(workspace), [sqlite]);
    change("config/settings/production.py", `${start["config/settings/production.py"]}DATABASES["default"]["ENGINE"] = "django.db.backends.postgresql"\n`);
    assert.deepEqual(found(workspace), []);
    change("config/settings/production.py", start["config/settings/production.py"].replace("False", "True"));
    assert.deepEqual(found(workspace), [sqlite, "debug-in-production config/settings/production.py True"]);
    change("config/settings/production.py", undefined);
    change("Procfile", undefined);
    assert.deepEqual(found(workspace), []);
    change("config/settings/production.py", start["config/settings/production.py"]);
    change("Procfile", start.Procfile);
    assert.deepEqual(found(workspace), [alone, sqlite]);
  });

  it("cost one check: that of the deployed settings", async () => {
    const workspace = await openProject(new Map(Object.entries(start)), used);
    found(workspace);
    const { checked, linked } = workspace.counters;
    workspace.apply([{ uri: uriOf("Procfile"), text: "web: gunicorn --workers 3 config.wsgi\n" }]);
    found(workspace);
    assert.deepEqual([workspace.counters.checked - checked, workspace.counters.linked - linked], [1, 1]);
  });
});
