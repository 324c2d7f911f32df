"""Mutation testing, small and seeded: one place of the code is changed at a time, and its tests have to notice.

    python3 manage.py test --mutants [ROOM...] [--sample 60] [--seed 1]

Each mutant lives in a fork of a process that has imported everything: there the changed code takes the place of the
true one in every function that is at work, and pytest runs the tests of that room. Nothing is written to disk. What
survives is printed with its line; the exit code is 1 where the score of a room is below the goal.
"""

import argparse
import ast
import gc
import importlib
import os
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FunctionType

import django
import pytest

ROOT = Path(__file__).resolve().parents[1]
GOAL = 0.85
SECONDS = 120  # of work, or ten times that of waiting: a mutant that never ends is noticed, too
QUIET = ["-x", "-q", "-p", "no:cacheprovider", "--reuse-db", "-m", "not slow"]
OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.And: ast.Or, ast.Or: ast.And, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
}  # fmt: skip


@dataclass(frozen=True)
class Room:
    """Code, and the tests that have to notice what changes in it."""

    code: tuple[str, ...]
    tests: tuple[str, ...]


ROOMS = {
    "netting": Room(
        ("supply/engine/netting.py",),
        ("tests/supply/engine/test_netting.py", "tests/supply/engine/test_regeneration.py"),
    ),
    "disaggregation": Room(
        ("forecasting/engine/disaggregation.py",), ("tests/forecasting/engine/test_disaggregation.py",)
    ),
    "permission": Room(
        ("siop/accounts/access.py", "siop/catalog/visibility.py"),
        ("tests/siop/accounts", "tests/siop/test_role_matrix.py", "tests/siop/test_foreign_objects.py"),
    ),
    "approval": Room(
        ("meetings/services/approvals.py", "meetings/selectors/approvals.py", "siop/plans/publishing.py"),
        (
            "tests/meetings/services/test_approvals.py",
            "tests/meetings/services/test_cycles.py",
            "tests/siop/plans/test_publishing.py",
            "tests/meetings/views/test_meeting.py",
            "tests/acceptance/test_s42_department_heads_approve_by_name.py",
            "tests/acceptance/test_s53_every_business_orchestrates_it_differently.py",
        ),
    ),
    "import": Room(
        (
            "siop/gather/services.py",
            "siop/gather/validation.py",
            "siop/gather/rows.py",
            "siop/gather/undo.py",
        ),
        (
            "tests/siop/gather/test_services.py",
            "tests/siop/gather/test_profiles.py",
            "tests/siop/gather/test_undo.py",
            "tests/siop/gather/test_tables.py",
            "tests/siop/gather/test_bad_input.py",
        ),
    ),
}


def changed(node: ast.AST) -> ast.AST | None:
    """The node with its operator, number, truth or returned value replaced; None for one that stays as it is."""
    match node:
        case ast.Compare(left=left, ops=[one, *others], comparators=right) if type(one) in OTHER:
            return ast.Compare(left, [OTHER[type(one)](), *others], right)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OTHER:
            return ast.BinOp(left, OTHER[type(op)](), right)
        case ast.BoolOp(op=op, values=values):
            return ast.BoolOp(OTHER[type(op)](), values)
        case ast.AugAssign(target=target, op=op, value=value) if type(op) in OTHER:
            return ast.AugAssign(target, OTHER[type(op)](), value)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return operand
        case ast.Constant(value=bool() as truth):
            return ast.Constant(not truth)
        case ast.Constant(value=int() | float() as number):
            return ast.Constant(number + 1)
        case ast.Return(value=ast.expr()):
            return ast.Return(ast.Constant(None))
    return None


class Change(ast.NodeTransformer):
    """Changes the place numbered `wanted` among all that lie inside of functions; counts them where it is -1."""

    def __init__(self, wanted: int = -1) -> None:
        self.wanted, self.places, self.says = wanted, 0, ""

    def visit_Module(self, node: ast.Module) -> ast.Module:
        node.body = [
            self.visit(each) if isinstance(each, ast.FunctionDef | ast.ClassDef) else each
            for each in node.body
        ]
        return node

    visit_ClassDef = visit_Module

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.body = [self.visit(each) for each in node.body]  # not its decorators, defaults and types
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.value = node.value and self.visit(node.value)  # a type of something local is never evaluated
        return node

    def visit(self, node: ast.AST) -> ast.AST:
        found = super().visit(node)
        other = changed(found)
        if other is None:
            return found
        self.places += 1
        if self.places - 1 != self.wanted:
            return found
        self.says = f"line {node.lineno}: {ast.unparse(found)}  ->  {ast.unparse(other)}"
        return ast.fix_missing_locations(ast.copy_location(other, node))


def put_in_place(path: str, tree: ast.Module) -> None:
    """The code of every function of the file, in whoever holds it."""
    module = path.removesuffix(".py").replace("/", ".")
    codes = {code.co_qualname: code for code in _codes(compile(tree, path, "exec"))}
    for each in gc.get_objects():
        if type(each) is FunctionType and each.__module__ == module and each.__code__.co_qualname in codes:
            each.__code__ = codes[each.__code__.co_qualname]


def _codes(code: CodeType) -> Iterator[CodeType]:
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield inner
            yield from _codes(inner)


def is_noticed(path: str, tree: ast.Module, tests: tuple[str, ...]) -> bool:
    """Whether a test fails, or never ends, while the code is that of `tree`."""
    child = os.fork()
    if not child:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        signal.alarm(10 * SECONDS)
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        put_in_place(path, tree)
        os._exit(pytest.main([*QUIET, *tests]))
    _, status = os.waitpid(child, 0)
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) > 2:
        raise SystemExit(f"pytest could not run {' '.join(tests)}")
    return status != 0


def fight(name: str, *, sample: int, seed: int) -> float:
    """Share of a room's mutants that its tests notice; the others are printed."""
    room, trees = ROOMS[name], {path: (ROOT / path).read_text() for path in ROOMS[name].code}
    for path, text in trees.items():
        importlib.import_module(path.removesuffix(".py").replace("/", "."))
        if is_noticed(path, ast.parse(text), room.tests):
            raise SystemExit(f"the tests of {name} fail without any mutant")
    places = []
    for path, text in trees.items():
        counted = Change()
        counted.visit(ast.parse(text))
        places += [(path, at) for at in range(counted.places)]
    chosen = sorted(random.Random(seed).sample(places, min(sample or len(places), len(places))))
    survivors = 0
    for path, at in chosen:
        change = Change(at)
        tree = change.visit(ast.parse(trees[path]))
        if not is_noticed(path, tree, room.tests):
            survivors += 1
            say(f"  survives  {path}, {change.says}")
    score = 1 - survivors / len(chosen)
    say(f"{name}: {score:.0%} of {len(chosen)} mutants noticed, of {len(places)} there are")
    return score


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rooms", nargs="*", default=[*ROOMS], metavar="ROOM")
    parser.add_argument("--sample", type=int, default=60, help="mutants of each room; 0: all of them")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    django.setup()
    return int(any([fight(name, sample=options.sample, seed=options.seed) < GOAL for name in options.rooms]))


if __name__ == "__main__":
    sys.exit(main())
