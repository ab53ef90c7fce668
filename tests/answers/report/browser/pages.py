"""Pages that are hard on a browser: a large sweep, and names that try to be more than names."""

from pathlib import Path

import wbtools
from tests.answers.report.big_sweep import METRIC, N_REPORTS, RULE, write_big_sweep
from tests.sources.local.wandb_writer import (
    START_S,
    exit_record,
    history,
    run_record,
    summary,
    write_run,
)

HOSTILE = (
    "<script>window.pwned = 1</script>",
    '"><img src=x onerror="window.pwned = 1">',
    "</script><script>window.pwned = 1</script>",
    "</title></style><svg onload=window.pwned=1>",
    "javascript:window.pwned=1",
    "\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe",
    "\x1b[31mred\x1b[0m",
    "two\nlines",
    "__proto__",
    "constructor",
    "${window.pwned=1}",
    "long" * 2500,
)


def big_page(folder: Path) -> str:
    """The page of 500 runs with up to 200 reports."""
    write_big_sweep(folder / "sweep")
    report = wbtools.report(
        folder / "sweep", early_terminate=RULE, budget=N_REPORTS, metric=METRIC, goal="minimize"
    )
    return report.to_html()


def hostile_page(folder: Path) -> str:
    """The page of runs with such names, parameters and values."""
    for place, text in enumerate(HOSTILE):
        start_s = START_S + 100 * place
        config = {"lr": 0.1 / (place + 1), text: place, "note": text}
        values = [1 / (step + 1) + 0.01 * place for step in range(9 if place % 3 else 3)]
        records = [
            run_record(
                f"hostile{place:02}",
                start_s=start_s,
                config=config,
                sweep_id="hostile1",
                display_name=text,
            ),
            *(
                history(step, {"loss": value}, time_s=start_s + step)
                for step, value in enumerate(values)
            ),
            summary({"loss": values[-1]}),
            exit_record(0),
        ]
        write_run(folder / "sweep", records, f"hostile{place:02}", f"20240101_{place:06d}")
    rule = "hyperband(min_iter=3,eta=3)"
    report = wbtools.report(
        folder / "sweep", early_terminate=rule, budget=9, metric="loss", goal="minimize"
    )
    return report.to_html()
