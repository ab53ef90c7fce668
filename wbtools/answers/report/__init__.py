"""One page about a sweep, to be shared: every answer about it, as HTML or Markdown."""
