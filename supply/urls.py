from django.urls import path

from .views import (
    capacity,
    exceptions,
    inventory,
    item_location,
    orders,
    plan,
    policies,
    scenarios,
    suppliers,
)

app_name = "supply"
urlpatterns = [
    path("", plan.supply_plan, name="plan"),
    path("orders/release/", orders.release, name="release"),
    path("orders/<int:pk>/firm/", orders.firm, name="firm"),
    path("orders/<int:pk>/let-go/", orders.let_go, name="let_go"),
    path("items/", item_location.item_locations, name="item_locations"),
    path("items/<int:item>/<int:location>/", item_location.item_location, name="item_location"),
    path("policies/<int:item>/<int:location>/", policies.policy, name="policy"),
    path("inventory/", inventory.inventory, name="inventory"),
    path("exceptions/", exceptions.exceptions, name="exceptions"),
    path("exceptions/<int:pk>/snooze/", exceptions.snooze, name="snooze"),
    path("exceptions/<int:pk>/reopen/", exceptions.reopen, name="reopen"),
    path("capacity/", capacity.capacity, name="capacity"),
    path("suppliers/", suppliers.suppliers, name="suppliers"),
    path("scenarios/", scenarios.scenarios, name="scenarios"),
    path("scenarios/new/", scenarios.create, name="create_scenario"),
    path("scenarios/from-exception/<int:pk>/", scenarios.from_exception, name="scenario_from_exception"),
    path("scenarios/<int:pk>/changes/", scenarios.add_change, name="add_change"),
    path("scenarios/<int:pk>/changes/<int:change>/remove/", scenarios.remove_change, name="remove_change"),
    path("scenarios/<int:pk>/rename/", scenarios.rename, name="rename_scenario"),
    path("scenarios/<int:pk>/copy/", scenarios.copy, name="copy_scenario"),
    path("scenarios/<int:pk>/refresh/", scenarios.bring_up_to_date, name="refresh_scenario"),
    path("scenarios/<int:pk>/delete/", scenarios.delete, name="delete_scenario"),
    path("scenarios/<int:pk>/promote/", scenarios.promote, name="promote_scenario"),
    path("scenarios/<int:pk>/take-back/", scenarios.take_back, name="take_back_scenario"),
]
