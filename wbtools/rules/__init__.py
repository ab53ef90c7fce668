"""Stopping rules: pure, without clock or I/O. A rule is one class in a file of its own.

Whatever file lies in this room is read with it, so that a new rule is known by being there.
"""

from importlib import import_module
from pkgutil import iter_modules

for _file in iter_modules(__path__):
    import_module(f"{__name__}.{_file.name}")
