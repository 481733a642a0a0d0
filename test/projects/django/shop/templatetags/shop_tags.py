from django import template

register = template.Library()


@register.filter
def review_count(book):
    return book.reviews.count()


@register.inclusion_tag("shop/_author.html")
def author_card(author):
    return {"author": author}
