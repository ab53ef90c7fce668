"""Which stopped run is to be run again first: the one that is expected to gain the most an hour."""

import dataclasses

import pytest

from tests.answers.audit.pages import page_of
from tests.answers.samples import many, nothing_lost, twelve
from wbtools.answers.audit.gem_words import (
    RerunMeasure,
    by_expected_gain,
    run_to_repeat,
    runs_to_repeat,
)
from wbtools.text.numbers import probability

HOURLY, GAIN, CHANCE = RerunMeasure.GAIN_PER_H, RerunMeasure.GAIN, RerunMeasure.CHANCE


def changed(audit, numbers, **facts):
    """An audit whose runs of these numbers have other costs or projections."""
    rows = []
    for row in audit.rows:
        if row.run.number in numbers:
            told = {name: value for name, value in facts.items() if name != "cost_full_h"}
            row = dataclasses.replace(  # noqa: PLW2901 - the same run
                row,
                projection=dataclasses.replace(row.projection, **told),
                cost_full_h=facts.get("cost_full_h", row.cost_full_h),
            )
        rows.append(row)
    return dataclasses.replace(audit, rows=tuple(rows))


def without_a_gem():
    """Twelve runs, none of which is better than the bar already."""
    audit = twelve()
    bar = dataclasses.replace(audit.incumbent, value=0.97)
    return dataclasses.replace(audit, incumbent=bar)


def numbers(rows):
    return [row.run.number for row in rows]


def flat(audit):
    return " ".join(page_of(audit, width=300).split())


def test_a_cheaper_run_of_less_chance_is_run_first_and_the_page_says_why():
    audit = changed(without_a_gem(), {7}, cost_full_h=0.1)
    assert audit.gems[0].run.number == 8
    assert run_to_repeat(audit).run.number == 7
    text = flat(audit)
    assert "that run 7, run again, beats 0.9700" in text
    assert "Of the runs worth re-running, run 7 is expected to gain the most an hour." in text
    assert "an hour" not in flat(without_a_gem())


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        pytest.param({"cost_full_h": None}, "run 7 is expected to gain the most.", id="a gain"),
        pytest.param({"expected_gain": None}, None, id="a chance"),
        pytest.param(
            {"cost_full_h": 1e4}, "run 7 is expected to gain the most an hour.", id="an hour"
        ),
    ],
)
def test_only_the_measure_that_decided_is_told(facts, said):
    audit = changed(without_a_gem(), {7}, expected_gain=0.5, p_repeat=0.5, cost_full_h=100.0)
    other = next(row.run.number for row in audit.gems if row.run.number != 7)
    text = flat(changed(audit, {other}, p_repeat=0.9, **facts))
    assert ("is expected to gain" in text) == (said is not None)
    assert said is None or f"Of the runs worth re-running, {said}" in text


def test_a_run_that_is_not_worth_it_may_gain_more_an_hour():
    audit = changed(without_a_gem(), {7}, cost_full_h=0.1)
    last = audit.gems[-1].run.number
    cheap = changed(audit, {last}, cost_full_h=1e-6, p_repeat=0.1, expected_gain=0.01)
    assert "Of the runs worth re-running, run 7 is expected to gain the most" in flat(cheap)


def test_an_id_keeps_its_capital_letters():
    audit = changed(without_a_gem(), {7}, cost_full_h=0.1)
    rows = [
        dataclasses.replace(row, run=dataclasses.replace(row.run, number=None, id=f"run{k:02}XyZ"))
        for k, row in enumerate(audit.rows)
    ]
    text = flat(dataclasses.replace(audit, rows=tuple(rows)))
    assert "XyZ is expected to gain the most" in text


def test_the_list_stays_in_the_order_of_the_chance_of_being_a_gem():
    audit = changed(without_a_gem(), {7}, cost_full_h=0.1)
    assert numbers(audit.gems) == numbers(without_a_gem().gems)
    assert numbers(runs_to_repeat(audit)) == numbers(audit.gems[:3])


def test_a_run_that_is_better_than_the_bar_already_comes_before_a_mere_chance():
    cheap = changed(twelve(), {7}, cost_full_h=0.01)
    assert run_to_repeat(cheap).run.number == 8
    assert flat(cheap).count("First to run again") == 0
    unlucky = changed(cheap, {8}, p_repeat=0.1)
    assert run_to_repeat(unlucky).run.number == 7
    text = flat(unlucky)
    assert "Yes: run 8 was cut short at 0.9660" in text
    chance = probability(run_to_repeat(unlucky).projection.p_repeat)
    assert f"First to run again: {chance} that run 7, run again, beats 0.9648 (run 3)." in text


def test_what_has_no_chance_is_not_run_first_however_cheap_it_is():
    row = nothing_lost().gems[0]
    cheap = changed(nothing_lost(), {row.run.number}, cost_full_h=1e-9)
    assert run_to_repeat(cheap) is None
    audit = changed(twelve(), {9}, cost_full_h=1e-9, p_repeat=0.1)
    assert run_to_repeat(audit).run.number == 8


@pytest.mark.parametrize(
    ("facts", "order", "measure"),
    [
        pytest.param(
            [(0.2, 0.1, 1.0), (0.3, 0.1, 0.2), (0.4, 0.2, 1.0)], [1, 2, 0], HOURLY, id="an hour"
        ),
        pytest.param(
            [(0.2, 0.1, 1.0), (0.3, 0.1, None), (0.4, 0.2, 9.0)], [2, 0, 1], GAIN, id="a gain"
        ),
        pytest.param(
            [(0.2, 0.1, 1.0), (0.3, None, 1.0), (0.4, 0.2, 9.0)], [2, 1, 0], CHANCE, id="a chance"
        ),
        pytest.param(
            [(0.2, 0.0, 1.0), (0.3, 0.0, 1.0), (0.4, 0.0, 1.0)], [0, 1, 2], HOURLY, id="equal"
        ),
    ],
)
def test_the_order_goes_by_what_is_known_of_every_run(facts, order, measure):
    rows = []
    for row, (p_repeat, gain, cost) in zip(twelve().gems[:3], facts, strict=True):
        told = dataclasses.replace(row.projection, p_repeat=p_repeat, expected_gain=gain)
        rows.append(dataclasses.replace(row, projection=told, cost_full_h=cost))
    assert by_expected_gain(rows) == ([rows[k] for k in order], measure)


def test_of_few_that_have_a_chance_together_the_one_that_gains_most_is_first():
    audit = many(40)
    audit = changed(audit, set(numbers(audit.gems)), p_repeat=0.05)
    second = audit.gems[1].run.number
    poor = changed(audit, {audit.gems[0].run.number}, p_gem=0.3)
    poor = dataclasses.replace(poor, incumbent=dataclasses.replace(poor.incumbent, value=0.96))
    assert run_to_repeat(poor).run.number == poor.gems[0].run.number
    cheap = changed(poor, {second}, cost_full_h=0.001)
    assert run_to_repeat(cheap).run.number == second
    text = flat(cheap)
    assert f"no run stands out: 5 % that run {second}, run again" in text
    dearer = changed(cheap, {second}, p_repeat=0.04)
    rows = numbers(runs_to_repeat(dearer))
    whom = f"{rows[0]}, {rows[1]} and {rows[2]}"
    said = f"Of runs {whom}, run {second} is expected to gain the most an hour."
    assert said in flat(dearer)
