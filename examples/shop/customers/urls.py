from django.urls import path

from . import views

urlpatterns = [
    path("", views.directory, name="customers"),
    path("newest/", views.newest, name="newest-customers"),
    path("lookup/", views.lookup, name="customer-lookup"),
    path("active/", views.most_active, name="active-customers"),
    path("<int:pk>/points/", views.add_points, name="add-points"),
]
