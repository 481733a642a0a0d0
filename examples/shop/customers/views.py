from django.db.models import Count, F
from django.http import Http404, JsonResponse

from .models import Customer


def directory(request):
    """All customers at once, however many there are."""
    customers = Customer.objects.order_by("name")
    return JsonResponse({"customers": [{"name": customer.name, "email": customer.email} for customer in customers]})


def newest(request):
    """Each customer is printed with the city, which `__str__` loads one by one."""
    labels = [str(customer) for customer in Customer.objects.order_by("-joined_at")[:50]]
    return JsonResponse({"customers": labels})


def lookup(request):
    """Compares e-mail addresses without regard to case, and loads rows to learn whether there are any."""
    customers = Customer.objects.filter(email__iexact=request.GET.get("email", ""))
    if customers:
        return JsonResponse({"known": True})
    raise Http404


def add_points(request, pk):
    """Fine: the database adds, so that nothing is lost."""
    Customer.objects.filter(pk=pk).update(points=F("points") + 10)
    return JsonResponse({"ok": True})


def most_active(request):
    """Fine: counted by the database, ten rows."""
    customers = Customer.objects.annotate(order_count=Count("orders")).order_by("-order_count", "pk")[:10]
    return JsonResponse({"customers": [{"name": customer.name, "orders": customer.order_count} for customer in customers]})
