"""Frozen values, cheap to define: a class takes a quarter of a frozen dataclass's time at import.

`dataclass(frozen=True)` compiles six functions for each class, and a start defines a hundred: a
tenth of the time to the first screen. Here one function serves all classes wherever it can, and
the one that cannot, `__init__`, is compiled when the first value is made: most kinds of match and
target occur in no rule of a host.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass, field, fields
from operator import attrgetter
from typing import Any, ClassVar, Never, TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field, Field))
def value(cls: type[T]) -> type[T]:
    """A class decorator: what `dataclass(frozen=True, slots=True)` means, less the time it takes.

    `dataclasses.replace` and `fields` work on it; there is no `__post_init__`.
    A method that the class has of its own stays.
    """
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__init__ = _init_when_needed(made)
    made.__compared__ = _compared(made)
    own = vars(cls)
    for name, function in _SHARED.items():
        if own.get(name) is None:  # a class with __eq__ alone has None for __hash__
            setattr(made, name, function)
    return made  # type: ignore[no-any-return]


def _compared(made: Any) -> Callable[[Any], Hashable]:
    """What two values are compared by."""
    names = [each.name for each in fields(made) if each.compare]
    return attrgetter(*names) if names else _nothing


def _nothing(_value: object) -> Hashable:
    return ()


class _Value:
    """What the functions below know of any value."""

    __compared__: ClassVar[Callable[[Any], Hashable]]


def _eq(self: _Value, other: object) -> object:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = type(self).__compared__
    return self is other or compared(self) == compared(other)


def _hash(self: _Value) -> int:
    return hash(type(self).__compared__(self))


def _repr(self: Any) -> str:
    shown = (f"{each.name}={getattr(self, each.name)!r}" for each in fields(self) if each.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _refuse(self: object, name: str, _value: object = None) -> Never:
    raise FrozenInstanceError(f"{type(self).__name__}.{name} is for good")


_SHARED = {
    "__eq__": _eq,
    "__hash__": _hash,
    "__repr__": _repr,
    "__setattr__": _refuse,
    "__delattr__": _refuse,
}


def _init_when_needed(made: Any) -> Callable[..., None]:
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        made.__init__ = _init(made)
        made.__init__(self, *args, **kwargs)

    return __init__


def _init(made: Any) -> Callable[..., None]:
    """`__init__`, compiled: a value is made for each word of a rule, so it has to be fast."""
    known: dict[str, Any] = {"MISSING": MISSING}
    taken, lines = [], []
    for each in fields(made):
        name = each.name
        known[f"set_{name}"] = getattr(made, name).__set__
        given, default = name, ""
        if each.default_factory is not MISSING:
            known[f"made_{name}"] = each.default_factory
            given, default = f"made_{name}() if {name} is MISSING else {name}", "=MISSING"
        elif each.default is not MISSING:
            known[f"default_{name}"] = each.default
            default = f"=default_{name}"
        taken.append(f"{name}{default}")
        lines.append(f"  set_{name}(self, {given})")
    text = f"def __init__({', '.join(['self', *taken])}):\n" + "\n".join(lines or ["  pass"])
    exec(text, known)
    init: Callable[..., None] = known["__init__"]
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init
