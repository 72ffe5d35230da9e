"""The kernel tier: real rules in throw-away network namespaces, real packets through them.

`cases/` holds named facts as data; `test_semantics` measures each again, `test_model` asks the
model. `differential` does the same with random rule sets, for as long as one likes:

    python -m tests.kernel.differential --probes 1000000 --seed 1

Everything happens in namespaces of its own and is removed; it needs root, iptables, ipset, nft.
"""
