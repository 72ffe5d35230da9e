"""A host, live or recorded, read into a snapshot; changes nothing on the host."""
