"""Properties are tried with the same examples on every machine: a test must not flicker."""

from hypothesis import settings

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")
