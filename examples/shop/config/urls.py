from django.contrib import admin
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from catalog.api import ProductViewSet

router = DefaultRouter()
router.register("products", ProductViewSet)

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include(router.urls)),
    path("products/", include("catalog.urls")),
    path("orders/", include("orders.urls")),
    path("customers/", include("customers.urls")),
]
