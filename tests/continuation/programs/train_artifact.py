"""Logistic regression whose checkpoints are W&B artifacts; nothing is kept on this machine."""

import argparse
import json
import pathlib
import tempfile

import numpy as np
import wandb


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--ckpt", help="a state.npz to start from")
    args = parser.parse_args()
    data = np.random.default_rng(21)
    x = data.normal(size=(16000, 250))
    y = (x @ data.normal(size=250) + data.normal(0, 4.0, size=16000) > 0) * 1.0
    x, x_val, y, y_val = x[2000:], x[:2000], y[2000:], y[:2000]
    rng = np.random.default_rng(1)
    w, m, start = np.zeros(250), np.zeros(250), 0
    if args.ckpt:
        state = np.load(args.ckpt)
        w, m, start = state["w"], state["m"], int(state["epoch"])
        rng.bit_generator.state = json.loads(str(state["rng"]))
    with wandb.init(config=vars(args)) as run:
        for epoch in range(start + 1, args.epochs + 1):
            for batch in np.array_split(rng.permutation(len(y)), 120):
                p = 1 / (1 + np.exp(-x[batch] @ w))
                m = 0.9 * m + x[batch].T @ (p - y[batch]) / len(batch)
                w = w - args.lr * (1 - (epoch - 1) / args.epochs) * m
            p = 1 / (1 + np.exp(-x_val @ w))
            loss = float(-np.mean(y_val * np.log(p) + (1 - y_val) * np.log(1 - p)))
            run.log({"epoch": epoch, "val/loss": loss})
            print(f"epoch {epoch}: val/loss {loss!r}", flush=True)
            if epoch % 4 == 0:
                artifact = wandb.Artifact(f"state-{run.id}", "model", metadata={"epoch": epoch})
                with tempfile.TemporaryDirectory() as folder:
                    path = pathlib.Path(folder) / "state.npz"
                    state = json.dumps(rng.bit_generator.state)
                    np.savez(path, w=w, m=m, epoch=epoch, rng=state)
                    artifact.add_file(str(path))
                run.log_artifact(artifact, aliases=["latest", f"epoch-{epoch}"])


main()
