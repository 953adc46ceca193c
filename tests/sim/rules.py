"""Mutation testing of the pure rules: `python -m tests.sim.rules` changes one thing at a time and runs the unit tests.

Each change of the syntax tree is tried in a forked child: the changed module takes the place of the real one before
the tests import it. A change is killed if a test fails. Messages inside f-strings, docstrings and types are left alone.
"""

import argparse
import ast
import copy
import os
import sys
from collections.abc import Callable, Iterator
from types import ModuleType

import hypothesis.strategies  # noqa: F401 - loaded once, before the children are forked
import pytest

from tests.support.places import ROOT

TESTS = "tests/unit/shared/rules/test_{}.py"
MODULES = ("fanin", "leases")
SWAPS: dict[type[ast.AST], tuple[type[ast.AST], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt), ast.LtE: (ast.Lt,), ast.Gt: (ast.GtE, ast.Lt), ast.GtE: (ast.Gt,),
    ast.Eq: (ast.NotEq,), ast.NotEq: (ast.Eq,), ast.In: (ast.NotIn,), ast.NotIn: (ast.In,), ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,), ast.Add: (ast.Sub,), ast.Sub: (ast.Add,), ast.Mult: (ast.Div,), ast.Div: (ast.Mult,),
    ast.Mod: (ast.Mult,), ast.FloorDiv: (ast.Mult,), ast.BitAnd: (ast.BitOr,), ast.And: (ast.Or,), ast.Or: (ast.And,),
}  # fmt: skip

Change = Callable[[], None]


def _skipped(tree: ast.AST) -> set[int]:
    """Nodes that carry no behaviour: docstrings, annotations, text of messages."""
    out: set[int] = set()
    for node in ast.walk(tree):
        parts: list[ast.AST | None] = []
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            parts.append(node.value)
        if isinstance(node, ast.JoinedStr):
            parts += [v for v in node.values if isinstance(v, ast.Constant)]
        if isinstance(node, ast.arg | ast.AnnAssign):
            parts.append(node.annotation)
        if isinstance(node, ast.FunctionDef):
            parts.append(node.returns)
        out |= {id(n) for part in parts if part is not None for n in ast.walk(part)}
    return out


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    """What can be changed at a node, and how."""
    yield from _operators(node)
    if isinstance(node, ast.If | ast.IfExp | ast.comprehension):
        yield from _conditions(node)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "not x -> not not x", lambda: setattr(node, "operand", ast.UnaryOp(ast.Not(), node.operand))
    if isinstance(node, ast.Constant) and (other := _another(node.value)) is not None:
        yield f"{node.value!r} -> {other!r}", lambda: setattr(node, "value", other)
    if isinstance(node, ast.Return) and node.value is not None and not _is_none(node.value):
        yield "return None", lambda: setattr(node, "value", ast.Constant(None))
    if isinstance(node, ast.Tuple | ast.Set | ast.List) and len(node.elts) > 1:
        for number in range(len(node.elts)):
            yield f"without element {number}", lambda i=number: node.elts.__delitem__(i)


def _operators(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.Compare):
        for new in SWAPS.get(type(node.ops[0]), ()):
            yield f"{type(node.ops[0]).__name__} -> {new.__name__}", lambda n=new: node.ops.__setitem__(0, n())
    if isinstance(node, ast.BinOp | ast.BoolOp):
        for new in SWAPS.get(type(node.op), ()):
            yield f"{type(node.op).__name__} -> {new.__name__}", lambda n=new: setattr(node, "op", n())


def _another(value: object) -> object:
    """A value of the same type that is not this one; None for None."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}XX" if isinstance(value, str) else None


def _conditions(node: ast.If | ast.IfExp | ast.comprehension) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.comprehension):
        if node.ifs:
            yield "comprehension without its condition", lambda: setattr(node, "ifs", node.ifs[1:])
        return
    yield "condition -> True", lambda: setattr(node, "test", ast.Constant(value=True))
    yield "condition -> False", lambda: setattr(node, "test", ast.Constant(value=False))


def _is_none(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def mutants(source: str) -> Iterator[tuple[str, ast.Module]]:
    """Every changed tree of a module, with line and change."""
    tree = ast.parse(source)
    skipped = _skipped(tree)
    count = sum(1 for _ in ast.walk(tree))
    for number in range(count):
        node = next(n for i, n in enumerate(ast.walk(tree)) if i == number)
        if id(node) in skipped:
            continue
        for which, (what, _) in enumerate(_changes(node)):
            fresh = copy.deepcopy(tree)
            target = next(n for i, n in enumerate(ast.walk(fresh)) if i == number)
            list(_changes(target))[which][1]()
            yield f"line {getattr(node, 'lineno', '?')}: {what}", ast.fix_missing_locations(fresh)


def survives(name: str, tree: ast.Module, tests: list[str]) -> bool:
    """Whether the unit tests pass with the changed module in place of the real one."""
    child = os.fork()
    if child == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os._exit(_judge(name, tree, tests))
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def _judge(name: str, tree: ast.Module, tests: list[str]) -> int:
    module = ModuleType(f"shared.rules.{name}")
    sys.modules[module.__name__] = module
    try:
        exec(compile(tree, f"{name}.py", "exec"), module.__dict__)  # noqa: S102 - that is what mutation testing does
        return int(pytest.main(["-x", "-q", "-p", "no:cacheprovider", "--no-header", *tests]))
    except BaseException:  # noqa: BLE001 - a module that cannot be loaded is noticed
        return 1


def main(arguments: list[str] | None = None) -> int:
    """Print the survivors and the share killed; 1 below 95 %."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", default=MODULES)
    options = parser.parse_args(arguments)
    os.chdir(ROOT)
    total = killed = 0
    for name in options.modules:
        source = (ROOT / "shared" / "rules" / f"{name}.py").read_text("utf-8")
        left = []
        changes = list(mutants(source))
        tests = [TESTS.format(name), TESTS.format("fanin_mutants")]
        for what, tree in changes:
            if survives(name, tree, tests):
                left.append(what)
        total, killed = total + len(changes), killed + len(changes) - len(left)
        sys.stdout.write(f"{name}: {len(changes) - len(left)} of {len(changes)} killed\n")
        sys.stdout.writelines(f"    survives {what}\n" for what in left)
        sys.stdout.flush()
    sys.stdout.write(f"{killed} of {total} mutants of the rules killed: {killed / total:.1%}\n")
    return 0 if killed >= 0.95 * total else 1


if __name__ == "__main__":
    sys.exit(main())
