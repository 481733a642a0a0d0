from collections import defaultdict

from django.core.paginator import Paginator
from django.db.models import Avg, Count, Exists, F, OuterRef, Prefetch, Sum
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.generic import DetailView, ListView, TemplateView

from shop.models import Author, Book, Country, Customer, Order, OrderItem, Publisher, Review, Tag
from shop.services import author_name, books_by_key, newest_books, open_orders, order_total


# Reading relations of rows


def author_names(request):
    return JsonResponse({"names": [book.author.name for book in Book.objects.all()]})


def author_names_loaded(request):
    return JsonResponse({"names": [book.author.name for book in Book.objects.select_related("author")]})


def author_countries(request):
    return JsonResponse({"names": [book.author.country.name for book in Book.objects.all()]})


def author_countries_half_loaded(request):
    return JsonResponse({"names": [book.author.country.name for book in Book.objects.select_related("author")]})


def author_countries_loaded(request):
    return JsonResponse({"names": [book.author.country.name for book in Book.objects.select_related("author__country")]})


def author_and_publisher(request):
    result = []
    for book in Book.objects.all():
        result.append([book.author.name, book.publisher.name])
    return JsonResponse({"rows": result})


def author_keys(request):
    return JsonResponse({"keys": [book.author_id for book in Book.objects.all()]})


def author_key_through_object(request):
    return JsonResponse({"keys": [book.author.id for book in Book.objects.all()]})


def reviews_of_books(request):
    return JsonResponse({"texts": [[review.text for review in book.reviews.all()] for book in Book.objects.all()]})


def reviews_prefetched(request):
    books = Book.objects.prefetch_related("reviews")
    return JsonResponse({"texts": [[review.text for review in book.reviews.all()] for book in books]})


def review_counts(request):
    return JsonResponse({"counts": [book.reviews.count() for book in Book.objects.all()]})


def review_counts_annotated(request):
    return JsonResponse({"counts": [book.review_count for book in Book.objects.annotate(review_count=Count("reviews"))]})


def review_counts_prefetched(request):
    return JsonResponse({"counts": [book.reviews.count() for book in Book.objects.prefetch_related("reviews")]})


def good_reviews_despite_prefetch(request):
    books = Book.objects.prefetch_related("reviews")
    return JsonResponse({"counts": [len(book.reviews.filter(rating__gte=4)) for book in books]})


def good_reviews_prefetched(request):
    books = Book.objects.prefetch_related(Prefetch("reviews", queryset=Review.objects.filter(rating__gte=4), to_attr="good_reviews"))
    return JsonResponse({"counts": [len(book.good_reviews) for book in books]})


def back_reference(request):
    author = get_object_or_404(Author, pk=1)
    return JsonResponse({"names": [book.author.name for book in author.books.all()]})


def tags_of_books(request):
    return JsonResponse({"tags": [[tag.name for tag in book.tags.all()] for book in Book.objects.all()]})


def items_with_books(request):
    result = []
    for order in Order.objects.all():
        for item in order.items.all():
            result.append(item.book.title)
    return JsonResponse({"titles": result})


def items_with_books_prefetched(request):
    result = []
    for order in Order.objects.prefetch_related("items__book"):
        for item in order.items.all():
            result.append(item.book.title)
    return JsonResponse({"titles": result})


def items_prefetched_without_books(request):
    result = []
    for order in Order.objects.prefetch_related("items"):
        for item in order.items.all():
            result.append(item.book.title)
    return JsonResponse({"titles": result})


def profiles(request):
    return JsonResponse({"bios": [author.profile.bio for author in Author.objects.all()]})


def profiles_loaded(request):
    return JsonResponse({"bios": [author.profile.bio for author in Author.objects.select_related("profile")]})


# Through properties, methods, functions


def labels(request):
    return JsonResponse({"labels": [book.label for book in Book.objects.all()]})


def labels_loaded(request):
    return JsonResponse({"labels": [book.label for book in Book.objects.with_author()]})


def texts_of_authors(request):
    return JsonResponse({"texts": [str(author) for author in Author.objects.all()]})


def newest_titles(request):
    return JsonResponse({"titles": [author.newest_title for author in Author.objects.all()]})


def ratings(request):
    return JsonResponse({"ratings": [book.rating() for book in Book.objects.all()]})


def ratings_annotated(request):
    return JsonResponse({"ratings": [book.average for book in Book.objects.annotate(average=Avg("reviews__rating"))]})


def totals(request):
    return JsonResponse({"totals": [str(order_total(order)) for order in Order.objects.all()]})


def totals_prefetched(request):
    return JsonResponse({"totals": [str(order_total(order)) for order in Order.objects.prefetch_related("items__book")]})


def names_by_helper(request):
    return JsonResponse({"names": [author_name(book) for book in Book.objects.all()]})


def names_by_map(request):
    return JsonResponse({"names": list(map(author_name, Book.objects.all()))})


def sorted_by_author(request):
    books = sorted(Book.objects.all(), key=lambda book: book.author.name)
    return JsonResponse({"titles": [book.title for book in books]})


# Queries in loops


def customers_one_by_one(request):
    result = []
    for order in Order.objects.all():
        result.append(Customer.objects.get(pk=order.customer_id).name)
    return JsonResponse({"names": result})


def customers_together(request):
    orders = list(Order.objects.all())
    customers = Customer.objects.in_bulk([order.customer_id for order in orders])
    return JsonResponse({"names": [customers[order.customer_id].name for order in orders]})


def books_of_countries(request):
    return JsonResponse({"counts": {country.name: Book.objects.filter(author__country=country).count() for country in Country.objects.all()}})


def books_of_countries_grouped(request):
    counts = defaultdict(int)
    for row in Book.objects.order_by().values("author__country__name").annotate(count=Count("pk")):
        counts[row["author__country__name"]] += row["count"]
    return JsonResponse({"counts": counts})


def constant_in_loop(request):
    result = []
    for order in Order.objects.all():
        result.append([order.pk, Tag.objects.count()])
    return JsonResponse({"rows": result})


def constant_before_loop(request):
    tags = Tag.objects.count()
    return JsonResponse({"rows": [[order.pk, tags] for order in Order.objects.all()]})


def has_items(request):
    return JsonResponse({"rows": [OrderItem.objects.filter(order=order).exists() for order in Order.objects.all()]})


def has_items_annotated(request):
    orders = Order.objects.annotate(has_items=Exists(OrderItem.objects.filter(order=OuterRef("pk"))))
    return JsonResponse({"rows": [order.has_items for order in orders]})


def lookup_in_dictionary(request):
    orders = list(open_orders())
    books = books_by_key([1, 2])
    return JsonResponse({"rows": [len(books) for order in orders]})


# One or a few rows, aggregates


def one_book(request, pk):
    book = get_object_or_404(Book, pk=pk)
    return JsonResponse({"title": book.title, "author": book.author.name, "publisher": book.publisher.name})


def one_book_loaded(request, pk):
    book = get_object_or_404(Book.objects.select_related("author", "publisher"), pk=pk)
    return JsonResponse({"title": book.title, "author": book.author.name, "publisher": book.publisher.name})


def statuses(request):
    return JsonResponse({status: Order.objects.filter(status=status).count() for status in ["open", "paid", "sent"]})


def dashboard(request):
    return JsonResponse({
        "books": Book.objects.count(),
        "sales": OrderItem.objects.aggregate(total=Sum("quantity"))["total"],
        "customers": Customer.objects.count(),
    })


def five_newest(request):
    return JsonResponse({"names": [book.author.name for book in newest_books(5)]})


def counted_twice(request):
    books = Book.objects.cheap()
    if books.count() > 0:
        return JsonResponse({"count": books.count()})
    return JsonResponse({"count": 0})


def iterated_twice(request):
    books = Book.objects.all()
    first = [book.title for book in books]
    second = [book.isbn for book in books]
    return JsonResponse({"rows": [first, second]})


def cloned_and_iterated_twice(request):
    books = Book.objects.all()
    first = [book.title for book in books.all()]
    second = [book.isbn for book in books.all()]
    return JsonResponse({"rows": [first, second]})


def tested_and_iterated(request):
    books = Book.objects.all()
    if books:
        return JsonResponse({"titles": [book.title for book in books]})
    return JsonResponse({"titles": []})


def length_and_iterated(request):
    books = Book.objects.all()
    return JsonResponse({"count": len(books), "titles": [book.title for book in books]})


def values_only(request):
    return JsonResponse({"rows": list(Book.objects.values("title", "author__name"))})


def deferred(request):
    return JsonResponse({"blurbs": [book.blurb for book in Book.objects.only("title")]})


def not_deferred(request):
    return JsonResponse({"titles": [book.title for book in Book.objects.only("title")]})


# Writes


def restock_one_by_one(request):
    for book in Book.objects.all():
        book.stock = 5
        book.save()
    return HttpResponse("done")


def restock_together(request):
    Book.objects.update(stock=5)
    return HttpResponse("done")


def raise_prices(request):
    Book.objects.update(price=F("price") + 0)
    return HttpResponse("done")


# Templates


def books_page(request):
    return render(request, "shop/books.html", {"books": Book.objects.all()})


def books_page_loaded(request):
    return render(request, "shop/books.html", {"books": Book.objects.select_related("author")})


def orders_page(request):
    return render(request, "shop/orders.html", {"orders": Order.objects.all()})


def orders_page_loaded(request):
    return render(request, "shop/orders.html", {"orders": Order.objects.select_related("customer").prefetch_related("items__book")})


def counts_page(request):
    return render(request, "shop/counts.html", {"books": Book.objects.all()})


def included_page(request):
    return render(request, "shop/included.html", {"books": Book.objects.all()})


def included_page_loaded(request):
    return render(request, "shop/included.html", {"books": Book.objects.select_related("author__country")})


def tested_page(request):
    return render(request, "shop/tested.html", {"books": Book.objects.all()})


def publishers_page(request):
    return render(request, "shop/publishers.html", {"publishers": Publisher.objects.all()})


def page_of_books(request):
    page = Paginator(Book.objects.select_related("author"), 5).get_page(request.GET.get("page"))
    return render(request, "shop/page.html", {"page": page})


class BookList(ListView):
    model = Book
    template_name = "shop/book_list.html"


class BookListLoaded(ListView):
    queryset = Book.objects.select_related("author")
    template_name = "shop/book_list.html"


class BookDetail(DetailView):
    model = Book
    template_name = "shop/book_detail.html"


class Summary(TemplateView):
    template_name = "shop/summary.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**kwargs, authors=Author.objects.all(), books=Book.objects.count())
