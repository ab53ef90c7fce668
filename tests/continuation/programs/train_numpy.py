"""Train a small network on two spirals with momentum SGD."""

import argparse
import json
import pathlib

import numpy as np
import wandb

CLASSES, SAVE_EVERY = 3, 4


def parse_args():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=0.2)
    parser.add_argument("--momentum", type=float, default=0.9)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--ckpt_dir", default="checkpoints")
    parser.add_argument("--resume", metavar="PATH", help="go on from this checkpoint")
    return parser.parse_args()


def spirals(n, rng):
    label = rng.integers(CLASSES, size=n)
    radius = rng.uniform(0.1, 1.0, size=n)
    angle = 2.5 * np.pi * radius + 2 * np.pi * label / CLASSES + rng.normal(0, 0.25, size=n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1), label


def forward(weights, x):
    hidden = np.tanh(x @ weights["w1"] + weights["b1"])
    scores = hidden @ weights["w2"] + weights["b2"]
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return hidden, scores / scores.sum(axis=1, keepdims=True)


def gradients(weights, x, y):
    hidden, probabilities = forward(weights, x)
    d_scores = (probabilities - np.eye(CLASSES)[y]) / len(y)
    d_hidden = d_scores @ weights["w2"].T * (1 - hidden**2)
    return {
        "w1": x.T @ d_hidden,
        "b1": d_hidden.sum(axis=0),
        "w2": hidden.T @ d_scores,
        "b2": d_scores.sum(axis=0),
    }


def save(path, epoch, weights, velocity, rng):
    path.parent.mkdir(parents=True, exist_ok=True)
    arrays = {f"weights_{name}": value for name, value in weights.items()}
    arrays |= {f"velocity_{name}": value for name, value in velocity.items()}
    np.savez(path, epoch=epoch, rng=json.dumps(rng.bit_generator.state), **arrays)


def load(path, rng):
    with np.load(path) as file:
        rng.bit_generator.state = json.loads(str(file["rng"]))
        weights, velocity = (
            {name: file[f"{kind}_{name}"] for name in ("w1", "b1", "w2", "b2")}
            for kind in ("weights", "velocity")
        )
        return int(file["epoch"]), weights, velocity


def main():
    args = parse_args()
    data = np.random.default_rng(1234)
    x, y = spirals(6000, data)
    x_val, y_val = spirals(1000, data)
    rng = np.random.default_rng(args.seed)
    weights = {
        "w1": rng.normal(0, 2.0, (2, args.hidden)),
        "b1": np.zeros(args.hidden),
        "w2": rng.normal(0, args.hidden**-0.5, (args.hidden, CLASSES)),
        "b2": np.zeros(CLASSES),
    }
    velocity = {name: np.zeros_like(value) for name, value in weights.items()}
    start = 0
    if args.resume:
        start, weights, velocity = load(args.resume, rng)
    with wandb.init(config=vars(args)) as run:
        for epoch in range(start, args.epochs):
            lr = args.lr * 0.5 * (1 + np.cos(np.pi * epoch / args.epochs))
            for batch in np.array_split(rng.permutation(len(y)), 100):
                step = gradients(weights, x[batch], y[batch])
                for name, gradient in step.items():
                    velocity[name] = args.momentum * velocity[name] - lr * gradient
                    weights[name] += velocity[name]
            _, probabilities = forward(weights, x_val)
            loss = float(-np.log(probabilities[np.arange(len(y_val)), y_val]).mean())
            acc = float((probabilities.argmax(axis=1) == y_val).mean())
            run.log({"epoch": epoch + 1, "val/loss": loss, "val/acc": acc})
            print(f"epoch {epoch + 1}: val/loss {loss!r}", flush=True)
            if (epoch + 1) % SAVE_EVERY == 0:
                folder = pathlib.Path(args.ckpt_dir) / run.id
                save(folder / f"epoch_{epoch + 1:03d}.npz", epoch + 1, weights, velocity, rng)


if __name__ == "__main__":
    main()
