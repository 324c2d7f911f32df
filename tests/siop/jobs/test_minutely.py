import pytest
from django.db import OperationalError

from siop.jobs import minutely


def test_one_that_fails_holds_up_none_of_the_others(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done: list[str] = []

    def broken() -> None:
        raise LookupError("nobody is there")

    monkeypatch.setattr(minutely, "_functions", [broken, lambda: done.append("after it")])
    minutely.run_each()
    assert done == ["after it"]
    assert "broken failed" in caplog.text


def test_a_database_that_is_away_ends_the_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(minutely, "_functions", [away])
    with pytest.raises(OperationalError):
        minutely.run_each()
