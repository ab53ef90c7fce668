"""The sweep after a run table, which says neither what was searched nor how it was run."""

import yaml


def test_after_a_table_seeds_are_not_searched_and_what_is_left_out_is_said(wbtools, tmp_path):
    table, made = tmp_path / "runs.csv", tmp_path / "next.yaml"
    rows = [f"{k % 3},0.{k},{k if k % 2 else ''},0.{k * 3 % 7},completed,20" for k in range(1, 9)]
    head = "seed,lr,momentum,val/acc,status,epochs_trained"
    table.write_text("\n".join([head, *rows]) + "\n")
    words = ("--metric", "val/acc:max", "--early-terminate", "balanced", "-o", made)
    result = wbtools("make-sweep", "--from", table, *words)
    said = " ".join(result.err.split())
    assert result.code == 0, said
    written = yaml.safe_load(made.read_text())
    assert [*written["parameters"]] == ["lr"]
    assert written["early_terminate"]["min_iter"] == 4
    assert "seed: not searched" in said
    assert "momentum: left out, as 4 of 8 runs have it" in said
    assert "makes, as the last sweep's did, 20 reports" in said
    assert "--program FILE" in said
    assert "wandb sweep" not in said
