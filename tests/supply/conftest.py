from pathlib import Path
from typing import Any

import pytest
from folders import Planner, planner


@pytest.fixture
def plan(tmp_path: Path) -> Planner:
    return planner(tmp_path)


@pytest.fixture
def sams(client: Any, sam: Any) -> Any:
    """A browser in which Sam, who plans supply, is signed in."""
    client.force_login(sam)
    return client
