"""Which stopped run is to be run again first: the one that is expected to gain the most an hour."""

import dataclasses

import pytest

from tests.answers.audit.pages import page_of
from tests.answers.samples import many, nothing_lost, twelve
from wbtools.answers.audit.gem_words import by_expected_gain, run_to_repeat, runs_to_repeat
from wbtools.text.numbers import probability


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
    assert "Run 7 is expected to gain the most an hour." in text
    assert "an hour" not in flat(without_a_gem())


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
    ("facts", "order"),
    [
        pytest.param([(0.2, 0.1, 1.0), (0.3, 0.1, 0.2), (0.4, 0.2, 1.0)], [1, 2, 0], id="an hour"),
        pytest.param([(0.2, 0.1, 1.0), (0.3, 0.1, None), (0.4, 0.2, 9.0)], [2, 0, 1], id="a gain"),
        pytest.param(
            [(0.2, 0.1, 1.0), (0.3, None, 1.0), (0.4, 0.2, 9.0)], [2, 1, 0], id="a chance"
        ),
        pytest.param([(0.2, 0.0, 1.0), (0.3, 0.0, 1.0), (0.4, 0.0, 1.0)], [0, 1, 2], id="equal"),
    ],
)
def test_the_order_goes_by_what_is_known_of_every_run(facts, order):
    rows = []
    for row, (p_repeat, gain, cost) in zip(twelve().gems[:3], facts, strict=True):
        told = dataclasses.replace(row.projection, p_repeat=p_repeat, expected_gain=gain)
        rows.append(dataclasses.replace(row, projection=told, cost_full_h=cost))
    assert by_expected_gain(rows) == [rows[k] for k in order]


def test_of_few_that_have_a_chance_together_the_one_that_gains_most_is_first():
    audit = many(40)
    audit = changed(audit, set(numbers(audit.gems)), p_repeat=0.05)
    second = audit.gems[1].run.number
    poor = changed(audit, {audit.gems[0].run.number}, p_gem=0.3)
    poor = dataclasses.replace(poor, incumbent=dataclasses.replace(poor.incumbent, value=0.96))
    assert run_to_repeat(poor).run.number == poor.gems[0].run.number
    cheap = changed(poor, {second}, cost_full_h=0.001)
    assert run_to_repeat(cheap).run.number == second
    assert f"no run stands out: 5 % that run {second}, run again" in flat(cheap)
