"""Work that the database did not take for a reason that passes is done again, once, and nothing else is."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, OperationalError, connection, transaction

from siop.catalog.models import Segment
from siop.transactions import PAUSES_S, passes, repeatable

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def refusing(table: str, *, code: str, times: int) -> Iterator[None]:
    """The first `times` inserts into the table end with this error of the database; the count outlives rollbacks."""
    with connection.cursor() as cursor:
        cursor.execute(f"""
            CREATE SEQUENCE struck;
            CREATE FUNCTION strike() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
                IF nextval('struck') <= {times} THEN RAISE EXCEPTION 'struck' USING ERRCODE = '{code}'; END IF;
                RETURN NULL;
            END $$;
            CREATE TRIGGER strike AFTER INSERT ON {table} EXECUTE FUNCTION strike()
        """)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION strike CASCADE; DROP SEQUENCE struck")


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def write(calls: list[str]) -> Callable[[str], None]:
    @repeatable
    @transaction.atomic
    def write(code: str) -> None:
        calls.append(code)
        transaction.on_commit(lambda: calls.append(f"{code} is kept"))
        Segment.objects.create(code=code)

    return write


@pytest.mark.parametrize("code", ["40001", "40P01"])
def test_what_was_ended_for_another_is_begun_anew_and_kept_once(
    write: Callable[[str], None], calls: list[str], code: str
) -> None:
    with refusing("catalog_segment", code=code, times=2):
        write("RETAIL")
    assert calls == ["RETAIL", "RETAIL", "RETAIL", "RETAIL is kept"]
    assert list(Segment.objects.values_list("code", flat=True)) == ["RETAIL"]


def test_after_some_tries_the_error_is_told(write: Callable[[str], None], calls: list[str]) -> None:
    with refusing("catalog_segment", code="40001", times=99), pytest.raises(OperationalError):
        write("RETAIL")
    assert len(calls) == 1 + len(PAUSES_S)


@pytest.mark.parametrize("code", ["53100", "23514", "22003"])
def test_other_errors_are_told_at_once(write: Callable[[str], None], calls: list[str], code: str) -> None:
    with refusing("catalog_segment", code=code, times=1), pytest.raises(DatabaseError):
        write("RETAIL")
    assert calls == ["RETAIL"]


def test_a_part_of_a_larger_transaction_is_not_begun_anew_alone(
    write: Callable[[str], None], calls: list[str]
) -> None:
    with (
        refusing("catalog_segment", code="40001", times=1),
        pytest.raises(OperationalError),
        transaction.atomic(),
    ):
        write("RETAIL")
    assert calls == ["RETAIL"]


@pytest.mark.parametrize(
    ("code", "later"), [("53100", True), ("57P01", True), ("23514", False), ("57014", False)]
)
def test_space_and_restarts_pass_and_wrong_rows_do_not(code: str, later: bool) -> None:
    with refusing("catalog_segment", code=code, times=1), pytest.raises(DatabaseError) as caught:
        Segment.objects.create(code="RETAIL")
    assert passes(caught.value) is later
