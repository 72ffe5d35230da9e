"""The kernel tier: real rules in throw-away network namespaces, real packets through them."""
