"""Keeps one built topology of each kind, cleared between uses, so that cases stay fast."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tests.kernel.prober import Prober
from tests.kernel.rules import clear
from tests.kernel.topology import Topology, build


class World:
    """A topology with its prober."""

    def __init__(self, tracking: bool = True) -> None:
        """Build both."""
        self.topology: Topology = build(tracking)
        self.prober = Prober(self.topology)

    def close(self) -> None:
        """Close the sockets and remove the namespaces."""
        self.prober.close()
        self.topology.remove()


class Worlds:
    """Worlds that are kept: one a variant, so that legacy tables never linger beside nft's."""

    def __init__(self) -> None:
        """Nothing is built before it is asked for."""
        self._kept: dict[str, World] = {}

    @contextmanager
    def kept(self, variant: str) -> Iterator[World]:
        """The world of a variant, without rules; cleared again afterwards."""
        if variant not in self._kept:
            self._kept[variant] = World()
        world = self._kept[variant]
        try:
            yield world
        finally:
            clear(world.topology)
            world.topology.restore_sysctls()

    @contextmanager
    def fresh(self, tracking: bool = True) -> Iterator[World]:
        """A world of its own, removed afterwards."""
        world = World(tracking)
        try:
            yield world
        finally:
            world.close()

    def close(self) -> None:
        """Remove every kept world."""
        for world in self._kept.values():
            world.close()
        self._kept.clear()
