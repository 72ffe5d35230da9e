"""Reading a host: live, and from a recording."""
