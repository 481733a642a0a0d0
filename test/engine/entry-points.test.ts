import assert from "node:assert/strict";
import { rules } from "../../rules";
import type { FileFacts } from "../../server/src/engine/facts";
import { lowerPython } from "../../server/src/engine/languages/python";
import { djangoProjectAdapter } from "../../server/src/engine/orms/django/model";
import { linkProject, type LinkedProject } from "../../server/src/engine/project";
import { loadParsers } from "../harness/parsers";
import { openProject, uriOf } from "../harness/project";

let parse: (text: string) => ReturnType<Awaited<ReturnType<typeof loadParsers>>["parse"]>;

before(async () => {
  const parsers = await loadParsers();
  parse = (text) => parsers.parse(text, "python");
});

const SETTINGS: Readonly<Record<string, string>> = {
  "manage.py": `import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")\n`,
  "config/__init__.py": "",
  "config/settings.py": `
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "config.urls"
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "shop.middleware.Region", "shop.middleware.timing"]
TEMPLATES = [{"OPTIONS": {"context_processors": ["shop.context.menu"]}}]
`,
  "shop/__init__.py": "",
};

function link(files: Readonly<Record<string, string>>): LinkedProject {
  const facts = new Map<string, FileFacts>();
  for (const [path, text] of Object.entries({ ...SETTINGS, ...files })) facts.set(uriOf(path), lowerPython(parse(text), text, uriOf(path)));
  return linkProject({ files: facts, folders: ["file:///project"], adapters: [djangoProjectAdapter] });
}

const routes = (project: LinkedProject, key: string): string[] => project.routesOf(uriOf(key)).map(({ methods, path }) => [methods.join("|"), path].filter(Boolean).join(" "));
const entry = (project: LinkedProject, key: string): string => project.entryOf(uriOf(key));

describe("addresses of a Django project", () => {
  it("joins included URL configurations, lists and prefixes", () => {
    const project = link({
      "config/urls.py": `
from django.contrib import admin
from django.urls import include, path, re_path
from shop import views
extra = [path("help/", views.help)]
urlpatterns = [
    path("admin/", admin.site.urls),
    path("", views.home),
    path("shop/", include("shop.urls", namespace="shop")),
    path("more/", include((extra, "more"))),
    re_path(r"^old/(?P<pk>\\d+)/$", views.old),
] + extra
if True:
    urlpatterns += [path("debug/", views.debug)]
urlpatterns.append(path("late/", views.late))
`,
      "shop/urls.py": `
from django.urls import path
from django.contrib.auth.decorators import login_required
from django.views.decorators.cache import cache_page
from . import views
PREFIX = "orders"
urlpatterns = [
    path(f"{PREFIX}/<int:pk>/", login_required(views.order)),
    path("list/", cache_page(60)(views.OrderList.as_view())),
    path(f"{unknown()}/x/", views.x),
    path("by-name/", "shop.views.named"),
]
`,
      "shop/views.py": `
from django.views.decorators.http import require_GET, require_http_methods
from django.views.generic import ListView
from django.views import View
def home(request): pass
def help(request): pass
def old(request, pk): pass
def debug(request): pass
def late(request): pass
@require_GET
def order(request, pk): pass
@require_http_methods(["GET", "POST"])
def named(request): pass
def x(request): pass
class OrderList(ListView):
    def get_queryset(self): pass
    def post(self, request): pass
`,
    });
    assert.deepEqual(routes(project, "shop/views.py#home"), ["/"]);
    assert.deepEqual(routes(project, "shop/views.py#help"), ["/more/help/", "/help/"]);
    assert.deepEqual(routes(project, "shop/views.py#old"), ["/old/<pk>/"]);
    assert.deepEqual(routes(project, "shop/views.py#debug"), ["/debug/"]);
    assert.deepEqual(routes(project, "shop/views.py#late"), ["/late/"]);
    assert.deepEqual(routes(project, "shop/views.py#order"), ["GET /shop/orders/<int:pk>/"]);
    assert.deepEqual(routes(project, "shop/views.py#named"), ["GET|POST /shop/by-name/"]);
    assert.deepEqual(routes(project, "shop/views.py#x"), ["/shop/…/x/"]);
    assert.deepEqual(routes(project, "shop/views.py#OrderList.get_queryset"), ["GET /shop/list/"]);
    assert.deepEqual(routes(project, "shop/views.py#OrderList.post"), ["POST /shop/list/"]);
    assert.deepEqual(routes(project, "shop/views.py#OrderList"), ["GET /shop/list/"]);
  });

  it("writes regular expressions as people would", () => {
    const project = link({
      "config/urls.py": `
from django.urls import re_path
from shop.views import a, b, c, d
USER = r"^user/(?P<name>[\\w.-]+)"
urlpatterns = [
    re_path(rf"{USER}/books(.json)?/?$", a),
    re_path(r"^(?:en|de)/x$", b),
    re_path(r"^y/(\\d+)/[^/]+/$", c),
    re_path(r"^hook/(?P<slug>{slug})/".format(**patterns), d),
]
`,
      "shop/views.py": "def a(request): pass\ndef b(request): pass\ndef c(request): pass\ndef d(request): pass\n",
    });
    assert.deepEqual(["a", "b", "c", "d"].map((name) => routes(project, `shop/views.py#${name}`)[0]), ["/user/<name>/books/", "/<var>/x", "/y/<var>/…/", "/hook/<slug>/"]);
  });

  it("reads the routers of REST framework, nested ones included", () => {
    const project = link({
      "config/urls.py": `
from django.urls import include, path
from rest_framework.routers import DefaultRouter
from rest_framework_nested.routers import NestedDefaultRouter
from shop.api import OrderViewSet, ItemViewSet
router = DefaultRouter()
router.register(r"orders", OrderViewSet, basename="order")
items = NestedDefaultRouter(router, "orders", lookup="order")
items.register("items", ItemViewSet)
urlpatterns = [path("api/", include(router.urls)), path("api/", include(items.urls))]
`,
      "shop/api.py": `
from rest_framework.decorators import action, api_view
from rest_framework.viewsets import ModelViewSet, ReadOnlyModelViewSet
class OrderViewSet(ModelViewSet):
    lookup_field = "number"
    def list(self, request): pass
    def get_queryset(self): pass
    @action(detail=True, methods=["post"], url_path="send-mail")
    def send_mail(self, request, number=None): pass
    @action(detail=False)
    def recent(self, request): pass
class ItemViewSet(ReadOnlyModelViewSet):
    def get_queryset(self): pass
`,
    });
    assert.deepEqual(routes(project, "shop/api.py#OrderViewSet.list"), ["GET /api/orders/"]);
    assert.deepEqual(routes(project, "shop/api.py#OrderViewSet.send_mail"), ["POST /api/orders/<number>/send-mail/"]);
    assert.deepEqual(routes(project, "shop/api.py#OrderViewSet.recent"), ["GET /api/orders/recent/"]);
    assert.deepEqual(routes(project, "shop/api.py#OrderViewSet.get_queryset"), ["/api/orders/", "/api/orders/<number>/", "/api/orders/<number>/send-mail/", "/api/orders/recent/"]);
    assert.deepEqual(routes(project, "shop/api.py#ItemViewSet.get_queryset"), ["/api/orders/<order_number>/items/", "/api/orders/<order_number>/items/<pk>/"]);
  });

  it("reads the routes of Channels", () => {
    const project = link({
      "shop/routing.py": `
from django.urls import re_path
from shop.consumers import Chat
websocket_urlpatterns = [re_path(r"ws/chat/(?P<room>\\w+)/$", Chat.as_asgi())]
`,
      "shop/consumers.py": `
from channels.generic.websocket import AsyncWebsocketConsumer
class Chat(AsyncWebsocketConsumer):
    async def receive(self, text_data): pass
`,
    });
    assert.equal(entry(project, "shop/consumers.py#Chat.receive"), "socket");
    assert.deepEqual(routes(project, "shop/consumers.py#Chat"), ["/ws/chat/<room>/"]);
  });
});

describe("who runs a function", () => {
  it("is told by frameworks", () => {
    const project = link({
      "config/urls.py": "from django.urls import path\nfrom shop.views import Mixed\nurlpatterns = [path('', Mixed.as_view())]\n",
      "shop/views.py": `
class Base:
    def helper(self): pass
class Mixed(Base, somewhere.View): pass
`,
      "shop/middleware.py": `
class Region:
    def __init__(self, get_response): self.get_response = get_response
    def __call__(self, request): return self.get_response(request)
def timing(get_response):
    def middleware(request): return get_response(request)
    return middleware
`,
      "shop/context.py": "def menu(request): return {}\n",
      "shop/management/__init__.py": "",
      "shop/management/commands/__init__.py": "",
      "shop/management/commands/clean.py": `
from django.core.management.base import BaseCommand
class Command(BaseCommand):
    def handle(self, *args, **options): pass
`,
      "diagnose.py": "import os\nimport django\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'config.settings')\ndjango.setup()\ndef check(): pass\ncheck()\n",
      "feed_server.py": "import django\ndjango.setup()\ndef serve(): pass\nserve()\n",
      "shop/jobs.py": `
from celery import Task, shared_task
from config.celery import app
@shared_task
def first(): pass
@app.task(bind=True)
def second(self): pass
@our_own_decorator
def third(): pass
class Fourth(Task):
    def run(self): pass
`,
      "shop/other.py": "from shop.jobs import third\ndef start(request):\n    third.delay(1)\n",
      "shop/signals.py": "from django.dispatch import receiver\n@receiver(post_save)\ndef saved(sender, **kwargs): pass\n",
      "shop/admin.py": "from django.contrib import admin\nclass OrderAdmin(admin.ModelAdmin):\n    def total(self, obj): pass\n",
    });
    const expected: Readonly<Record<string, string>> = {
      "shop/views.py#Base.helper": "request",
      "shop/middleware.py#Region.__call__": "middleware",
      "shop/middleware.py#timing": "middleware",
      "shop/middleware.py#timing.middleware": "middleware",
      "shop/context.py#menu": "context-processor",
      "shop/management/commands/clean.py#Command.handle": "command",
      "diagnose.py#check": "command",
      "diagnose.py#": "command",
      "feed_server.py#serve": "unknown",
      "shop/jobs.py#first": "task",
      "shop/jobs.py#second": "task",
      "shop/jobs.py#third": "task",
      "shop/jobs.py#Fourth.run": "task",
      "shop/other.py#start": "request",
      "shop/signals.py#saved": "signal",
      "shop/admin.py#OrderAdmin.total": "admin",
    };
    assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, entry(project, key)])), expected);
  });

  const files: Readonly<Record<string, string>> = {
    "config/urls.py": "from django.urls import path\nfrom shop import views\nurlpatterns = [path('orders/', views.orders)]\n",
    "shop/views.py": `
from shop import services
from shop.services import Report
def orders(request):
    services.both()
    queue(services.handed_on)
    return Report().rows()
`,
    "shop/tasks.py": `
from celery import shared_task
from shop.services import both, nightly, handed_on
@shared_task
def night():
    both()
    nightly()
    handed_on()
`,
    "shop/services.py": `
def both(): deep()
def deep(): pass
def nightly(): nightly_part()
def nightly_part(): pass
def handed_on(): pass
def nobody(): pass
def by_text(): pass
REGISTRY = {"x": "shop.services.by_text"}
class Report:
    def rows(self): return self.part()
    def part(self): pass
class Night:
    def run(self): pass
`,
  };

  it("is told by its callers, near and far", () => {
    const project = link(files);
    assert.equal(entry(project, "shop/services.py#both"), "request");
    assert.deepEqual(routes(project, "shop/services.py#deep"), ["/orders/"]);
    assert.equal(project.isEntryPoint(uriOf("shop/services.py#deep")), false);
    assert.equal(project.isEntryPoint(uriOf("shop/views.py#orders")), true);
    assert.deepEqual(routes(project, "shop/services.py#Report.part"), ["/orders/"]);
    assert.equal(entry(project, "shop/services.py#nightly_part"), "task");
  });

  it("stays unknown when somebody else may call it", () => {
    const project = link({
      ...files,
      "shop/jobs.py": "from celery import shared_task\nfrom shop.services import by_text, Night, nightly\n@shared_task\ndef late():\n    by_text()\n    Night().run()\n    nightly()\n",
      "shop/plugins.py": "from shop.services import nightly\nHOOKS = [nightly]\ndef go(thing):\n    thing.run()\n",
    });
    assert.equal(entry(project, "shop/services.py#handed_on"), "unknown");
    assert.equal(entry(project, "shop/services.py#nobody"), "unknown");
    assert.equal(entry(project, "shop/services.py#by_text"), "unknown");
    assert.equal(entry(project, "shop/services.py#nightly"), "unknown");
    // `thing.run()` may be anything.
    assert.equal(entry(project, "shop/services.py#Night.run"), "unknown");
  });

  it("ends in circles", () => {
    const project = link({ "shop/services.py": "def a(): b()\ndef b(): a()\n", "shop/jobs.py": "from celery import shared_task\nfrom shop.services import a\n@shared_task\ndef job(): a()\n" });
    assert.equal(entry(project, "shop/services.py#b"), "task");
  });
});

describe("findings and the addresses that lead to them", () => {
  const files = new Map(Object.entries({
    "config/settings.py": `
INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "config.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
`,
    "config/urls.py": "from django.urls import path\nfrom shop import views\n\nurlpatterns = [\n    path('orders/', views.orders),\n]\n",
    "shop/views.py": "from shop.services import names\n\n\ndef orders(request):\n    return names()\n",
    "shop/tasks.py": "from celery import shared_task\n\n\n@shared_task\ndef night():\n    pass\n",
    "shop/services.py": "from shop.models import Order\n\n\ndef names():\n    return [order.customer.name for order in Order.objects.all()]\n",
  }));

  const seen = (workspace: Awaited<ReturnType<typeof openProject>>): unknown => {
    workspace.checkAll();
    return workspace.findings(uriOf("shop/services.py")).filter((each) => each.ruleId === "relation-read-in-loop")
      .map((each) => [each.severity, ...each.related.filter(({ message }) => message.startsWith("reached")).map(({ at, message }) => `${message} at ${workspace.text(at.uri)!.slice(at.span.start, at.span.end)}`)]);
  };

  it("are named, and follow every change of the callers", async () => {
    const workspace = await openProject(files, rules);
    assert.deepEqual(seen(workspace), [["warning", "reached from /orders/ at path('orders/', views.orders)"]]);

    const change = (path: string, text: string): void => workspace.apply([{ uri: uriOf(path), text }]);
    change("config/urls.py", files.get("config/urls.py")!.replace("\n\nurlpatterns", "\n\n# all of it\nurlpatterns"));
    assert.deepEqual(seen(workspace), [["warning", "reached from /orders/ at path('orders/', views.orders)"]]);

    change("config/urls.py", files.get("config/urls.py")!.replace("orders/", "all/"));
    assert.deepEqual(seen(workspace), [["warning", "reached from /all/ at path('all/', views.orders)"]]);

    // Only a body changes: the view calls nothing any more.
    change("shop/views.py", "from shop.services import names\n\n\ndef orders(request):\n    return []\n");
    assert.deepEqual(seen(workspace), [["warning"]]);

    change("shop/tasks.py", "from celery import shared_task\nfrom shop.services import names\n\n\n@shared_task\ndef night():\n    names()\n");
    assert.deepEqual(seen(workspace), [["information"]]);
  });

  it("cost nothing while code calls what it called before", async () => {
    const workspace = await openProject(files, rules);
    workspace.checkAll();
    const { linked, checked } = workspace.counters;
    workspace.apply([{ uri: uriOf("shop/views.py"), text: "from shop.services import names\n\n\ndef orders(request):\n    found = names()\n    return found\n" }]);
    workspace.checkAll();
    assert.deepEqual([workspace.counters.linked - linked, workspace.counters.checked - checked], [0, 1]);
  });
});
