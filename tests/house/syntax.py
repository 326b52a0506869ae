"""The source of the package as a tree of words, for the tests that hold its form."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "coevolve"


@dataclass(frozen=True)
class Import:
    """One imported module: where it stands, and whether it runs when the file is imported."""

    target: str  # the full name of what is imported: "coevolve.engine.growth", "numpy"
    line: int
    inside: str  # the function that holds a late import, else ""
    typing: bool  # under `if TYPE_CHECKING`

    @property
    def at_top(self) -> bool:
        return not self.inside and not self.typing


@dataclass(frozen=True)
class Module:
    """One file of the package."""

    path: Path

    @cached_property
    def name(self) -> str:
        parts = self.path.relative_to(PACKAGE.parent).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))

    @cached_property
    def room(self) -> str:
        """The part of the house: "evidence", "themes.symbiosis", "cli"; the package itself is ""."""
        parts = self.name.split(".")[1:]
        return ".".join(parts[:2]) if parts[:1] == ["themes"] else "".join(parts[:1])

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        return tuple(self._imports(self.tree, inside="", typing=False))

    def __str__(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    def _imports(self, node: ast.AST, inside: str, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(alias.name, child.lineno, inside, typing)
            elif isinstance(child, ast.ImportFrom):
                base = self._absolute(child)
                for alias in child.names:
                    yield Import(_module_of(base, alias.name), child.lineno, inside, typing)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                yield from self._imports(child, inside or child.name, typing)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                yield from self._imports(child, inside, True)
            else:
                yield from self._imports(child, inside, typing)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        package = self.name.split(".") if self.path.name == "__init__.py" else self.name.split(".")[:-1]
        return ".".join([*package[: len(package) - node.level + 1], *([node.module] if node.module else [])])


def _module_of(base: str, name: str) -> str:
    """`from base import name` imports the module base.name where there is one, else base."""
    path = PACKAGE.parent.joinpath(*base.split("."), name)
    return f"{base}.{name}" if path.is_dir() or path.with_suffix(".py").is_file() else base


def modules() -> list[Module]:
    """Every file of the package, in order."""
    return [Module(path) for path in sorted(PACKAGE.rglob("*.py"))]


def room_of(target: str) -> str:
    """The room that an imported name of ours belongs to; "" for the package itself."""
    parts = target.split(".")[1:]
    return ".".join(parts[:2]) if parts[:1] == ["themes"] else "".join(parts[:1])


def is_ours(target: str) -> bool:
    return target.split(".")[0] == "coevolve"
