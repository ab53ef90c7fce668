"""The pages of an audit, as text."""

from wbtools.answers.audit.answer import AuditAnswer
from wbtools.answers.layout import Page


def page_of(audit, run=None, *, all_runs=False, **page):
    """The page about a sweep, or about one of its runs."""
    answer = AuditAnswer.of(audit, run=run, show_all_runs=all_runs)
    return answer.on(Page(**{"limit": answer.rows_shown} | page))
