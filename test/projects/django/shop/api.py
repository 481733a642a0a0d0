from rest_framework import generics
from rest_framework.decorators import api_view
from rest_framework.response import Response

from shop.models import Book, Order
from shop.serializers import BookSerializer, BookWithCountSerializer, BookWithReviewsSerializer, OrderSerializer, PlainBookSerializer


class PlainBooks(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = PlainBookSerializer


class Books(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = BookSerializer


class BooksLoaded(generics.ListAPIView):
    queryset = Book.objects.select_related("author")
    serializer_class = BookSerializer


class BooksWithReviews(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = BookWithReviewsSerializer


class BooksWithReviewsLoaded(generics.ListAPIView):
    serializer_class = BookWithReviewsSerializer

    def get_queryset(self):
        return Book.objects.select_related("author").prefetch_related("reviews")


class BooksWithCount(generics.ListAPIView):
    queryset = Book.objects.all()
    serializer_class = BookWithCountSerializer


class Orders(generics.ListAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer


class OrdersLoaded(generics.ListAPIView):
    queryset = Order.objects.prefetch_related("items__book")
    serializer_class = OrderSerializer


class OneBook(generics.RetrieveAPIView):
    queryset = Book.objects.all()
    serializer_class = BookWithReviewsSerializer


@api_view(["GET"])
def books_by_function(request):
    return Response(BookSerializer(Book.objects.all(), many=True).data)


@api_view(["GET"])
def books_by_function_loaded(request):
    return Response(BookSerializer(Book.objects.select_related("author"), many=True).data)
