from django.urls import path

from .views import account, calendar, departments, parameters, people, roles, tokens

app_name = "accounts"
urlpatterns = [
    path("", people.people, name="people"),
    path("me/", account, name="account"),
    path("people/add/", people.add_person, name="add_person"),
    path("people/<int:pk>/", people.person, name="person"),
    path("people/<int:pk>/roles/<int:grant_pk>/revoke/", people.revoke, name="revoke"),
    path("people/<int:pk>/activate/", people.activate, name="activate"),
    path("departments/", departments.departments, name="departments"),
    path("departments/<int:pk>/signing/", departments.set_signing, name="set_signing"),
    path("roles/", roles.roles, name="roles"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/<int:pk>/end/", tokens.end_token, name="end_token"),
    path("parameters/", parameters.parameters, name="parameters"),
    path("parameters/drop/", parameters.drop_parameter, name="drop_parameter"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/undo/", calendar.undo_closure, name="undo_closure"),
    path("calendar/<int:pk>/open/", calendar.open_again, name="open_again"),
]
