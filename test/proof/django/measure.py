"""Fills the shop with n rows for several n, calls every address, and prints the statements that were really sent, as JSON.

usage: measure.py FOLDER N [N …] - FOLDER is a copy of test/projects/django
"""
import hashlib
import json
import os
import re
import sys
from datetime import date

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, os.path.abspath(sys.argv[1]))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from shop.models import Author, Book, Country, Customer, Order, OrderItem, Profile, Publisher, Review, Tag


def fill(n):
    """n authors with n books each and so on: every parent has exactly n children."""
    countries = [Country.objects.create(name=f"country {i}") for i in range(n)]
    authors = [Author.objects.create(name=f"author {i}", country=countries[i]) for i in range(n)]
    for author in authors:
        Profile.objects.create(author=author, bio="bio")
    publishers = [Publisher.objects.create(name=f"publisher {i}") for i in range(n)]
    tags = [Tag.objects.create(name=f"tag {i}") for i in range(n)]
    books = []
    for i, author in enumerate(authors):
        for j in range(n):
            book = Book.objects.create(title=f"book {i} {j}", author=author, publisher=publishers[j], price=10, published=date(2020, 1, 1 + j), isbn=f"{i:06}{j:06}")
            book.tags.set(tags)
            Review.objects.bulk_create(Review(book=book, rating=5, text="good") for _ in range(n))
            books.append(book)
    for i in range(n):
        customer = Customer.objects.create(name=f"customer {i}", country=countries[i])
        order = Order.objects.create(customer=customer, status="open", total=10)
        OrderItem.objects.bulk_create(OrderItem(order=order, book=books[j], quantity=1) for j in range(n))


def counts(n):
    """Row counts under the names that the costs use."""
    totals = {f"{plural}": model.objects.count() for plural, model in {
        "countries": Country, "authors": Author, "publishers": Publisher, "tags": Tag, "books": Book, "reviews": Review, "customers": Customer, "orders": Order, "order items": OrderItem, "profiles": Profile,
    }.items()}
    parents = ["country", "author", "publisher", "tag", "book", "customer", "order"]
    return {**totals, **{f"{name} per {parent}": n for name in list(totals) for parent in parents}}


def addresses():
    for pattern in get_resolver().url_patterns[0].url_patterns:
        route = f"/{pattern.pattern}"
        yield route, re.sub(r"<int:\w+>", "1", route)


def measure(n):
    call_command("flush", interactive=False, verbosity=0)
    fill(n)
    client = Client(raise_request_exception=True)
    result = {}
    for route, url in addresses():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        sent = [query["sql"] for query in captured.captured_queries if not re.match(r"(BEGIN|COMMIT|SAVEPOINT|RELEASE)", query["sql"])]
        result[route] = {"status": response.status_code, "queries": len(sent), "answer": hashlib.sha256(response.content).hexdigest()}
    return {"n": n, "counts": counts(n), "endpoints": result}


call_command("migrate", run_syncdb=True, verbosity=0)
print(json.dumps({"django": django.get_version(), "runs": [measure(int(n)) for n in sys.argv[2:]]}))
