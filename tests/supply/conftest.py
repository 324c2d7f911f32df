from pathlib import Path

import pytest
from folders import Planner, planner


@pytest.fixture
def plan(tmp_path: Path) -> Planner:
    return planner(tmp_path)
