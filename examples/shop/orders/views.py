from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render

from catalog.models import Product

from .models import Line, Order
from .services import address_label, order_total


def recent_orders(request):
    """Loads the customer of each order on its own."""
    entries = []
    for order in Order.objects.order_by("-placed_at")[:100]:
        entries.append({"number": order.number, "customer": order.customer.name})
    return JsonResponse({"orders": entries})


def labels(request):
    """The relation is read three calls further down."""
    orders = Order.objects.filter(status=Order.Status.PAID).order_by("number")[:200]
    return JsonResponse({"labels": [address_label(order) for order in orders]})


def totals(request):
    """Asks for the lines of each order, and for their number as well."""
    entries = []
    for order in Order.objects.filter(is_archived=False).order_by("pk")[:100]:
        count = Line.objects.filter(order=order).count()
        entries.append({"number": order.number, "lines": count, "total": order_total(order)})
    return JsonResponse({"orders": entries})


def order_page(request, number):
    """Fine: everything the page shows is loaded in three queries."""
    order = get_object_or_404(Order.objects.select_related("customer__city"), number=number)
    lines = order.lines.select_related("product").order_by("pk")
    entries = [{"product": line.product.name, "quantity": line.quantity} for line in lines]
    return JsonResponse({"customer": str(order.customer), "lines": entries})


def order_list(request):
    """Fine: one page of orders, customers joined."""
    orders = Order.objects.select_related("customer").order_by("-pk")
    page = Paginator(orders, 50).get_page(request.GET.get("page"))
    return JsonResponse({"orders": [{"number": order.number, "customer": order.customer.name} for order in page]})


def history(request):
    """Hands orders to a template, which asks for the city of each customer."""
    orders = Order.objects.filter(status=Order.Status.SHIPPED).order_by("pk")[:100]
    return render(request, "orders/history.html", {"orders": orders})


def open_count(request):
    """Loads every open order to count them."""
    open_orders = Order.objects.filter(status=Order.Status.OPEN)
    return JsonResponse({"open": len(open_orders)})


def stock_value(request):
    """Adds up in Python what the database can add up."""
    return JsonResponse({"value": sum(product.price for product in Product.objects.all())})
