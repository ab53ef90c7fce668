"""Fit a linear classifier pass by pass; with --resume, go on where the last one ended."""

import argparse
import pathlib

import joblib
import numpy as np
import wandb
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--alpha", type=float, default=1e-4)
parser.add_argument("--eta0", type=float, default=0.01)
parser.add_argument("--epochs", type=int, default=20)
parser.add_argument("--seed", type=int, default=0)
parser.add_argument("--ckpt_dir", default="checkpoints")
parser.add_argument("--resume", action="store_true", help="start from the checkpoint, if any")


def make_data(n, rng):
    x = rng.normal(size=(n, 300))
    y = (x @ rng.normal(size=300) + rng.normal(0, 8.0, size=n) > 0).astype(int)
    return x, y


def main():
    args = parser.parse_args()
    x, y = make_data(24000, np.random.default_rng(7))
    x, x_val, y, y_val = x[4000:], x[:4000], y[4000:], y[:4000]
    run = wandb.init(config=vars(args))
    checkpoint = pathlib.Path(args.ckpt_dir) / f"sgd_alpha{args.alpha}_seed{args.seed}.joblib"
    if args.resume and checkpoint.exists():
        model, rng, begin = joblib.load(checkpoint)
    else:
        rng = np.random.RandomState(args.seed)
        model = SGDClassifier(
            loss="log_loss",
            alpha=args.alpha,
            eta0=args.eta0,
            learning_rate="invscaling",
            power_t=0.25,
            shuffle=False,
        )
        begin = 1
    for epoch in range(begin, args.epochs + 1):
        for batch in np.array_split(rng.permutation(len(y)), 40):
            model.partial_fit(x[batch], y[batch], classes=[0, 1])
        loss = log_loss(y_val, model.predict_proba(x_val))
        wandb.log({"epoch": epoch, "val/loss": loss, "val/acc": model.score(x_val, y_val)})
        print(f"epoch {epoch}: val/loss {loss!r}", flush=True)
        if epoch % 3 == 0:
            checkpoint.parent.mkdir(exist_ok=True)
            joblib.dump((model, rng, epoch + 1), checkpoint)
    run.finish()


if __name__ == "__main__":
    main()
