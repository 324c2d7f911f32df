"""What pages of the cycle make anew for each person, within what is kept for all."""

from datetime import date

from django import template
from django.template import Context

from ..forms import ActionForm

register = template.Library()


@register.simple_tag(takes_context=True)
def action_form(context: Context, due: date | None) -> ActionForm:
    """For a new action of the one who asks; as it was typed, where it was refused."""
    typed: ActionForm | None = context.get("form")
    return typed or ActionForm(initial={"due": due, "owner": context["user"].pk})
