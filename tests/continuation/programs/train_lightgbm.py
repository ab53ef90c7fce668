"""Boost trees; settings are `key=value` words over defaults, as `init_model=model.txt`."""

import pathlib
import sys

import lightgbm as lgb
import numpy as np
import wandb
import yaml

DEFAULTS = {"learning_rate": 0.1, "num_leaves": 63, "rounds": 20, "init_model": None}
SAVE_EVERY = 5


def main():
    cfg = dict(DEFAULTS)
    for word in sys.argv[1:]:
        key, _, value = word.partition("=")
        if key not in cfg:
            sys.exit(f"unknown setting {key}")
        cfg[key] = yaml.safe_load(value)
    rng = np.random.default_rng(11)
    x = rng.normal(size=(40000, 50))
    y = x[:, 0] * x[:, 1] + np.abs(x[:, 2]) + rng.normal(0, 0.3, 40000)
    train = lgb.Dataset(x[8000:], y[8000:], free_raw_data=False)
    val = lgb.Dataset(x[:8000], y[:8000], reference=train, free_raw_data=False)
    params = {
        "objective": "regression",
        "metric": "l2",
        "learning_rate": cfg["learning_rate"],
        "num_leaves": cfg["num_leaves"],
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbose": -1,
    }
    run = wandb.init(config=cfg)
    folder = pathlib.Path("outputs") / run.id
    folder.mkdir(parents=True)

    def report(env):
        n_rounds = env.iteration + 1
        loss = float(env.evaluation_result_list[0][2])
        run.log({"epoch": n_rounds, "val/loss": loss})
        print(f"epoch {n_rounds}: val/loss {loss!r}", flush=True)
        if n_rounds % SAVE_EVERY == 0:
            env.model.save_model(folder / f"model_{n_rounds}.txt")

    init_model, n_rounds = None, cfg["rounds"]
    if cfg["init_model"] is not None:
        init_model = lgb.Booster(model_file=cfg["init_model"])
        n_rounds -= init_model.current_iteration()
    lgb.train(params, train, n_rounds, valid_sets=[val], init_model=init_model, callbacks=[report])
    run.finish()


main()
