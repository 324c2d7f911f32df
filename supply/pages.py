"""The pages of supply in the rail."""

from siop.accounts import tabs
from siop.accounts.enums import Permission
from siop.accounts.models import Person
from siop.plans.selectors import working_plan
from siop.web.navigation import Page, register
from siop.web.plan_choice import looking_day

from .selectors.pages.exceptions import standing


def open_count(person: Person) -> int:
    """Exceptions of the working plan that wait for somebody."""
    plan = working_plan()
    return standing(person, plan, day=looking_day(plan)).open.count if plan else 0


register(
    Page("Plan", "Item-location", "supply:item_locations", 20),
    Page("Plan", "Supply", "supply:plan", 30),
    Page("Plan", "Inventory", "supply:inventory", 40),
    Page("Plan", "Capacity", "supply:capacity", 50),
    Page("Plan", "Suppliers", "supply:suppliers", 60),
    Page("Decide", "Scenarios", "supply:scenarios", 15),
    Page("Decide", "Exceptions", "supply:exceptions", 10, badge=open_count),
)
tabs.register(tabs.Tab("Item classes", "item_classes:page", 45, Permission.SET_CLASSES))
