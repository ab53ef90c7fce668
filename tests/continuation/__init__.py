"""Runs of real programs that are stopped in a sweep, gone on with, and verified.

The programs are in `programs/`, as strangers write them. They run by the interpreter that runs the
tests, or by the one that `WBTOOLS_PROGRAMS_PYTHON` names: an environment with `wandb` and the
libraries that are too large for the tests' own (`xgboost`; `lightning` and `transformers` with
`torch`). A program whose library is in neither is skipped, so CI runs NumPy's, scikit-learn's and
LightGBM's alone. All passed with the libraries themselves on 2 December 2026: XGBoost 3.2.0,
Lightning 2.6.6, transformers 5.24.0 with accelerate 1.15.0, torch 2.13.0 (CPU), LightGBM 4.7.0,
scikit-learn 1.9.1, NumPy 2.4.6; W&B's SDK 0.31.0, Python 3.11. That is repeated by

    WBTOOLS_PROGRAMS_PYTHON=…/bin/python python -m pytest -m slow tests/continuation
"""
