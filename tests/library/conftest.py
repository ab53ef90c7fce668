"""The fixtures of the command line's tests: the library is held to the same cases."""

from tests.cli.conftest import site, wbtools
from tests.cli.test_verify import project

__all__ = ["project", "site", "wbtools"]
