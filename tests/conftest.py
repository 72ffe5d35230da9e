"""What holds for all tests: how long one takes says nothing of whether it is right."""

from hypothesis import settings

settings.register_profile("unhurried", parent=settings.default, deadline=None)
settings.load_profile("unhurried")
