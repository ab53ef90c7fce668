"""Ridge regression by stochastic gradients, under `wandb.agent(function=…)`."""

import os
import sys

import numpy as np
import wandb

DATA = np.random.default_rng(5)
X = DATA.normal(size=(12000, 400))
Y = X @ DATA.normal(size=400) + DATA.normal(0, 2.0, size=12000)


def train():
    run = wandb.init(config={"epochs": 20, "resume_from": None})
    config = run.config
    rng = np.random.default_rng(0)
    w, first = np.zeros(400), 0
    if config.resume_from:
        state = np.load(config.resume_from, allow_pickle=True).item()
        w, first, rng = state["w"], state["epoch"], state["rng"]
    for epoch in range(first, config.epochs):
        for batch in np.array_split(rng.permutation(11000), 220):
            error = X[batch] @ w - Y[batch]
            w = w - config.lr * (X[batch].T @ error / len(batch) + config.l2 * w)
        loss = float(np.mean((X[11000:] @ w - Y[11000:]) ** 2))
        run.log({"epoch": epoch + 1, "val/loss": loss})
        print(f"epoch {epoch + 1}: val/loss {loss!r}", flush=True)
        if epoch % 3 == 2:
            os.makedirs(f"runs/{run.id}", exist_ok=True)  # noqa: PTH103 - a stranger's program
            np.save(f"runs/{run.id}/last.npy", {"w": w, "epoch": epoch + 1, "rng": rng})
    run.finish()


if __name__ == "__main__":
    wandb.agent(sys.argv[1] if len(sys.argv) > 1 else None, function=train)
