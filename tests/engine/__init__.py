"""Scenarios with a real Docker daemon in throw-away namespaces, judged with real packets."""
