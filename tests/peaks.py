"""How much memory a program took: for scripts that tests run as processes of their own."""

PRINT_PEAK = """
import sys
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")), file=sys.stderr)
"""
"""Prints KiB as the last word on stderr, on Linux.

The peak that `getrusage` tells may be that of the process which started this one.
"""
