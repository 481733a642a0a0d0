"""What views and tasks do with orders."""

from catalog.models import Product

from .models import Line, Order


def address_label(order):
    return describe_customer(order)


def describe_customer(order):
    return f"{order.number}: {city_of(order)}"


def city_of(order):
    """Three calls below the loop that pays for it."""
    return order.customer.city.name


def order_total(order):
    return sum(line.total for line in order.lines.all())


def reserve_stock(order):
    """One UPDATE for every line."""
    for line in order.lines.select_related("product"):
        line.product.stock -= line.quantity
        line.product.save()


def import_lines(order, rows):
    """One SELECT and one INSERT for every row of the upload."""
    for row in rows:
        product = Product.objects.get(sku=row["sku"])
        Line.objects.create(order=order, product=product, quantity=row["quantity"], unit_price=product.price)


def import_lines_in_bulk(order, rows):
    """Fine: two statements, however long the upload is."""
    products = Product.objects.in_bulk([row["sku"] for row in rows], field_name="sku")
    Line.objects.bulk_create(
        [
            Line(order=order, product=products[row["sku"]], quantity=row["quantity"], unit_price=products[row["sku"]].price)
            for row in rows
        ]
    )


def archive(numbers):
    """Fine: one statement."""
    Order.objects.filter(number__in=numbers, status=Order.Status.SHIPPED).update(is_archived=True)
