import { strict as assert } from "node:assert";
import type { Finding, WorkspaceApi } from "#engine";
import { rules } from "../../rules";
import { openProject, pathOf, shopModels, uriOf } from "../harness/project";

const start: Readonly<Record<string, string>> = {
  "shop/models.py": `${shopModels}
class OrderQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status="open").select_related("customer")


class Invoice(models.Model):
    order = models.ForeignKey(Order, on_delete=models.CASCADE)
    number = models.CharField(max_length=30, db_index=True)
    objects = OrderQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["number"])]

    def __str__(self):
        return f"{self.number} {self.order.customer.name}"
`,
  "shop/helpers.py": `from shop.models import Order


def open_orders():
    return Order.objects.filter(status="open").order_by("-created_at")


def describe(order):
    return order.customer.city.name
`,
  "shop/views.py": `from shop.helpers import describe, open_orders
from shop.models import Book, Invoice, Order


def orders(request):
    return [describe(order) for order in open_orders()]


def books(request):
    rows = []
    for book in Book.objects.filter(title__icontains=request.GET["q"]):
        rows.append((book.author.name, book.reviews.count()))
    return rows


def invoices(request):
    number = len(Invoice.objects.filter(number="1"))
    return [str(invoice) for invoice in Invoice.objects.all()], number
`,
  "shop/lists.py": `from django.contrib import admin


class InvoiceAdmin(admin.ModelAdmin):
    list_display = ("number", "city")

    def city(self, obj):
        return obj.order.customer.city.name
`,
  "shop/admin.py": `from django.contrib import admin

from shop.lists import InvoiceAdmin
from shop.models import Customer, Invoice


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ["name", "country"]

    @admin.display(description="Country")
    def country(self, obj):
        return obj.city.country.name


admin.site.register(Invoice, InvoiceAdmin)
`,
  "config/settings.py": `INSTALLED_APPS = ["shop"]
ROOT_URLCONF = "config.urls"
DATABASES = {"default": {"ENGINE": "django.db.backends.postgresql", "NAME": "shop"}}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["templates"], "APP_DIRS": True}]
`,
  "shop/pages.py": `from django.shortcuts import render

from shop.helpers import open_orders


def page(request):
    return render(request, "shop/list.html", {"orders": open_orders()})
`,
  "shop/templatetags/shop_tags.py": `from django import template

register = template.Library()


@register.filter
def town(order):
    return order.customer.city.name


@register.simple_tag
def count(order):
    return order.lines.count()
`,
  "shop/templates/shop/base.html": `<title>{% block title %}{% endblock %}</title>
{% block content %}
{% endblock %}
`,
  "shop/templates/shop/list.html": `{% extends "shop/base.html" %}
{% load shop_tags %}
{% block content %}
{% for order in orders %}
{{ order|town }} {% count order %}
{% include "shop/row.html" with customer=order.customer %}
{% endfor %}
{% endblock %}
`,
  "shop/templates/shop/row.html": `{{ customer.name }}
{{ customer.city.name }}
`,
  "templates/shop/row.html": `{% if customer.city %}
{{ customer.orders.count }}
{% endif %}
`,
  "config/urls.py": `from django.urls import path
from shop import views

urlpatterns = [
    path("orders/", views.orders),
    path("books/", views.books),
]
`,
  "shop/tasks.py": `from shop.helpers import open_orders
from shop.models import Customer


def remind():
    for order in open_orders():
        customer = Customer.objects.get(pk=order.customer_id)
        customer.name = customer.name.strip()
        customer.save()
`,
};

/** A fixed sequence that looks random. */
function sequence(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >>> 8) % below;
  };
}

/** One edit as people (and branch switches) make them; undefined deletes the file. */
function edit(text: string | undefined, path: string, next: (below: number) => number): string | undefined {
  if (text === undefined) return start[path];
  const lines = text.split("\n");
  const at = next(lines.length);
  switch (next(9)) {
    case 0: return undefined;
    case 1: return start[path];
    case 2: return `# a comment\n${text}`;
    case 3: lines.splice(at, 1); break;
    case 4: lines.splice(at, 0, lines[next(lines.length)]); break;
    case 5: lines[at] = lines[at].slice(0, next(lines[at].length + 1)); break;
    case 6: lines.splice(at, 0, ""); break;
    case 7: return text.replace(/\bopen\b/, "closed").replace('.order_by("-created_at")', "");
    default: return text.replace('.filter(status="closed")', '.filter(status="open").select_related("customer__city")');
  }
  return lines.join("\n");
}

function describeFinding(workspace: WorkspaceApi, each: Finding): unknown {
  const place = ({ uri, span }: Finding["at"]): string => `${pathOf(uri)} ${span.start}-${span.end}`;
  return { key: each.key, message: each.message, severity: each.severity, at: place(each.at), related: each.related.map((one) => `${place(one.at)} ${one.message}`).sort() };
}

describe("workspace: any sequence of edits", () => {
  for (let seed = 1; seed <= 16; seed++) {
    it(`ends in the findings of a fresh start (${seed})`, async function () {
      this.timeout(30_000);
      const next = sequence(seed * 7919);
      const workspace = await openProject(new Map(Object.entries(start)), rules);
      workspace.checkAll();
      const paths = Object.keys(start);
      for (let step = 0; step < 25; step++) {
        const path = paths[next(paths.length)];
        const text = edit(workspace.text(uriOf(path)), path, next);
        workspace.apply([{ uri: uriOf(path), text }]);
        workspace.checkAll();
        const fresh = await openProject(new Map([["shop/models.py", ""]]), rules);
        fresh.apply([...fresh.uris(), ...workspace.uris()].map((uri) => ({ uri, text: workspace.text(uri) })));
        fresh.checkAll();
        assert.deepEqual(
          workspace.allFindings().map((each) => describeFinding(workspace, each)),
          fresh.allFindings().map((each) => describeFinding(fresh, each)),
          `after step ${step} in ${path}`,
        );
      }
    });
  }
});
