"""The manual page of every code that a finding can have, and of every stopping rule."""

from __future__ import annotations

import difflib
from typing import Final

from wbtools.analysis.health import CHECKS
from wbtools.app import stopping_rule_pages
from wbtools.errors import UsageError
from wbtools.sweepfile.lint import RULES

_PAGES: Final = {
    "WBT101": """The early-termination rule cannot run.

W&B's engine raises on such settings and stops no run; every short run ended for another reason.
`wbtools lint` names what is wrong with the sweep file.""",
    "WBT102": """`strict` is not written.

W&B's engine fills in true since April 2024, its manual says false. Both modes are judged; write
`strict: true` or `strict: false` in the sweep file.""",
    "WBT103": """No run reached the first band.

A band counts finite reports of the metric, not steps and not epochs.""",
    "WBT104": """No run ran to its end.

There is no bar, so no gem can be judged. Set one with `--target`, or let a run complete. In a run
table without a column `state` nothing says which runs completed, so none sets a bar.""",
    "WBT105": """The sweep has no `early_terminate`, yet runs ended before their time.

People, schedulers, crashes and lost machines end runs too. What `wbtools guard` stopped is not
counted.""",
    "WBT106": """One report per epoch is assumed.

The configuration says how many epochs a run has, but no finished run shows how many reports that
is. Give the full budget in reports with `--budget`.""",
    "WBT107": """Nothing says how many reports a full run makes.

Give it with `--budget`.""",
    "WBT108": """The source holds no curves.

From a run table no rule can be judged and no gain projected. Point wbtools at the runs' `wandb/`
folder.""",
    "WBT109": """Runs never reported the metric.

Hyperband never stops them, and bayes learns nothing from them.""",
    "WBT110": """A run file is damaged.

What could be read was kept. Copy the file again from where it was written.""",
    "WBT111": """A run file is empty or cut short.

A run that was killed, or is still being written, looks like this.""",
    "WBT112": """Different runs share one id.

They are kept apart, the later ones with a suffix such as `~2`.""",
    "WBT113": """A run was started several times.

Its files were joined, or W&B's server has the rows of all starts. What it logged again after going
back to a checkpoint, or to its beginning, counts once, where steps show it, or an epoch (or a count
of steps) that is logged with every report. W&B's offline mode counts steps from 0 again after every
start: where nothing else shows what was repeated, all reports count, and the message says so.""",
    "WBT114": """A run file holds no history.

The run logged nothing before it ended.""",
    "WBT115": """A folder could not be read.

Runs may be missing. Ask for permission, or copy it to where you can read it.""",
    "WBT116": """A curve is incomplete.

A missing report shifts every later one against the bands. Every fetch asks again for what the
server did not send in full.""",
    "WBT117": """Some reports have no time.

The order of arrival decides Hyperband's thresholds; runs without times are judged on everything
that was ever reported.""",
    "WBT118": """A copy of a run was left out.

Both files say that the run began at the same moment; the longer one was read.""",
    "WBT119": """Run files were left out of the sweep.

They do not say which sweep they belong to.""",
    "WBT120": """Runs made more reports than the budget.

They count as completed. Give the full budget in reports with `--budget`.""",
    "WBT121": """A run has more or longer names than are kept.

No metric that was asked for was left out.""",
    "WBT122": """Archived runs are no longer on the server.

They were deleted or moved, and are left out. The bands that they helped to set are judged without
them.""",
    "WBT123": """Runs or rows of a fetched sweep are missing.

A fetch was interrupted: the same command goes on from there. Or the server counts more runs than it
lists.""",
    "WBT124": """The sweep's own configuration was changed on the server between fetches.

Runs are judged by the present rule; give the earlier one with `--early-terminate`.""",
    "WBT125": """Runs are older than their sweep.

They were attached (`wandb sweep --prior_run`). They set bands, but no agent could stop them.""",
    "WBT126": """The server shows no stop flags.

It does not know them, or does not keep them. Causes rest on the rule and on how the runs ended.""",
    "WBT127": """Runs, or run files, are the other processes of distributed runs.

Every process that calls `wandb.init` makes a run, and usually one of them logs the metric. Those
that have its W&B group (or its id) and its configuration, began within a minute of it, and ended as
and when it did are left out: nobody could rank, stop or repeat them. Replicas that begin and end
together look the same, unless a logged rank or another host tells them apart.""",
    "WBT128": """Agents took configurations that left no run file.

An agent writes `wandb/sweep-ID/config-RUN.yaml` before it starts the program. Where there is no run
file, the program ended before W&B began, or the run was moved away (`wandb sync --clean`).""",
    "WBT129": """Repeated reports shift the bands of a rule that counts them.

A run that went back to a checkpoint reports some epochs twice. The tables count an epoch once.
W&B's server counts every row, so that the run came to its bands early, with values of earlier
epochs; and runs that were compared with these may have been stopped by them.""",
    "WBT130": """No run table beside a chart is used.

States and parameters of the runs come from the only table in the chart's folder that names each of
its runs once and has no other values of the metric. Where a table holds several sweeps, name one
behind the chart: `chart.csv#SWEEP_ID`.""",
    "WBT131": """A run table holds runs for which the chart beside it shows no curve.

They are left out. A page shows few runs at once: select all of them before you export the chart,
or the rule's thresholds are judged on fewer peers than there were.""",
    "WBT132": """Curves of a chart hold means, not reports.

W&B joins points where a run logged more than the chart can show, and runs where they are grouped.
A rule of early termination counts reports, so that bands and thresholds are off. Take grouping and
smoothing off before you export, or fetch the sweep.""",
    "WBT133": """Curves of a chart look like a sample of what was logged.

W&B's pages draw some of many points. A rule of early termination counts reports, so that bands and
thresholds are off: fetch the sweep.""",
    "WBT134": """Rows of a table hold a configuration or a summary that cannot be read.

W&B's export script writes them as Python mappings. A cell that holds more than literals, or that a
spreadsheet cut, cannot be read; its run is left out, since its parameters are not known.""",
    "WBT135": """A run holds several trainings one after the other, not one curve.

What counts training (an epoch) goes back to its first value twice or more, each training lasts
about as long, and the metric starts over, losing half of what the training before had reached: a
program that tries several settings, folds or tasks within one `wandb.init`. Its best value is that
of its best training, its configuration that of the last one, and a rule would compare its reports
with the wrong ones. Begin a run for each: `with wandb.init(...)`, once a training.""",
    "WBT136": """A sweep from the archive may have gone on since it was fetched.

Its server was not asked, or did not answer, for the reason that is given. Sign in, or try again;
`--offline` says that the archive is what is meant.""",
    "WBT137": """Of a sweep that was called by its id only the run files here were read.

Its server did not answer, or does not have it, for the reason that is given. Agents on other
machines may have made runs whose files lie there. Name the folder itself if that is meant.""",
    "WBT138": """Runs were stopped on a report made before training.

Report 1 looks like an evaluation before training: it says nothing about report 2, which does tell
of report 3, and it is nearly the same in all runs or far worse than all later ones. A band at it
stops runs by chance. Set `min_iter` to 2 or more, or do not log before training.""",
    "WBR301": """The program of a run is not in this folder.

Run the script where the program is, or name it with `--program`. Where it lies in the project of
the runs, or at the root of this repository, the message says so: the program's own relative paths
lead from there. A module is here if its file is where Python finds it, or in the `src/` of a
project that can be installed.""",
    "WBR302": """Something about the command was guessed.

The message says what. `--style` says how the program takes its arguments.""",
    "WBR303": """A run's configuration has no value of a parameter that its sweep sets.

Give it a value with `--set`.""",
    "WBR304": """Recorded arguments differ from what the sweep's command gives.

Check that the sweep file is the one that the sweep was made from.""",
    "WBR305": """Values that look like secrets are left to the environment.

The script reads them from `$SECRET_…`; set them before you run it.""",
    "WBR306": """No command can be given for a run, only its configuration.

It was made in a notebook, nothing names its program, or its command may start a new sweep. The
message says what can be done.""",
    "WBR307": """The command does not start a program.

It begins with an argument, or has several words where one file is meant. In a sweep file,
`program:` is one file; anything else goes into `command:`, word by word.""",
    "WBR308": """The sweep's command reads the environment.

It holds `${envvar:NAME}`: set `$NAME` before the script is run, as it was where the agent ran.""",
    "WBR309": """The program starts sweeps or agents of its own, or may do so.

It is started through a small launcher, under which `wandb.sweep` makes no sweep and `wandb.agent`
calls its function once, with the run's configuration.""",
    "WBR310": """The run used another commit than the one that is checked out here.

`--with-code` says how to get it.""",
    "WBR311": """The run had changes that were not committed.

`--with-code` writes them as a patch, where W&B or the run folder holds it.""",
    "WBR312": """The run used another version of Python.

Numbers may differ in their last digits, and libraries in more.""",
    "WBR313": """Packages have other versions than the run recorded.

`--with-env` writes the recorded ones.""",
    "WBR314": """The program may start a sweep, and no launcher can stand in front of it.

Another program starts it, in a process of its own (torchrun, a shell), and wbtools cannot check
what it does. `--program FILE --style config` starts FILE through the launcher.""",
    "WBR315": """A value of `--set` lies outside of what the sweep searched.

It is not among the listed values of its parameter, or outside of its range. The replica runs all
the same, but no run of the sweep tells what to expect of it: see that the value is meant so.""",
    "WBR316": """How the program is told to go on from its checkpoint is a guess.

No text of the program was found that says it, or several options may be meant. `--resume-arg NAME`
names the option as the program takes it, with its hyphens if it has some.""",
    "WBR317": """The checkpoint holds no learning-rate schedule, and the run has one.

Its files and the names in them show none. The budget is left as it was, so a schedule that is
computed from the epoch still ends where it would have ended; one that counts its own steps begins
anew unless the program sets it.""",
    "WBR318": """Something speaks against going on with the run as it is asked for.

It may still be at work, and two processes would write the same files; or the checkpoint that was
chosen may be another run's, or cut off while it was written. The message says which. No checkpoint
is opened: what is said of one rests on names, sizes and times.""",
    "WBR319": """The run is resumed itself (`--same-run`), and not continued as a new one.

W&B keeps it in its sweep and its group, where it runs again: the sweep's early termination judges
it again. Its history goes on after its last step, so the epochs after the checkpoint stand in it
twice. Where W&B still holds the stop of a run, the SDK (0.31) hears of it as soon as it resumes the
run, and interrupts the program. Offline,
nothing is resumed: the SDK writes a second folder with the same id.""",
    "WBR320": """An enqueued run is under the sweep's own rule.

It is a run of the sweep like any other, so W&B may stop it early by the sweep's `early_terminate`
block, as it stopped the run that is replicated. `--to shell` and `--to slurm` run a replica outside
of the sweep, where nothing stops it.""",
}


def manual_page(code: str) -> str:
    """The page of a code: what it means, and for a rule or a check a bad and a good example.

    Args:
        code: Or a stopping rule: its word, or the whole rule as `--rule` takes it.

    Raises:
        UsageError: There is no such code, or the rule cannot be read or run.
    """
    if code.strip().lower() in stopping_rule_pages.words():
        return stopping_rule_pages.kind_page(code.strip().lower())
    if "(" in code:
        return stopping_rule_pages.rule_page(code)
    wanted = code.strip().upper()
    if wanted in RULES:
        rule = RULES[wanted]
        line = f"{rule.code}  {rule.severity.word}, confidence {rule.confidence.name.lower()}"
        certain = f"\n\nAn error because {rule.certain}." if rule.certain else ""
        return f"{line}\n\n{rule.manual}{certain}\n"
    if wanted in CHECKS:
        check = CHECKS[wanted]
        line = f"{wanted}  {check.severity.word}, confidence {check.confidence.name.lower()}"
        return f"{line}\n\n{check.manual}\n"
    if wanted in _PAGES:
        return f"{wanted}\n\n{_PAGES[wanted]}\n"
    msg = f"there is no code or rule {code!r}"
    names = {name.upper(): name for name in (*codes(), *stopping_rule_pages.words())}
    near = [names[name] for name in difflib.get_close_matches(wanted, names, n=1)]
    hint = f"did you mean {near[0]}?" if near else "`wbtools rule` lists all"
    raise UsageError(msg, hint)


def manual_index() -> str:
    """Every code, and every stopping rule, with the first line of its page."""
    titles = {code: rule.title for code, rule in RULES.items()}
    titles |= {code: check.title for code, check in CHECKS.items()}
    titles |= {code: page.partition("\n")[0] for code, page in _PAGES.items()}
    words = stopping_rule_pages.words()
    width = max(map(len, words))
    return "".join(
        [
            *(f"{code}  {titles[code]}\n" for code in codes()),
            "\n",
            *(f"{word:{width}}  {stopping_rule_pages.title_of(word)}\n" for word in words),
        ]
    )


def codes() -> list[str]:
    """Every code that has a page, family by family."""
    family = {"S": 0, "T": 1, "D": 2, "R": 3}
    return sorted((*RULES, *CHECKS, *_PAGES), key=lambda code: (family[code[2]], code))
