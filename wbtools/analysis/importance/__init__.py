"""What matters in a sweep: each parameter with its uncertainty, stopped runs as censored."""

from wbtools.analysis.importance.assess import Importance, assess

__all__ = ["Importance", "assess"]
