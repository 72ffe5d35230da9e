"""What makes the operator's own rules last, written to this host and taken away again."""
