"""`python -m wbtools` is the same as `wbtools`."""

from wbtools.cli.app import main

main()
