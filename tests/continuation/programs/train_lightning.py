"""Train a small network with Lightning."""

import argparse

import lightning
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import WandbLogger
from torch.nn import functional
from torch.utils.data import DataLoader, TensorDataset


class Net(lightning.LightningModule):
    def __init__(self, lr):
        super().__init__()
        self.lr = lr
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(20, 64), torch.nn.ReLU(), torch.nn.Linear(64, 3)
        )

    def training_step(self, batch, _index):
        x, y = batch
        return functional.cross_entropy(self.layers(x), y)

    def validation_step(self, batch, _index):
        x, y = batch
        self.log("val/loss", functional.cross_entropy(self.layers(x), y))

    def on_validation_epoch_end(self):
        if not self.trainer.sanity_checking:
            loss = float(self.trainer.callback_metrics["val/loss"])
            print(f"epoch {self.current_epoch + 1}: val/loss {loss!r}", flush=True)

    def configure_optimizers(self):
        optimizer = torch.optim.Adam(self.parameters(), lr=self.lr)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.trainer.max_epochs)
        return [optimizer], [schedule]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--max_epochs", type=int, default=20)
    parser.add_argument("--ckpt_path", default=None)
    args = parser.parse_args()
    torch.set_num_threads(1)
    lightning.seed_everything(0)
    x = torch.randn(6000, 20)
    y = (x[:, 0] * x[:, 1] > 0).long() + (x[:, 2] > 1).long()
    logger = WandbLogger()
    logger.experiment.config.update(vars(args))
    trainer = lightning.Trainer(
        max_epochs=args.max_epochs,
        accelerator="cpu",
        logger=logger,
        callbacks=[ModelCheckpoint(every_n_epochs=3, save_top_k=-1)],
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
    )
    # Lightning keeps no state of the order of the data: the same order in every epoch.
    trainer.fit(
        Net(args.lr),
        DataLoader(TensorDataset(x[1000:], y[1000:]), batch_size=50),
        DataLoader(TensorDataset(x[:1000], y[:1000]), batch_size=1000),
        ckpt_path=args.ckpt_path,
    )


main()
