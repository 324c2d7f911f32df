from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("", views.people, name="people"),
    path("me/", views.account, name="account"),
    path("people/add/", views.add_person, name="add_person"),
    path("people/<int:pk>/", views.person, name="person"),
    path("people/<int:pk>/roles/<int:grant_pk>/revoke/", views.revoke, name="revoke"),
    path("people/<int:pk>/activate/", views.activate, name="activate"),
    path("parameters/", views.parameters, name="parameters"),
]
