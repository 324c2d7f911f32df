"""What stands in Settings of what supply plans with."""

from django.urls import path

from .views import class_policies

app_name = "item_classes"
urlpatterns = [
    path("classes/", class_policies.class_policies, name="page"),
    path("classes/set/", class_policies.set_class_policies, name="set"),
]
