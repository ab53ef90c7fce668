"""Runs of real programs that are stopped in a sweep, gone on with, and verified.

The programs are in `programs/`, as strangers write them. They run by the interpreter that runs the
tests, or by the one that `WBTOOLS_PROGRAMS_PYTHON` names: an environment with `wandb` and the
libraries that are too large for the tests' own (`xgboost`; `lightning` and `transformers` with
`torch`). A program whose library is in neither is skipped.
"""
