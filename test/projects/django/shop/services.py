from shop.models import Book, Order


def order_total(order):
    return sum(item.quantity * item.book.price for item in order.items.all())


def author_name(book):
    return book.author.name


def newest_books(limit):
    return Book.objects.order_by("-published")[:limit]


def open_orders():
    return Order.objects.filter(status="open")


def books_by_key(keys):
    return Book.objects.in_bulk(keys)
