from django.urls import path

from .views import capacity, exceptions, inventory, item_location, orders, plan, policies, suppliers

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
]
