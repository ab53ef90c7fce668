"""The programs, their sweeps, and from which epoch the run that is stopped can go on."""

from tests.continuation.projects import Program

EPOCHS = 20
KEY_IS_VALUE = ("${env}", "python", "${program}", "${args_no_hyphens}")

NUMPY = Program(
    name="train_numpy.py", parameter="lr", values=(0.2, 0.05), constants={"epochs": EPOCHS}
)
SKLEARN = Program(
    name="train_sklearn.py",
    parameter="alpha",
    values=(1e-4, 1e-2),
    constants={"ckpt_dir": "checkpoints", "epochs": EPOCHS},
    packages=("sklearn", "joblib"),
)
LIGHTGBM = Program(
    name="train_lightgbm.py",
    parameter="learning_rate",
    values=(0.2, 0.05),
    constants={"rounds": EPOCHS},
    stops_at=12,
    command=KEY_IS_VALUE,
    packages=("lightgbm",),
)
XGBOOST = Program(
    name="train_xgboost.py",
    parameter="eta",
    values=(0.3, 0.1),
    constants={"num_boost_round": EPOCHS},
    packages=("xgboost",),
)
LIGHTNING = Program(
    name="train_lightning.py",
    parameter="lr",
    values=(3e-3, 3e-4),
    constants={"max_epochs": EPOCHS},
    stops_at=11,
    packages=("torch", "lightning"),
    code=0,  # Lightning catches SIGTERM, and ends as if nothing had been
)
TRANSFORMERS = Program(
    name="train_transformers.py",
    parameter="learning_rate",
    values=(1e-3, 1e-4),
    constants={"num_train_epochs": EPOCHS},
    metric="eval/loss",
    packages=("torch", "transformers", "accelerate"),
)
ARTIFACT = Program(
    name="train_artifact.py", parameter="lr", values=(0.05, 0.002), constants={"epochs": EPOCHS}
)
