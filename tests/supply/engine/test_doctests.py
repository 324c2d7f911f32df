"""The examples in the docstrings of the engine hold."""

import doctest
import importlib
import pkgutil

import pytest

import supply.engine

MODULES = sorted(
    module.name for module in pkgutil.iter_modules(supply.engine.__path__) if module.name != "worker"
)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_come_out(name: str) -> None:
    failed, _ = doctest.testmod(importlib.import_module(f"supply.engine.{name}"))
    assert failed == 0
