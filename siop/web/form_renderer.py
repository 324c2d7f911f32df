"""How the inputs of forms become HTML."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

Widget = Mapping[str, Any]
SELECT = "django/forms/widgets/select.html"


class FormRenderer(DjangoTemplates):
    """Django's own but for lists to choose from: two hundred people are six hundred templates there, a third of a page."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: Widget) -> SafeString:
    groups = format_html_join(
        "", "{}", ((_group(name, options),) for name, options, _ in widget["optgroups"])
    )
    return format_html('<select name="{}"{}>{}</select>', widget["name"], flatatt(widget["attrs"]), groups)


def _group(name: str | None, options: list[Widget]) -> SafeString:
    texts = ((option["value"], flatatt(option["attrs"]), option["label"]) for option in options)
    written = format_html_join("\n", '<option value="{}"{}>{}</option>', texts)
    return format_html('<optgroup label="{}">{}</optgroup>', name, written) if name else written
