"""Every kernel fact, gathered from the modules of this folder."""

from tests.kernel.case import Case
from tests.kernel.cases import (
    arrival,
    devices,
    fragments,
    headers,
    matches,
    own,
    policy_routes,
    port_pairs,
    reverse_paths,
    sets,
    tracking,
    translation,
    traversal,
)

ALL: tuple[Case, ...] = (
    *traversal.CASES,
    *matches.CASES,
    *devices.CASES,
    *sets.CASES,
    *tracking.CASES,
    *translation.CASES,
    *arrival.CASES,
    *own.CASES,
    *reverse_paths.CASES,
    *policy_routes.CASES,
    *port_pairs.CASES,
    *fragments.CASES,
    *headers.CASES,
)
