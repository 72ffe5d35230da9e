"""Random rule sets that load on this machine, and packets that are worth sending through them."""
