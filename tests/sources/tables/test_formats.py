"""Tables by their tools: which columns hold parameters, and what else they tell of a run.

`optuna-*.csv` and `ray-asha.csv` were written by Optuna 5.0 and Ray Tune 2.60; the others are by
hand, after what W&B's page and the script of its documentation write.
"""

from dataclasses import replace
from pathlib import Path

import pytest

import wbtools
from wbtools.analysis.parameter_columns import with_parameters
from wbtools.answers.archive.export_csv import csv_rows, csv_runs
from wbtools.answers.archive.run_columns import run_columns
from wbtools.errors import DataError
from wbtools.model import RunState
from wbtools.sources.tables.run_table import read_table

DATA = Path(__file__).parents[2] / "data" / "tables"
SCRIPT = (
    ",summary,config,name\n"
    "0,\"{'loss': 0.25, '_runtime': 60.5, '_step': 9, '_wandb': {'runtime': 61}}\","
    "\"{'lr': 0.1, 'model': {'width': 64, 'act': None}, 'amp': True}\",calm-sweep-1\n"
    "1,\"{'loss': nan, 'grad': -inf}\",\"{'lr': 0.01, 'model': {'width': 32}}\",dry-sweep-2\n"
)


def read(tmp_path, text, *metrics, **words):
    path = tmp_path / "t.csv"
    path.write_text(text)
    return with_parameters(read_table(path), metrics, **words)


def parameters(sweep):
    return {name for run in sweep.runs for name in run.config}


def test_optunas_pruned_trials():
    sweep = with_parameters(read_table(DATA / "optuna-pruned.csv"), ["value"])
    assert parameters(sweep) == {"lr", "momentum", "optimizer", "width"}
    first, failed = sweep.runs[0], sweep.runs[7]
    assert (first.number, first.state, first.config["width"]) == (0, RunState.FINISHED, 32)
    assert first.runtime_s == pytest.approx(0.000686)
    assert (failed.number, failed.state) == (7, RunState.FAILED)
    assert "value" not in failed.summary
    assert sweep.table.format == "Optuna's trials"
    assert "user_attrs_train_loss" in sweep.table.not_parameters


def test_optunas_named_objectives_and_row_numbers():
    sweep = with_parameters(read_table(DATA / "optuna-two-objectives.csv"), ["values_accuracy"])
    assert parameters(sweep) == {"lr", "width"}
    assert sweep.runs[1].summary["values_cost"] == 0.53
    assert sweep.table.not_parameters == ("values_cost",)


def test_a_parameter_that_is_called_like_the_metric_stays(tmp_path):
    text = "number,value,params_value,state\n0,1.5,7,COMPLETE\n1,1.6,8,COMPLETE\n"
    sweep = read(tmp_path, text, "value")
    assert [run.config for run in sweep.runs] == [{"value": 7}, {"value": 8}]
    assert [run.summary["value"] for run in sweep.runs] == [1.5, 1.6]


def test_ray_tunes_results():
    sweep = with_parameters(read_table(DATA / "ray-asha.csv"), ["mean_accuracy"])
    assert parameters(sweep) == {"lr", "batch_size", "seed", "model.width"}
    assert [run.n_reports for run in sweep.runs[:3]] == [12, 2, 2]
    assert sweep.runs[0].runtime_s == 0.0016360282897949219
    assert set(sweep.table.not_parameters) == {"loss", "epoch", "training_iteration"}


def test_the_script_of_wandbs_documentation(tmp_path):
    first, second = read(tmp_path, SCRIPT, "loss").runs
    assert first.config == {"lr": 0.1, "model.width": 64, "amp": True}
    assert (first.name, first.number, first.runtime_s) == ("calm-sweep-1", 1, 60.5)
    assert first.summary["loss"] == 0.25
    assert second.summary["grad"] == float("-inf")


@pytest.mark.parametrize(
    "cell",
    [
        "{'a': __import__('os').system('true')}",
        "{'a': [].__class__}",
        "{**{'a': 1}}",
        "{'a': " + "[" * 50_000 + "]" * 50_000 + "}",
        "{'a': 9**9**9}",
        "{'a': 1",
        "{" + "'a': 1, " * 200_000 + "}",
    ],
    ids=["call", "attribute", "unpacking", "deep", "power", "unclosed", "long"],
)
def test_a_run_whose_mapping_is_none_is_left_out_and_that_is_said(tmp_path, cell):
    bad = f'"{{}}","{cell}",a-1\n'
    with pytest.raises(DataError, match="holds a configuration that can be read"):
        read(tmp_path, f"summary,config,name\n{bad}", "loss")
    sweep = read(tmp_path, f"{SCRIPT}2,{bad}", "loss")
    assert [run.name for run in sweep.runs] == ["calm-sweep-1", "dry-sweep-2"]
    assert [finding.code for finding in sweep.findings] == ["WBT134"]


def test_wandbs_groups_are_no_runs(tmp_path):
    text = '"Group","Run Count","lr","acc (avg)"\n"a","3","0.1","0.5"\n'
    with pytest.raises(DataError, match="a row holds the means of several runs"):
        read(tmp_path, text, "acc")


RESULTS = (
    *("train_loss", "loss_train", "val/f1_macro", "test_acc", "best_val_acc", "trainLoss", "top1"),
    *("eval/anything", "system/gpu", "fit_time", "eval_time_s", "rmse_mean", "epoch", "_step"),
    *("hits_score_at_10", "elapsed", "test/wer", "mean_fit_time", "train_duration", "eval_seconds"),
)
PARAMETERS = (
    *("lr", "loss_weight", "reward_scale", "score_threshold", "train_batch_size", "val_split"),
    *("epochs", "warmup_steps", "error_bars_alpha", "time_limit", "test_size", "max_time_steps"),
    *(
        "diffusion_time",
        "max_time",
        "max_duration",
        "segment_duration",
        "window_seconds",
        "n_times",
    ),
    *(
        "clip_seconds",
        "system.lr",
        "lossless",
        "accuracy_goal_epochs",
        "beta_kl",
        "lambda_kl",
        "target_reward",
        "use_mse",
    ),
)


@pytest.mark.parametrize("name", RESULTS)
def test_a_column_called_like_a_result_is_no_parameter(tmp_path, name):
    sweep = read(tmp_path, f"name,lr,{name},acc\na,0.1,0.31,1\nb,0.2,0.62,2\n", "acc")
    assert parameters(sweep) == {"lr"}
    assert sweep.table.not_parameters == (name,)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_column_called_otherwise_is_one(tmp_path, name):
    sweep = read(tmp_path, f"name,{name},acc\na,0.1,1\nb,0.2,2\n", "acc")
    assert parameters(sweep) == {name}
    assert sweep.table.not_parameters == ()


def test_a_loss_that_is_a_choice_and_a_precision_of_bits_are_parameters(tmp_path):
    sweep = read(tmp_path, "name,loss,precision,acc\na,mse,16,1\nb,huber,32,2\n", "acc")
    assert parameters(sweep) == {"loss", "precision"}
    sweep = read(tmp_path, "name,precision,acc\na,0.16,1\nb,0.32,2\n", "acc")
    assert parameters(sweep) == set()


def table_of(n, column):
    return "name,lr,quality,acc\n" + "".join(
        f"r{k},{0.1 * (k % 3 + 1)},{column(k)},{(k * 7 % n) / n}\n" for k in range(n)
    )


def test_numbers_that_follow_the_metric_are_a_result(tmp_path):
    follows = table_of(20, lambda k: 3 - 2 * (k * 7 % 20) / 20 + 0.01 * (k % 2))
    assert parameters(read(tmp_path, follows, "acc")) == {"lr"}
    assert parameters(read(tmp_path, table_of(20, lambda k: k), "acc")) == {"lr", "quality"}


def test_few_runs_or_listed_numbers_follow_by_chance(tmp_path):
    few = table_of(6, lambda k: (k * 7 % 6) / 6)
    assert parameters(read(tmp_path, few, "acc")) == {"lr", "quality"}
    listed = "name,lr,acc\n" + "".join(f"r{k},{k % 4},{k % 4}\n" for k in range(20))
    assert parameters(read(tmp_path, listed, "acc")) == {"lr"}


def test_none_is_a_choice_among_other_texts_and_nothing_among_numbers(tmp_path):
    text = "name,augment,wd,gap,acc\na,none,None,-,1\nb,flip,0.1,null,2\nc,null,0.2,,3\n"
    first, second, third = read(tmp_path, text, "acc").runs
    assert first.config == {"augment": "none", "gap": "-"}
    assert second.config == {"augment": "flip", "wd": 0.1}
    assert third.config == {"augment": "null", "wd": 0.2}


def test_whole_numbers_beyond_floats_stay_apart(tmp_path):
    rows = "a,12345678901234567890,1\nb,12345678901234567891,2\n"
    sweep = read(tmp_path, f"name,data_seed,acc\n{rows}", "acc")
    assert [run.config["data_seed"] for run in sweep.runs] == [
        12345678901234567890,
        12345678901234567891,
    ]


def test_texts_and_truths_that_tell_the_outcome_are_no_parameters(tmp_path):
    header = "name,opt,val/solved,success,eval/worst_class,amp,acc"
    rows = "a,sgd,true,false,cat,true,1\nb,adam,false,true,dog,false,2\n"
    sweep = read(tmp_path, f"{header}\n{rows}", "acc")
    assert parameters(sweep) == {"opt", "amp"}
    assert set(sweep.table.not_parameters) == {"val/solved", "success", "eval/worst_class"}


def test_another_view_of_the_result_follows_it_in_rank_too(tmp_path):
    powers = table_of(30, lambda k: ((k * 7 % 30) / 30) ** 5)
    assert parameters(read(tmp_path, powers, "acc")) == {"lr"}
    few = table_of(12, lambda k: ((k * 7 % 12) / 12) ** 9)
    assert parameters(read(tmp_path, few, "acc")) == {"lr", "quality"}


def test_columns_set_aside_are_named_and_can_be_taken_in(tmp_path):
    text = "name,host,timestamp,lr,acc\na,h1,5,0.1,1\nb,h2,6,0.2,2\n"
    sweep = read(tmp_path, text, "acc")
    assert parameters(sweep) == {"lr"}
    assert sweep.table.not_parameters == ("host", "timestamp")
    assert parameters(read(tmp_path, text, "acc", named=["host"])) == {"lr", "host"}


def test_a_number_that_repeats_and_a_status_of_no_run_are_parameters(tmp_path):
    rows = "".join(f"r{k},{2 ** (1 + k % 3)},{('PPO', 'SAC')[k % 2]},{k}\n" for k in range(6))
    sweep = read(tmp_path, f"name,number,status,acc\n{rows}", "acc")
    assert parameters(sweep) == {"number", "status"}
    assert {run.state for run in sweep.runs} == {RunState.UNKNOWN}


def test_texts_that_name_each_run_are_no_parameter(tmp_path):
    rows = "".join(f"r{k},out/{k},{'ab'[k % 2]},{k}\n" for k in range(8))
    assert parameters(read(tmp_path, f"name,dir,opt,acc\n{rows}", "acc")) == {"opt"}


def test_what_the_user_or_the_sweeps_file_names_is_a_parameter(tmp_path):
    text = "name,lr,train_loss,test_acc,acc\na,0.1,1,2,3\nb,0.2,2,3,4\n"
    assert parameters(read(tmp_path, text, "acc", named=["train_*"])) == {"lr", "train_loss"}
    assert parameters(read(tmp_path, text, "acc", searched={"test_acc"})) == {"lr", "test_acc"}


def test_the_own_export_of_runs_is_read_as_the_runs_that_it_is_of(tmp_path):
    demo = wbtools.load_sweep("demo")
    exported = replace(
        demo,
        runs=tuple(
            replace(run, summary={"val/acc": 0.5}, tags=("a", "b,c"), stopped=run.number == 2)
            for run in demo.runs
        ),
    )
    table = tmp_path / "runs.csv"
    table.write_text("".join(csv_runs(run_columns(exported.runs, show_secrets=False))))
    sweep = with_parameters(read_table(table), ["val/acc"])
    assert sweep.table.format == "wbtools' export of runs"
    for run, own in zip(sweep.runs, exported.runs, strict=True):
        assert (run.id, run.number, run.state, run.stopped) == (
            own.id,
            own.number,
            own.state,
            own.stopped,
        )
        assert run.config == dict(own.config)
        assert run.summary == own.summary
        assert (run.created_at, run.tags) == (own.created_at, own.tags)


def test_the_own_export_of_rows_is_refused_with_what_to_do(tmp_path):
    table = tmp_path / "rows.csv"
    table.write_text("".join(csv_rows([])) + "a1,calm-1,acc,0,,0.5,false,true,\n")
    with pytest.raises(DataError, match="a row is one report, not a run") as caught:
        read_table(table)
    assert "archive export ID --runs" in caught.value.hint
