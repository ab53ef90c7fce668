"""What people type for something that is called otherwise here, and the line that helps them.

Data alone: `mistakes` reads it. An entry of `OPTIONS` that is an option of the command at hand is
offered; a sentence is said as it is.
"""

from __future__ import annotations

from typing import Final

_REPLICATE: Final = "`wbtools replicate SWEEP --run 8` writes how to run one again"
_FETCH: Final = "`wbtools fetch SWEEP` downloads a sweep"
_MAKE: Final = "`wbtools make-sweep` writes a sweep file; --list shows the templates"
_AUDIT: Final = "`wbtools audit-terminations SWEEP` says why each run ended and lists the gems"
_REPORT: Final = "`wbtools report SWEEP -o page.html` puts everything about a sweep on one page"
_PLOT: Final = "`wbtools plot curves SWEEP -o curves.svg` draws curves; more: `wbtools help plot`"
_ARCHIVE: Final = "`wbtools archive ls` lists what is kept"
_RANK: Final = "`wbtools rank SWEEP` ranks configurations"
_SIGN_IN: Final = "sign in with `wandb login`; run files, tables and `demo` need no account"
_CHECK: Final = (
    "`wbtools lint FILE` checks a sweep file, `wbtools doctor SWEEP` a recorded sweep, "
    "`wbtools verify SWEEP --run 8` a replication"
)
_FORECAST: Final = "`wbtools forecast FILE` says what a sweep will cost"

COMMANDS: Final = {
    "best": _RANK, "leaderboard": _RANK, "sort": _RANK, "top": _RANK,
    "check": _CHECK, "test": _CHECK, "validate": _CHECK,
    "completion": "`wbtools --install-completion` sets it up for this shell",
    "cost": _FORECAST, "estimate": _FORECAST, "plan": _FORECAST, "predict": _FORECAST,
    "create": _MAKE, "init": _MAKE, "new": _MAKE, "sweep": _MAKE, "template": _MAKE,
    "templates": _MAKE,
    "diagnose": "`wbtools doctor SWEEP` says what went wrong in a sweep",
    "diff": "`wbtools compare SWEEP SWEEP` puts sweeps side by side",
    "download": _FETCH, "get": _FETCH, "pull": _FETCH,
    "explain": "`wbtools rule CODE` explains a finding's code",
    "export": "`wbtools archive export SWEEP -o rows.csv` writes logged rows; every answer is "
    "written with -o answer.csv",
    "gem": _AUDIT, "gems": _AUDIT, "runs": _AUDIT, "show": _AUDIT, "stops": _AUDIT, "why": _AUDIT,
    "grid": "`wbtools expand-grid FILE` writes every configuration of a grid",
    "hyperparameters": "`wbtools importance SWEEP` says which parameters matter",
    "parameters": "`wbtools importance SWEEP` says which parameters matter",
    "params": "`wbtools importance SWEEP` says which parameters matter",
    "launch": _REPLICATE, "repeat": _REPLICATE, "rerun": _REPLICATE, "resume": _REPLICATE,
    "retry": _REPLICATE, "run": _REPLICATE,
    "list": _ARCHIVE, "ls": _ARCHIVE, "status": _ARCHIVE,
    "login": _SIGN_IN, "signin": _SIGN_IN,
    "agent": "`wandb agent SWEEP` runs a sweep; wbtools starts no training",
    "chart": _PLOT, "draw": _PLOT, "figure": _PLOT, "graph": _PLOT,
    "replay": "`wbtools simulate SWEEP` replays a sweep under other rules; " + _REPLICATE,
    "html": _REPORT, "page": _REPORT, "publish": _REPORT, "share": _REPORT,
    "sync": "`wandb sync` uploads run files; " + _FETCH,
    "version": "`wbtools --version` shows it",
}  # fmt: skip
"""What may be typed as a command, and the command that does it."""

_KEY: Final = "set WANDB_API_KEY, or sign in with `wandb login`: others can see what is on a line"
_SERVER: Final = "set WANDB_BASE_URL, or give the address of the sweep's page as SWEEP"
_FORCE: Final = "leave it out; --force overwrites files"
_NOTHING_STARTS: Final = "leave it out: wbtools starts no training"
_CREATES: Final = (
    "there is no dry run: without --create nothing is made on W&B, without -o no file is written"
)
_FIXES: Final = "there is no dry run: without --fix no file is changed"
_GUARDS: Final = "leave it out: without --yes nothing is stopped"
_FETCHES: Final = "there is no dry run: fetch writes into the archive, and changes nothing on W&B"
_AS_SWEEP: Final = "name the sweep right behind the command, without an option"
_IN_SWEEP: Final = "name the sweep as ENTITY/PROJECT/ID, right behind the command"
_IN_RULE: Final = "--early-terminate 'hyperband(min_iter=10,eta=2)'"

OPTIONS: Final[dict[str, tuple[str, ...]]] = {
    "--agents-count": ("--agents NUMBER",), "--jobs": ("--agents NUMBER",),
    "--n-agents": ("--agents NUMBER",), "--parallel": ("--agents NUMBER",),
    "--workers": ("--agents NUMBER",), "-j": ("--agents NUMBER",),
    "--api-key": (_KEY,), "--key": (_KEY,),
    "--base-url": (_SERVER,), "--host": (_SERVER,),
    "--by": ("--group-by NAME",),
    "--check": ("leave it out: nothing is changed that no option asks for",),
    "--dry-run": (_NOTHING_STARTS,), "--dryrun": (_NOTHING_STARTS,),
    "--csv": ("--format csv",), "--html": ("--format html",), "--json": ("--format json",),
    "--markdown": ("--format md",), "--md": ("--format md",), "--text": ("--format text",),
    "--debug": ("--verbose",), "--direction": ("--goal minimize|maximize",),
    "--dir": ("--out-dir FOLDER", "name the folder in place of SWEEP"),
    "--folder": ("--out-dir FOLDER", "name the folder in place of SWEEP"),
    "--path": ("name the folder in place of SWEEP",),
    "--output-dir": ("--out-dir FOLDER",),
    "--entity": (_IN_SWEEP,), "--project": (_IN_SWEEP,),
    "--epochs": ("--budget REPORTS, in reports of the metric, which need not be epochs",),
    "--max-iter": (_IN_RULE,), "--min-iter": (_IN_RULE,),
    "--eta": (_IN_RULE,), "--hyperband": (_IN_RULE,), "--rules": ("--rule RULE",),
    "--out": ("--output FILE",), "--output-file": ("--output FILE",),
    "--save": ("--output FILE",),
    "--head": ("--limit ROWS",), "--max": ("--limit ROWS",), "--rows": ("--limit ROWS",),
    "--top": ("--limit ROWS",), "-n": ("--limit ROWS",), "--n": ("--limit ROWS",),
    "--hours": ("--hours-per-run HOURS",),
    "--time": ("--time-limit MINUTES", "--hours-per-run HOURS"),
    "--id": (_AS_SWEEP,), "--sweep": (_AS_SWEEP,), "--sweep-id": (_AS_SWEEP,),
    "--maximise": ("--goal maximize",), "--maximize": ("--goal maximize",),
    "--minimise": ("--goal minimize",), "--minimize": ("--goal minimize",),
    "--mode": ("--goal minimize|maximize",), "--objective": ("--metric NAME[:GOAL]",),
    "--no-color": ("--color never",), "--no-colour": ("--color never",),
    "--colour": ("--color auto|always|never",),
    "--overwrite": ("--force",), "-f": ("--force",),
    "--param": ("--parameter NAME",), "--params": ("--parameter NAME",),
    "--rank-by": ("--metric NAME[:GOAL]",), "--sort": ("--metric NAME[:GOAL]",),
    "--sort-by": ("--metric NAME[:GOAL]",),
    "--silent": ("--quiet",),
    "--slurm": ("--to slurm",), "--strict": ("--fail-on info",), "--sbatch": ("--to slurm",),
    "--template": ("name it right behind the command: `wbtools make-sweep bayes-hyperband`",),
    "--version": ("`wbtools --version` shows it",), "-V": ("`wbtools --version` shows it",),
    "--write": ("--fix", "--output FILE"),
    "--yaml": ("--to yaml", "--format json"),
    "--yes": (_FORCE,), "-y": (_FORCE,),
}  # fmt: skip
"""What may be typed as an option: the options that may be meant, else a sentence."""

OPTIONS_OF: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    command: dict.fromkeys(("--check", "--dry-run", "--dryrun"), (sentence,))
    for command, sentence in (
        *(("make-sweep", _CREATES), ("lint", _FIXES), ("fetch", _FETCHES), ("guard", _GUARDS)),
    )
}
"""What may be typed as an option of one command, where that means something else than elsewhere."""

VALUES: Final = {
    "markdown": "md", "txt": "text", "htm": "html", "yml": "yaml", "bash": "shell", "sh": "shell",
    "maximise": "maximize", "minimise": "minimize", "higher": "maximize", "lower": "minimize",
    "up": "maximize", "down": "minimize", "largest": "maximize", "smallest": "minimize",
    "bayesian": "bayes", "yes": "always", "on": "always", "true": "always", "no": "never",
    "off": "never", "false": "never", "local": "shell", "gridsearch": "grid",
}  # fmt: skip
"""What may be typed for a word that an option takes."""
