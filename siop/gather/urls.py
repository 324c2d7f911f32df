from django.urls import path

from siop.gather import views

app_name = "gather"
urlpatterns = [
    path("", views.index, name="index"),
    path("progress/", views.progress, name="progress"),
    path("template.xlsx", views.template_workbook, name="template_workbook"),
    path("template/<slug:table>.csv", views.template_file, name="template"),
    path("tables/<slug:table>.<slug:format>", views.table_file, name="table_file"),
    path("upload/", views.upload, name="upload"),
    path("uploads/load/", views.load_waiting, name="load_waiting"),
    path("uploads/<int:pk>/", views.upload_detail, name="upload_detail"),
    path("uploads/<int:pk>/mapping/", views.mapping, name="mapping"),
    path("uploads/<int:pk>/load/", views.load, name="load"),
    path("uploads/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("uploads/<int:pk>/errors.csv", views.upload_errors, name="upload_errors"),
    path("imports/<int:pk>/", views.import_detail, name="import_detail"),
    path("imports/<int:pk>/errors.csv", views.import_errors, name="import_errors"),
    path("imports/<int:pk>/undo/", views.undo, name="undo"),
]
