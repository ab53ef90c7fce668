"""The pages of an audit, as text."""

from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.layout import Page


def page_of(audit, run=None, **page):
    """The page about a sweep, or about one of its runs."""
    return AuditAnswer.of(audit, run=run).on(Page(**page))
