"""Settings of all tests: Hypothesis tries the same examples on every run, and few enough to be quick."""

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    deadline=None,
    max_examples=60,
    stateful_step_count=40,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("search", deadline=None, max_examples=1500, stateful_step_count=60, database=None)
settings.load_profile("ci")
