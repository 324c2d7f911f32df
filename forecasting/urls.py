from django.urls import path

from .views import cleansing, demand_grid, demand_plan, drivers, events, launches, workbook

app_name = "forecasting"
urlpatterns = [
    path("", demand_plan.page, name="demand_plan"),
    path("rows", demand_grid.rows, name="grid_rows"),
    path("edits", demand_grid.edits, name="grid_edits"),
    path("rectangle", demand_grid.rectangle, name="grid_rectangle"),
    path("undo", demand_grid.undo, name="grid_undo"),
    path("follow", demand_grid.follow, name="grid_follow"),
    path("reason", demand_grid.reason, name="grid_reason"),
    path("comments", demand_grid.comment, name="grid_comment"),
    path("dock", demand_plan.dock, name="grid_dock"),
    path("why", demand_plan.why, name="grid_why"),
    path("export.xlsx", workbook.export, name="grid_export"),
    path("import", workbook.upload, name="grid_import"),
    path("import/apply", workbook.apply, name="grid_import_apply"),
    path("drivers/", drivers.drivers, name="drivers"),
    path("drivers/values/", drivers.set_values, name="set_driver_values"),
    path("drivers/values/add/", drivers.add_value, name="add_driver_value"),
    path("drivers/values/undo/", drivers.undo_values, name="undo_driver_values"),
    path("drivers/effects/", drivers.set_effect, name="set_driver_effect"),
    path("drivers/events/", events.events, name="events"),
    path("drivers/events/save/", events.save_event, name="save_event"),
    path("drivers/events/undo/", events.undo_event, name="undo_event"),
    path("drivers/events/<int:pk>/remove/", events.remove_event, name="remove_event"),
    path("drivers/launches/", launches.launches, name="launches"),
    path("drivers/launches/save/", launches.save_launch, name="save_launch"),
    path("drivers/launches/undo/", launches.undo_launch, name="undo_launch"),
    path("drivers/owners/save/", launches.save_owners, name="save_owners"),
    path("drivers/owners/<int:pk>/remove/", launches.remove_owners, name="remove_owners"),
    path("drivers/cleansing/", cleansing.cleansing, name="cleansing"),
    path("drivers/cleansing/mark/", cleansing.mark_month, name="mark_month"),
    path("drivers/cleansing/<int:pk>/", cleansing.set_undone, name="set_mark_undone"),
]
