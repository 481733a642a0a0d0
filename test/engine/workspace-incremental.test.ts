import { rules } from "../../rules";
import { openProject, shopModels } from "../harness/project";
import { itEndsInFreshFindings, itResumesToFreshFindings, type EditedProject } from "../harness/random-edits";

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

describe("workspace: any sequence of edits", () => {
  const project: EditedProject = {
    start,
    seeds: 16,
    open: () => openProject(new Map(Object.entries(start)), rules),
    empty: () => openProject(new Map(), rules, {}, "none"),
    async afresh(workspace) {
      const fresh = await openProject(new Map([["shop/models.py", ""]]), rules);
      fresh.apply([...fresh.uris(), ...workspace.uris()].map((uri) => ({ uri, text: workspace.text(uri) })));
      return fresh;
    },
    comment: () => "# a comment",
    changes: [
      (text) => text.replace(/\bopen\b/, "closed").replace('.order_by("-created_at")', ""),
      (text) => text.replace('.filter(status="closed")', '.filter(status="open").select_related("customer__city")'),
    ],
  };
  itEndsInFreshFindings(project);
  itResumesToFreshFindings(project);
});
