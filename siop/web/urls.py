from django.urls import path

from .views import (
    audit,
    comments,
    explanations,
    exports,
    guides,
    lists,
    notifications,
    rows,
    saved_views,
    search,
)

app_name = "web"
urlpatterns = [
    path("why/<slug:kind>/<path:keys>", explanations.why, name="why"),
    path("rows/<slug:kind>/", rows.row_list, name="rows"),
    path("audit/", audit.trail, name="audit"),
    path("lists/<slug:name>.<slug:format>", lists.sheet, name="list_file"),
    path("views/<slug:name>/save/", saved_views.save, name="save_view"),
    path("views/<slug:name>/undo/", saved_views.undo, name="undo_view"),
    path("views/<slug:name>/<int:pk>/first/", saved_views.open_first, name="open_view_first"),
    path("views/<slug:name>/<int:pk>/delete/", saved_views.delete, name="delete_view"),
    path("exports/", exports.downloads, name="exports"),
    path("exports/<slug:kind>.<slug:format>", exports.download, name="export_file"),
    path("guide/", guides.own_guide, name="own_guide"),
    path("guide/<slug:name>/", guides.guide, name="guide"),
    path("search/", search.find, name="search"),
    path("comments/", comments.comments, name="comments"),
    path("comments/<int:pk>/resolve/", comments.resolve, name="resolve_comment"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/read/", notifications.read_all, name="read_notifications"),
    path("notifications/<int:pk>/read/", notifications.read, name="read_notification"),
]
