from rest_framework import serializers

from shop.models import Author, Book, Order, OrderItem, Review


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = ["id", "name"]


class ReviewSerializer(serializers.ModelSerializer):
    class Meta:
        model = Review
        fields = ["rating", "text"]


class PlainBookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "author"]


class BookSerializer(serializers.ModelSerializer):
    author = AuthorSerializer()

    class Meta:
        model = Book
        fields = ["id", "title", "author"]


class BookWithReviewsSerializer(serializers.ModelSerializer):
    reviews = ReviewSerializer(many=True)
    author_name = serializers.CharField(source="author.name")

    class Meta:
        model = Book
        fields = ["id", "title", "reviews", "author_name"]


class BookWithCountSerializer(serializers.ModelSerializer):
    review_count = serializers.SerializerMethodField()

    class Meta:
        model = Book
        fields = ["id", "title", "review_count"]

    def get_review_count(self, book):
        return book.reviews.count()


class ItemSerializer(serializers.ModelSerializer):
    book = PlainBookSerializer()

    class Meta:
        model = OrderItem
        fields = ["quantity", "book"]


class OrderSerializer(serializers.ModelSerializer):
    items = ItemSerializer(many=True)

    class Meta:
        model = Order
        fields = ["id", "status", "items"]
