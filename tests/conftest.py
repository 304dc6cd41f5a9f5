"""What every room's tests share: how Hypothesis draws."""

import os

import pytest
from hypothesis import settings

# No deadline: the first example of a property pays for imports and caches, and a shared machine pauses at will.
settings.register_profile("dev", deadline=None)
# In CI the same commit has to give the same verdict twice; new examples are found while developing.
settings.register_profile("ci", deadline=None, derandomize=True, database=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "dev"))


@pytest.fixture(scope="session", autouse=True)
def cache_of_the_tests(tmp_path_factory):
    """What derive keeps for a user is no business of the user who runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield
