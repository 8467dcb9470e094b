"""The faults that can be planted in a module: each is one small change of its text."""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
BUILT_IN_TYPES = {"int", "float", "str", "bytes", "bool", "list", "dict", "tuple", "set", "None"}
LOGGING = {"log", "logger", "logging", "warnings", "trace"}
SMALL = 10
NUMPY_WHERE = 3
HARMLESS_KEYWORDS = {"strict", "stacklevel", "slots", "frozen", "repr"}


@dataclass(frozen=True)
class Mutant:
    """One change: `text` instead of the bytes from `start` to `end` of the file."""

    path: str
    line: int
    lines: tuple[int, ...]
    """Where a test must pass to be able to see it; empty when it acts at import."""
    names: tuple[str, ...]
    """What it defines at import, for finding its users."""
    kind: str
    start: int
    end: int
    text: str

    def apply(self, source: bytes) -> bytes:
        return source[: self.start] + self.text.encode() + source[self.end :]

    def show(self, source: bytes) -> str:
        """Both versions of the lines that change."""
        first = source.rfind(b"\n", 0, self.start) + 1
        last = source.find(b"\n", self.end)
        before = source[first:last].decode().split("\n")
        after = (source[first : self.start] + self.text.encode() + source[self.end : last]).decode().split("\n")
        return "\n".join([f"-{line}" for line in before] + [f"+{line}" for line in after])


def mutants_of(root: Path, path: str) -> list[Mutant]:
    """All faults that can be planted in one file, by their place."""
    source = (root / path).read_bytes()
    return sorted(_Finder(path, source).found(), key=lambda mutant: (mutant.start, mutant.end, mutant.text))


class _Finder(ast.NodeVisitor):
    def __init__(self, path: str, source: bytes) -> None:
        self._path = path
        self._tree = ast.parse(source)
        self._line_starts = [0]
        for line in source.split(b"\n"):
            self._line_starts.append(self._line_starts[-1] + len(line) + 1)
        self._found: list[Mutant] = []
        self._statement: ast.stmt | None = None
        self._depth = 0
        self._names: list[str] = []

    def found(self) -> list[Mutant]:
        self.visit(self._tree)
        return self._found

    def _offset(self, line: int, column: int) -> int:
        return self._line_starts[line - 1] + column

    def _add(self, node: ast.expr | ast.stmt, kind: str, new: ast.AST | str) -> None:
        text = new if isinstance(new, str) else ast.unparse(ast.fix_missing_locations(new))
        if not isinstance(new, str) and isinstance(new, ast.expr) and not isinstance(new, ast.Constant):
            text = f"({text})"
        lines = (node.lineno, self._statement.lineno) if self._depth and self._statement else ()
        self._found.append(
            Mutant(
                self._path,
                node.lineno,
                lines,
                tuple(self._names) if not self._depth else (),
                kind,
                self._offset(node.lineno, node.col_offset),
                self._offset(node.end_lineno or 0, node.end_col_offset or 0),
                text,
            )
        )

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            outer, self._statement = self._statement, node
            super().visit(node)
            self._statement = outer
        else:
            super().visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        self._names.append(node.name)
        for early in (*node.decorator_list, *node.args.defaults, *node.args.kw_defaults):
            if early is not None:
                self.visit(early)
        self._names.pop()
        self._depth += 1
        for statement in node.body:
            self.visit(statement)
        self._depth -= 1

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815 - as `ast` names it

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._names.append(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)
        for statement in node.body:
            self.visit(statement)
        self._names.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        names = [part.id for target in node.targets for part in ast.walk(target) if isinstance(part, ast.Name)]
        if "__all__" not in names:
            self._assigned(names, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self._assigned([node.target.id] if isinstance(node.target, ast.Name) else [], node.value)

    def _assigned(self, names: list[str], value: ast.expr) -> None:
        self._names.extend(names)
        self.visit(value)
        del self._names[len(self._names) - len(names) :]

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if type(node.op) in SWAPPED:
            new = copy.deepcopy(node)
            new.op = SWAPPED[type(node.op)]()  # type: ignore[assignment]
            self._add(node, "operator", ast.unparse(new))
        self.visit(node.value)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        if type(node.op) in SWAPPED and not _is_text(node.left) and not _is_text(node.right) and not _is_union(node):
            new = copy.deepcopy(node)
            new.op = SWAPPED[type(node.op)]()  # type: ignore[assignment]
            self._add(node, "operator", new)
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        new = copy.deepcopy(node)
        new.op = SWAPPED[type(node.op)]()  # type: ignore[assignment]
        self._add(node, "and/or", new)
        self.generic_visit(node)

    def visit_Compare(self, node: ast.Compare) -> None:
        for at, operator in enumerate(node.ops):
            new = copy.deepcopy(node)
            new.ops[at] = SWAPPED[type(operator)]()  # type: ignore[call-overload]
            self._add(node, "comparison", new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, (ast.Not, ast.USub, ast.Invert)) and not isinstance(node.operand, ast.Constant):
            self._add(node, "negation", copy.deepcopy(node.operand))
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        match node.value:
            case bool():
                self._add(node, "constant", str(not node.value))
            case int():
                self._add(node, "constant", str(node.value + 1 if abs(node.value) <= SMALL else node.value * 2))
            case float():
                self._add(node, "constant", repr(node.value * 2 if node.value else 1.0))

    def visit_If(self, node: ast.If) -> None:
        if any(isinstance(part, ast.Name) and part.id in {"TYPE_CHECKING", "__name__"} for part in ast.walk(node.test)):
            return
        self._negate(node.test)
        self.generic_visit(node)

    def visit_IfExp(self, node: ast.IfExp) -> None:
        self._negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node: ast.comprehension) -> None:
        for test in node.ifs:
            self._negate(test)
        self.generic_visit(node)

    def _negate(self, test: ast.expr) -> None:
        """Turn a condition over, where no other change does just that."""
        inverse = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
        if isinstance(test, ast.Compare) and isinstance(test.ops[0], inverse):
            return
        if not (isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not)):
            self._add(test, "condition", ast.UnaryOp(ast.Not(), copy.deepcopy(test)))

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is None:
            return
        if not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self._add(node, "return", "return None")
        self.visit(node.value)

    def visit_Raise(self, node: ast.Raise) -> None:
        self._add(node, "statement", "pass")

    def visit_Expr(self, node: ast.Expr) -> None:
        if isinstance(node.value, ast.Call) and not _logs(node.value):
            self._add(node, "statement", "pass")
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        if _logs(node):
            return
        plain = len(node.args) > 1 and not any(isinstance(value, ast.Starred) for value in node.args[:2])
        if plain and ast.dump(node.args[0]) != ast.dump(node.args[1]) and not _swaps_freely(node):
            new = copy.deepcopy(node)
            new.args[:2] = new.args[1::-1]
            self._add(node, "arguments", new)
        self.generic_visit(node)

    def visit_keyword(self, node: ast.keyword) -> None:
        if node.arg not in HARMLESS_KEYWORDS:
            self.generic_visit(node)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        if not (isinstance(node.value, ast.Name) and node.value.id in {"Annotated", "Literal", "ClassVar", "Callable"}):
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        """Texts stay as they are."""

    def visit_Assert(self, node: ast.Assert) -> None:
        """Assertions are tests themselves."""


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes)))


def _is_union(node: ast.BinOp) -> bool:
    """`int | None` is a type."""
    return isinstance(node.op, ast.BitOr) and any(
        (isinstance(side, ast.Constant) and side.value is None)
        or (isinstance(side, ast.Name) and side.id in BUILT_IN_TYPES)
        for side in ast.walk(node)
    )


def _logs(node: ast.Call) -> bool:
    parts = list(_dotted(node.func))
    return bool(parts) and parts[0] in LOGGING


def _swaps_freely(node: ast.Call) -> bool:
    """Whether the order of the arguments means nothing, or a swap fails at once."""
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"max", "min", "maximum", "minimum", "where", "and_", "or_", "isinstance", "issubclass"} and not (
        name == "where" and len(node.args) == NUMPY_WHERE
    )


def _dotted(node: ast.expr) -> Iterator[str]:
    """`log.info` is log, info."""
    if isinstance(node, ast.Attribute):
        yield from _dotted(node.value)
        yield node.attr
    elif isinstance(node, ast.Name):
        yield node.id
