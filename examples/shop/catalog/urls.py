from django.urls import path

from . import views

urlpatterns = [
    path("", views.ProductList.as_view(), name="products"),
    path("search/", views.search, name="product-search"),
    path("export/", views.export, name="product-export"),
    path("categories/", views.CategoryList.as_view(), name="categories"),
    path("categories/<slug:slug>/", views.category_page, name="category"),
    path("brands/<str:brand>/", views.by_brand, name="brand"),
    path("suggestions/", views.suggestions, name="suggestions"),
    path("<str:sku>/", views.product_page, name="product"),
]
