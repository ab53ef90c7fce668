"""The mark of a case that is still answered wrongly."""

import pytest


def wrong_today(reason):
    """Expect a wrong answer, and nothing else: an error in the test itself is no such answer."""
    return pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)
