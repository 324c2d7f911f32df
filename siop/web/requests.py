from django.http import HttpRequest

from siop.accounts.models import Person


def person_of(request: HttpRequest) -> Person:
    """Who asks, in views that let only people in who have signed in."""
    if not isinstance(request.user, Person):
        raise TypeError("This view lets people in who have not signed in; decorate it with `requires`.")
    return request.user
