"""What is kept is never older than the rows, whoever writes them and when; what cannot be exact is not kept."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction

from forecasting.models import Override
from siop import bulk
from siop.catalog.models import Location, Segment
from siop.reading import once, one_reading
from siop.statements import answers
from siop.web import kept

pytestmark = pytest.mark.django_db(transaction=True)


class Counted:
    """A question, and how often it was asked."""

    def __init__(self, ask: Callable[[], object]) -> None:
        self.ask, self.times = ask, 0

    def __call__(self) -> object:
        self.times += 1
        return self.ask()

    def kept(self, key: str = "key") -> object:
        return kept.kept(key, self, size=lambda _: 100)


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    kept.forget_all()


@pytest.fixture
def codes() -> Counted:
    Segment.objects.create(code="first")
    return Counted(lambda: sorted(Segment.objects.values_list("code", flat=True)))


def test_is_asked_once_while_its_tables_stand(codes: Counted) -> None:
    assert [codes.kept(), codes.kept()] == [["first"]] * 2
    Location.objects.create(code="elsewhere")
    assert codes.kept() == ["first"]
    assert codes.times == 1


def test_another_key_is_another_part(codes: Counted) -> None:
    codes.kept("one")
    codes.kept("two")
    assert codes.times == 2


@pytest.mark.parametrize(
    "ask",
    [
        lambda: sorted(Segment.objects.values_list("code", flat=True)),
        lambda: sorted(row[0] for row in answers("SELECT code FROM catalog_segment")),
        lambda: sorted(bulk.lists_out("SELECT code FROM catalog_segment")[0]),
        lambda: len(bulk.copy_out("SELECT id FROM catalog_segment", columns="i")[0]),
        lambda: sorted(one.code for one in Segment.objects.raw("SELECT * FROM catalog_segment")),
    ],
)
def test_is_made_anew_after_a_write_whatever_way_it_asks(ask: Callable[[], object]) -> None:
    Segment.objects.create(code="first")
    asked = Counted(ask)
    before = asked.kept()
    Segment.objects.create(code="second")
    assert asked.kept() == ask() != before
    Segment.objects.filter(code="second").delete()
    assert asked.kept() == before
    assert asked.times == 3


def test_a_write_while_it_is_made_voids_it(codes: Counted) -> None:
    def written_meanwhile() -> object:
        found = sorted(Segment.objects.values_list("code", flat=True))
        Segment.objects.create(code="second")
        return found

    assert Counted(written_meanwhile).kept() == ["first"]
    assert codes.kept() == ["first", "second"]


def test_an_answer_of_the_reading_around_is_not_taken(codes: Counted) -> None:
    with one_reading():
        assert once("codes", codes) == ["first"]
        Segment.objects.create(code="second")
        assert kept.kept("key", lambda: once("codes", codes), size=lambda _: 1) == ["first", "second"]


def test_what_a_transaction_sees_is_not_kept(codes: Counted) -> None:
    with transaction.atomic():
        Segment.objects.create(code="never was")
        assert codes.kept() == ["first", "never was"]
        transaction.set_rollback(True)
    assert codes.kept() == ["first"]


def test_what_is_made_of_tables_without_marks_is_not_kept() -> None:
    asked = Counted(Override.objects.count)
    assert [asked.kept(), asked.kept()] == [0, 0]
    assert asked.times == 2


def test_the_longest_unused_goes_where_the_room_ends(codes: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_BYTES", 250)
    for key in ("one", "two", "one", "three", "one"):
        codes.kept(key)
    assert codes.times == 3
    codes.kept("two")
    assert codes.times == 4


def test_what_is_too_large_is_not_kept(codes: Counted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "LARGEST", 99)
    codes.kept()
    codes.kept()
    assert codes.times == 2


def test_none_is_kept_like_any_other_answer(codes: Counted) -> None:
    asked = Counted(lambda: Segment.objects.filter(code="none").first())
    assert [asked.kept(), asked.kept()] == [None, None]
    assert asked.times == 1
    assert not connection.in_atomic_block


def test_a_part_of_a_part_voids_both_whether_it_was_kept_before_or_not(codes: Counted) -> None:
    for known_before in (False, True):
        if known_before:
            codes.kept("inner")
        outer = Counted(lambda: ["outer", codes.kept("inner")])
        assert outer.kept(f"outer {known_before}") == ["outer", codes.ask()]
        Segment.objects.create(code=f"written {known_before}")
        assert outer.kept(f"outer {known_before}") == ["outer", codes.ask()]
        assert outer.times == 2


def test_a_part_of_what_has_no_marks_keeps_the_whole_from_being_kept() -> None:
    inner = Counted(Override.objects.count)
    outer = Counted(lambda: inner.kept("inner"))
    assert [outer.kept("outer"), outer.kept("outer")] == [0, 0]
    assert outer.times == 2


def test_a_part_that_has_a_part_is_kept_whether_that_one_was_kept_before_or_not(codes: Counted) -> None:
    with one_reading():
        whole = Counted(codes.kept)
        assert whole.kept("whole") == ["first"]
        assert whole.kept("whole") == ["first"]
        assert (whole.times, codes.times) == (1, 1)
        other = Counted(codes.kept)
        assert [other.kept("other"), other.kept("other")] == [["first"], ["first"]]
        assert (other.times, codes.times) == (1, 1)


def test_what_is_written_while_a_part_of_a_part_is_made_voids_both(codes: Counted) -> None:
    def write_before() -> object:
        Segment.objects.create(code=f"{Segment.objects.count()}")
        return codes.kept()

    whole = Counted(write_before)
    assert whole.kept("whole") == ["1", "first"]
    assert whole.kept("whole") == ["1", "2", "first"]
    assert (whole.times, codes.times) == (2, 2)
