from django.urls import path

from . import views

urlpatterns = [
    path("", views.order_list, name="orders"),
    path("recent/", views.recent_orders, name="recent-orders"),
    path("labels/", views.labels, name="order-labels"),
    path("totals/", views.totals, name="order-totals"),
    path("history/", views.history, name="order-history"),
    path("open/", views.open_count, name="open-orders"),
    path("stock-value/", views.stock_value, name="stock-value"),
    path("<str:number>/", views.order_page, name="order"),
]
