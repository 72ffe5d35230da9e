"""A judged host made ready for an intent on ports: what its rules will compare with is there."""

from __future__ import annotations

from collections.abc import Iterable

from dockerwall.analysis.judgement import Judgement
from dockerwall.analysis.world import build_world
from dockerwall.editing.chains import input_chain, with_filter_table
from dockerwall.editing.edited import edited_snapshot, ready_to_edit, with_new_sets
from dockerwall.editing.intents import Allow, Block, Intent, OfPort, Only, Source, UseSet
from dockerwall.editing.setchange import SetChange, felt
from dockerwall.editing.stage import Stage
from dockerwall.model.kinds import Family


def staged(
    judgement: Judgement, intent: OfPort, made: tuple[SetChange, ...], inputs: Iterable[Family]
) -> Stage:
    """The host cut by the sources, with the sets that are made, and INPUT of some families."""
    world = judgement.world
    cuts = [
        numbers
        for source in sources_of(intent)
        for family in Family
        if (numbers := source.numbers(family))
    ]
    snapshot = world.snapshot
    if felt(snapshot, made):
        snapshot = edited_snapshot(snapshot, (), made)
    elif made:
        world = with_new_sets(world, made)
        snapshot = world.snapshot
    for family in inputs:
        snapshot = with_filter_table(snapshot, input_chain(world, family))
    if snapshot is not world.snapshot:
        lan = [text for each in world.lan.values() for text in each.cidrs()]
        return Stage.of(judgement, build_world(snapshot, lan, cuts))
    return Stage.of(judgement, ready_to_edit(world, cuts))


def sources_of(intent: Intent) -> tuple[Source, ...]:
    """The sources an intent names."""
    match intent:
        case Allow(source=source) | Block(source=source):
            return (source,)
        case Only(sources=sources):
            return sources
        case UseSet(name=name):
            return (Source("set", name),)
        case _:
            return ()
