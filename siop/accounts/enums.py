from django.db.models import TextChoices


class Role(TextChoices):
    ADMINISTRATOR = "administrator", "Administrator"
    DEMAND_PLANNER = "demand_planner", "Demand planner"
    SUPPLY_PLANNER = "supply_planner", "Supply planner"
    DEPARTMENT_HEAD = "department_head", "Department head"
    EXECUTIVE = "executive", "Executive"
    ACTION_OWNER = "action_owner", "Action-item owner"
    GUEST = "guest", "Guest"


class UsualDepartment(TextChoices):
    """Departments that a new company can choose from before it has named its own."""

    SALES = "sales", "Sales"
    OPERATIONS = "operations", "Operations"
    PURCHASING = "purchasing", "Purchasing"
    FINANCE = "finance", "Finance"
    QUALITY = "quality", "Quality"


class Permission(TextChoices):
    """What a person may do; views and services name these, roles grant them (siop.accounts.access)."""

    VIEW = "view", "See plans"
    COMMENT = "comment", "Comment"
    IMPORT_DATA = "import_data", "Import data"
    EDIT_DEMAND = "edit_demand", "Edit the demand plan"
    REVIEW_FAMILY = "review_family", "Review a family"
    EDIT_SUPPLY = "edit_supply", "Edit policies and the supply plan"
    SET_CLASSES = "set_classes", "Set what item classes start with"
    RELEASE_ORDERS = "release_orders", "Release orders"
    EDIT_SCENARIO = "edit_scenario", "Work in scenarios"
    RUN_CYCLE = "run_cycle", "Open cycles and start stages"
    APPROVE = "approve", "Approve for a department"
    DECIDE = "decide", "Record decisions and publish"
    EDIT_ACTION = "edit_action", "Work on action items"
    MANAGE_PEOPLE = "manage_people", "Manage people and settings"
    SHARE_VIEW = "share_view", "Share views of lists"
    SEE_AUDIT = "see_audit", "See the audit trail"
