"""Every example in a docstring of the inventory engine is a test."""

import doctest
import importlib
import pkgutil

import pytest

import inventory.engine

MODULES = [f"inventory.engine.{module.name}" for module in pkgutil.iter_modules(inventory.engine.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_docstring_examples_come_out(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
