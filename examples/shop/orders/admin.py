from django.contrib import admin

from .models import Order


@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    """The column asks for the city of each customer; the list loads customers, and no further."""

    list_display = ["number", "customer", "city"]
    raw_id_fields = ["customer"]

    @admin.display(description="City")
    def city(self, order):
        return order.customer.city.name
