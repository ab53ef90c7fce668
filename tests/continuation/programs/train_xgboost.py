"""Boost trees round by round; --checkpoint MODEL goes on from a saved one."""

import argparse
import os

import numpy as np
import wandb
import xgboost as xgb


class Report(xgb.callback.TrainingCallback):
    """Say how good the model is after each round, and save it every few rounds."""

    def __init__(self, folder, n_before):
        self.folder, self.n_before = folder, n_before

    def after_iteration(self, model, epoch, evals_log):
        n_rounds = self.n_before + epoch + 1
        loss = evals_log["val"]["logloss"][-1]
        wandb.log({"epoch": n_rounds, "val/loss": loss})
        print(f"epoch {n_rounds}: val/loss {loss!r}", flush=True)
        if n_rounds % 4 == 0:
            model.save_model(os.path.join(self.folder, f"round_{n_rounds}.ubj"))  # noqa: PTH118 - a stranger's
        return False


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--eta", type=float, default=0.3)
    parser.add_argument("--max_depth", type=int, default=6)
    parser.add_argument("--num_boost_round", type=int, default=20)
    parser.add_argument("--checkpoint", default=None)
    args = parser.parse_args()
    rng = np.random.default_rng(3)
    x = rng.normal(size=(30000, 60))
    y = (np.sin(x[:, 0] * x[:, 1]) + x[:, 2] + rng.normal(0, 0.5, 30000) > 0).astype(int)
    train, val = xgb.DMatrix(x[6000:], y[6000:]), xgb.DMatrix(x[:6000], y[:6000])
    params = {
        "objective": "binary:logistic",
        "eta": args.eta,
        "max_depth": args.max_depth,
        "nthread": 1,
    }
    with wandb.init(config=args) as run:
        model, n_before = None, 0
        if args.checkpoint:
            model = xgb.Booster(model_file=args.checkpoint)
            n_before = model.num_boosted_rounds()
        xgb.train(
            params,
            train,
            args.num_boost_round - n_before,
            evals=[(val, "val")],
            verbose_eval=False,
            xgb_model=model,
            callbacks=[Report(run.dir, n_before)],
        )


main()
