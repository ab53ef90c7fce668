"""Write checkpoints with real libraries, and keep their listings: names and sizes, no content.

    python tests/recording/checkpoint_listings.py tests/data/checkpoints/listings.json

Needs torch, lightning, transformers, accelerate, keras (on torch), orbax-checkpoint, xgboost,
lightgbm and joblib, none of which the tests themselves need.
"""

import json
import os
import sys
import tempfile
from importlib import metadata
from pathlib import Path

os.environ["KERAS_BACKEND"] = "torch"

LARGEST_TEXT = 4096


def lightning_files(folder):
    import torch
    from lightning.pytorch import LightningModule, Trainer
    from lightning.pytorch.callbacks import ModelCheckpoint
    from torch.utils.data import DataLoader, TensorDataset

    class Line(LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            loss = self.layer(batch[0]).square().mean()
            self.log("loss", loss)
            return loss

        def configure_optimizers(self):
            return torch.optim.Adam(self.parameters())

    loader = DataLoader(TensorDataset(torch.ones(8, 4)), batch_size=4)
    keeping = ModelCheckpoint(dirpath=folder / "checkpoints", save_last=True, save_top_k=-1)
    Trainer(
        max_epochs=3,
        callbacks=[keeping],
        logger=False,
        accelerator="cpu",
        enable_progress_bar=False,
        enable_model_summary=False,
    ).fit(Line(), loader)


def trainer_files(folder):
    import torch
    from transformers import Trainer, TrainingArguments

    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x, labels=None):
            out = self.layer(x).squeeze(-1)
            return {"loss": (out - labels).square().mean(), "logits": out}

    data = [{"x": torch.ones(4), "labels": torch.tensor(1.0)} for _ in range(8)]
    arguments = TrainingArguments(
        output_dir=str(folder),
        max_steps=6,
        save_steps=2,
        per_device_train_batch_size=4,
        report_to=[],
        use_cpu=True,
        disable_tqdm=True,
    )
    trainer = Trainer(model=Line(), args=arguments, train_dataset=data)
    trainer.train()
    trainer.save_model(str(folder / "final"))


def accelerate_files(folder):
    import torch
    from accelerate import Accelerator

    accelerator = Accelerator(cpu=True)
    model = torch.nn.Linear(4, 1)
    optimizer = torch.optim.Adam(model.parameters())
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1)
    model, optimizer, schedule = accelerator.prepare(model, optimizer, schedule)
    accelerator.save_state(str(folder / "checkpoint_0"))


def sharded_files(folder):
    from transformers import BertConfig, BertModel

    config = BertConfig(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=16
    )
    BertModel(config).save_pretrained(folder / "export", max_shard_size="1MB")


def distributed_files(folder):
    import torch
    from torch.distributed import checkpoint

    checkpoint.save({"w": torch.ones(4)}, checkpoint_id=str(folder / "step_10"), no_dist=True)


def keras_files(folder):
    import keras
    import numpy as np

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1)])
    model.compile(loss="mse")
    callbacks = [
        keras.callbacks.ModelCheckpoint(str(folder / "model.{epoch:02d}.keras")),
        keras.callbacks.ModelCheckpoint(
            str(folder / "cp-{epoch:04d}.weights.h5"), save_weights_only=True
        ),
        keras.callbacks.BackupAndRestore(str(folder / "backup"), delete_checkpoint=False),
    ]
    model.fit(np.ones((8, 4)), np.ones(8), epochs=3, verbose=0, callbacks=callbacks)


def orbax_files(folder):
    import jax.numpy as jnp
    import orbax.checkpoint as ocp

    with ocp.CheckpointManager(folder / "manager") as manager:
        for step in (1, 2):
            manager.save(step, args=ocp.args.StandardSave({"w": jnp.ones(4)}))
        manager.wait_until_finished()
    with ocp.StandardCheckpointer() as checkpointer:
        checkpointer.save(folder / "alone" / "step_7", {"w": jnp.ones(4)})


def xgboost_files(folder):
    import numpy as np
    import xgboost

    folder.mkdir()
    data = xgboost.DMatrix(np.random.default_rng(0).normal(size=(50, 4)), np.arange(50.0))
    keeping = xgboost.callback.TrainingCheckPoint(directory=str(folder), name="xgb", interval=2)
    xgboost.train({}, data, 6, callbacks=[keeping]).save_model(folder / "model.json")


def lightgbm_files(folder):
    import lightgbm
    import numpy as np

    folder.mkdir()
    table = np.random.default_rng(0).normal(size=(200, 4))
    parameters = {"verbose": -1, "snapshot_freq": 2, "output_model": str(folder / "lgb.txt")}
    booster = lightgbm.train(parameters, lightgbm.Dataset(table, table[:, 0]), 6)
    booster.save_model(folder / "lightgbm_model.txt")


def joblib_files(folder):
    import joblib
    import numpy as np
    from sklearn.linear_model import SGDRegressor

    folder.mkdir()
    model = SGDRegressor().fit(np.ones((8, 4)), np.ones(8))
    joblib.dump({"epoch": 3, "model": model}, folder / "state_epoch_3.joblib")


WRITERS = {
    "lightning": (lightning_files, "lightning"),
    "trainer": (trainer_files, "transformers"),
    "accelerate": (accelerate_files, "accelerate"),
    "sharded": (sharded_files, "transformers"),
    "distributed": (distributed_files, "torch"),
    "keras": (keras_files, "keras"),
    "orbax": (orbax_files, "orbax-checkpoint"),
    "xgboost": (xgboost_files, "xgboost"),
    "lightgbm": (lightgbm_files, "lightgbm"),
    "joblib": (joblib_files, "joblib"),
}


def listing(root):
    """Files with their sizes, and the texts of small JSON state files."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    texts = {
        path.relative_to(root).as_posix(): path.read_text()
        for path in paths
        if (path.suffix == ".json" or path.name == "_CHECKPOINT_METADATA")
        and path.stat().st_size <= LARGEST_TEXT
    }
    sizes = {path.relative_to(root).as_posix(): path.stat().st_size for path in paths}
    return {"sizes": sizes, "texts": texts}


def main():
    found = {}
    for name, (write, package) in WRITERS.items():
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / name
            write(root)
            found[name] = {"written_by": f"{package} {metadata.version(package)}", **listing(root)}
    Path(sys.argv[1]).write_text(json.dumps(found, indent=1, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
