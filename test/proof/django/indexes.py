"""Makes and applies the migrations of a project, and prints how PostgreSQL finds the rows of every address, as JSON.

usage: indexes.py FOLDER FILL URL [URL …] - FILL is SQL that fills the tables, run after the migrations where it is not empty
"""
import io
import json
import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
sys.path.insert(0, os.path.abspath(sys.argv[1]))

import django

django.setup()

from django.core.management import call_command
from django.db import connection
from django.test import Client

fill, urls = sys.argv[2], sys.argv[3:]
made = io.StringIO()
call_command("makemigrations", "shop", stdout=made)
call_command("migrate", verbosity=0)
with connection.cursor() as cursor:
    if fill:
        cursor.execute(fill)
    cursor.execute("ANALYZE")

plans = {}
for url in urls:
    plan = []

    def explain(execute, sql, params, many, context):
        with connection.connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + sql, params)
            plan.extend(row[0] for row in cursor.fetchall())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        response = Client().get(url)
    plans[url] = {"plan": plan, "answer": response.content.decode()}

print(json.dumps({"made": made.getvalue(), "plans": plans}))
connection.close()
