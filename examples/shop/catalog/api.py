from rest_framework import serializers, viewsets
from rest_framework.pagination import PageNumberPagination

from .models import Category, Product


class CategorySerializer(serializers.ModelSerializer):
    class Meta:
        model = Category
        fields = ["id", "name"]


class ProductSerializer(serializers.ModelSerializer):
    """Writes the category of each product out, which the view set does not load."""

    category = CategorySerializer()

    class Meta:
        model = Product
        fields = ["sku", "name", "price", "category"]


class Pages(PageNumberPagination):
    page_size = 50


class ProductViewSet(viewsets.ReadOnlyModelViewSet):
    queryset = Product.objects.order_by("sku")
    serializer_class = ProductSerializer
    pagination_class = Pages
