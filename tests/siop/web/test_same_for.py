"""Parts of templates that are the same for the same values: written once, of nothing else."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.template import Context, RequestContext, Template
from django.test import RequestFactory


@dataclass(frozen=True)
class Named:
    name: str


def test_is_written_once_for_the_same_values() -> None:
    template = Template("{% load ui %}{% same_for one %}{{ one.name }}{% endsame_for %}")
    assert [template.render(Context({"one": Named(name)})) for name in ("a", "b", "a")] == ["a", "b", "a"]
    part = template.nodelist[-1]
    assert sorted(part.texts.values()) == ["a", "b"]


def test_sees_nothing_but_the_values_it_names() -> None:
    template = Template(
        "{% load ui %}{% same_for one %}{{ one }}{{ other }}{{ request.path }}{% endsame_for %}"
    )
    asked = RequestFactory().get("/")
    asked.user = AnonymousUser()
    assert template.render(RequestContext(asked, {"one": 1, "other": 2})) == "1"


def test_escapes_what_it_is_given() -> None:
    template = Template("{% load ui %}{% same_for one %}{{ one.name }}{% endsame_for %}")
    assert [template.render(Context({"one": Named("<b>")})) for _ in range(2)] == ["&lt;b&gt;"] * 2


def test_a_name_without_a_value_is_none() -> None:
    template = Template(
        "{% load ui %}{% same_for one %}{% if one %}some{% else %}none{% endif %}{% endsame_for %}"
    )
    assert template.render(Context()) == "none"


def test_holds_so_many_texts_and_no_more(monkeypatch) -> None:
    monkeypatch.setattr("siop.web.templatetags.ui.MOST_TEXTS", 2)
    template = Template("{% load ui %}{% same_for one %}{{ one }}{% endsame_for %}")
    assert [template.render(Context({"one": one})) for one in (1, 2, 3, 1)] == ["1", "2", "3", "1"]
    assert len(template.nodelist[-1].texts) <= 2
