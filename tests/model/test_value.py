"""A value is what a frozen dataclass with slots is."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from dockerwall.model.value import value


@value
class Port:
    """A value with a default, a default that is made, and a field that is not compared."""

    number: int
    name: str = "http"
    labels: dict[str, str] = field(default_factory=dict)
    seen: int = field(default=0, compare=False, repr=False)


@value
class Door:
    """A value of the same fields as another."""

    number: int


@dataclass(frozen=True, slots=True)
class Gate:
    """What `Door` would be as a dataclass."""

    number: int


@value
class Nothing:
    """A value without fields."""


def test_it_takes_its_fields_by_place_by_name_and_by_default() -> None:
    port = Port(80, labels={"a": "b"})
    assert (port.number, port.name, port.labels, port.seen) == (80, "http", {"a": "b"}, 0)
    assert Port(80).labels is not Port(80).labels
    with pytest.raises(TypeError, match="number"):
        Port()  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Port(80, colour="red")  # type: ignore[call-arg]


def test_it_is_equal_to_its_like_alone() -> None:
    assert Port(80) == Port(80, seen=5)
    assert Port(80) != Port(81)
    others: tuple[object, ...] = (Gate(80), 80)
    assert Door(80) not in others
    assert Nothing() == Nothing()
    assert len({Door(1), Door(1), Door(2), Nothing(), Nothing()}) == 3


def test_what_cannot_be_hashed_in_it_keeps_it_from_being_hashed() -> None:
    with pytest.raises(TypeError, match="unhashable"):
        hash(Port(80))


def test_it_cannot_be_changed_only_replaced() -> None:
    door = Door(80)
    with pytest.raises(FrozenInstanceError):
        door.number = 81  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del door.number
    with pytest.raises(FrozenInstanceError):
        door.colour = "red"  # type: ignore[attr-defined]
    assert replace(door, number=81) == Door(81)
    assert [each.name for each in fields(door)] == ["number"]


def test_it_is_printed_and_matched_as_a_dataclass() -> None:
    assert repr(Port(80)) == "Port(number=80, name='http', labels={})"
    assert repr(Nothing()) == "Nothing()"
    match Door(80):
        case Door(number):
            assert number == 80
