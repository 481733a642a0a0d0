from django.urls import include, path

urlpatterns = [
    path("products/", include("catalog.urls")),
    path("orders/", include("orders.urls")),
    path("customers/", include("customers.urls")),
]
