"""Fine-tune a tiny BERT with the Trainer of transformers."""

import argparse
import pathlib

import torch
import wandb
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)


class Say(TrainerCallback):
    def on_evaluate(self, _args, state, _control, **more):
        print(f"epoch {round(state.epoch)}: eval/loss {more['metrics']['eval_loss']!r}", flush=True)


def sentences(n):
    words = torch.randint(1, 50, (n, 12))
    labels = (words[:, 0] > words[:, 1]).long()
    return [
        {"input_ids": w, "attention_mask": torch.ones_like(w), "labels": label}
        for w, label in zip(words, labels, strict=True)
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--learning_rate", type=float, default=1e-3)
    parser.add_argument("--num_train_epochs", type=int, default=20)
    parser.add_argument("--output_dir", default="out")
    parser.add_argument("--resume_from_checkpoint", default=None)
    args = parser.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(0)
    train, val = sentences(512), sentences(256)
    run = wandb.init(config=vars(args))
    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=16,
    )
    trainer = Trainer(
        model=BertForSequenceClassification(config),
        args=TrainingArguments(
            output_dir=str(pathlib.Path(args.output_dir) / run.id),
            learning_rate=args.learning_rate,
            num_train_epochs=args.num_train_epochs,
            per_device_train_batch_size=32,
            eval_strategy="epoch",
            save_strategy="epoch",
            logging_strategy="epoch",
            report_to=["wandb"],
            use_cpu=True,
            disable_tqdm=True,
        ),
        train_dataset=train,
        eval_dataset=val,
        callbacks=[Say()],
    )
    trainer.train(resume_from_checkpoint=args.resume_from_checkpoint)


main()
