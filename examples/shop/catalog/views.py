from django.core.paginator import Paginator
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import ListView

from .models import Category, Product, Review


class ProductList(ListView):
    """Every product on one page: nothing says how many make a page."""

    model = Product
    template_name = "catalog/product_list.html"
    context_object_name = "products"


class CategoryList(ListView):
    """Fine: paginated, ordered by the model."""

    queryset = Category.objects.select_related("parent")
    template_name = "catalog/category_list.html"
    paginate_by = 50


def search(request):
    """Looks for a word anywhere in the name, which no ordinary index can serve."""
    term = request.GET.get("q", "")
    products = Product.objects.available().filter(name__icontains=term).order_by("name")
    page = Paginator(products, 24).get_page(request.GET.get("page"))
    return JsonResponse({"results": [product.name for product in page]})


def by_brand(request, brand):
    """Filters and sorts by columns without an index."""
    products = Product.objects.filter(brand=brand).order_by("-created_at")[:20]
    return JsonResponse({"results": [product.name for product in products]})


def export(request):
    """Reads a relation of each product, through a property of the model."""
    rows = []
    for product in Product.objects.filter(is_active=True).order_by("sku")[:500]:
        rows.append({"sku": product.sku, "where": product.breadcrumb})
    return JsonResponse({"rows": rows})


def category_page(request, slug):
    """Fine: one query for the category, one for a bounded number of products, one for all of their tags."""
    category = get_object_or_404(Category, slug=slug)
    products = category.products.available().prefetch_related("tags").order_by("price")[:24]
    items = [{"name": product.name, "tags": [tag.label for tag in product.tags.all()]} for product in products]
    return JsonResponse({"category": category.name, "products": items})


def product_page(request, sku):
    """Counts a visit by reading, adding and writing: two visitors at once count as one."""
    product = get_object_or_404(Product.objects.with_category(), sku=sku)
    product.views += 1
    product.save()
    reviews = Review.objects.filter(product=product)
    has_reviews = len(reviews) > 0
    return render(request, "catalog/product.html", {"product": product, "has_reviews": has_reviews})


def suggestions(request):
    """The whole table is shuffled to pick four rows of it."""
    products = Product.objects.filter(is_active=True).order_by("?")[:4]
    return JsonResponse({"suggestions": [product.name for product in products]})
