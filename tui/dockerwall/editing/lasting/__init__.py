"""Making the operator's own rules last: what to write where, and how to undo that. Pure."""
