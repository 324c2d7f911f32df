"""Without Redis every look-up misses and nothing is kept; no page fails for want of it."""

from siop.embedded.processes import free_port
from siop.web.cache import ForgivingRedisCache


def test_a_cache_that_is_away_misses():
    away = ForgivingRedisCache(
        f"redis://127.0.0.1:{free_port()}/0", {"OPTIONS": {"socket_connect_timeout": 1}}
    )
    away.set("a", 1)
    assert away.get("a", "none") == "none"
    assert away.get_many(["a", "b"]) == {}
    assert away.add("a", 1) is False
    assert away.incr("a", 2) == 2
    assert away.delete("a") is False


def test_one_client_serves_all_lookups():
    kept = ForgivingRedisCache(f"redis://127.0.0.1:{free_port()}/0", {})
    assert kept._cache.get_client() is kept._cache.get_client("another")
    assert kept._cache.get_client(write=True) is kept._cache.get_client(write=True)
