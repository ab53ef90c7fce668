"""The command line: resolve, call, render, exit."""
