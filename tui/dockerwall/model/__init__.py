"""Values only: what was read of a host, with no meaning added."""
