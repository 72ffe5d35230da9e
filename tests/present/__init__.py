"""What is shown of a host, in words."""
