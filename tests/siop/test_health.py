import pytest
from django.test import Client


@pytest.mark.django_db
def test_health_answers_without_sign_in(client: Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
