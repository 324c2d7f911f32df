"""How the inputs of forms become HTML."""

from collections.abc import Mapping
from typing import Any

from django.forms.renderers import DjangoTemplates
from django.forms.utils import flatatt
from django.utils.safestring import SafeString

from .templatetags.ui import escaped

Widget = Mapping[str, Any]
SELECT = "django/forms/widgets/select.html"


class FormRenderer(DjangoTemplates):
    """Django's own but for lists to choose from: two hundred people are six hundred templates there, a third of a page."""

    def render(self, template_name: str, context: dict[str, Any], request: Any = None) -> str:
        if template_name == SELECT:
            return _select(context["widget"])
        return super().render(template_name, context, request)


def _select(widget: Widget) -> SafeString:
    groups = "".join(_group(name, options) for name, options, _ in widget["optgroups"])
    return SafeString(f'<select name="{escaped(widget["name"])}"{flatatt(widget["attrs"])}>{groups}</select>')


def _group(name: str | None, options: list[Widget]) -> str:
    written = "".join(map(_option, options))
    return f'<optgroup label="{escaped(name)}">{written}</optgroup>' if name else written


def _option(option: Widget) -> str:
    attributes = flatatt(option["attrs"]) if option["attrs"] else ""
    return f'<option value="{escaped(option["value"])}"{attributes}>{escaped(option["label"])}</option>\n'
