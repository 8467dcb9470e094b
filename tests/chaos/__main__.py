"""`python -m tests.chaos --jobs 300 --faults 40 --seed 1 --engine servers`: one campaign, and its tables."""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.chaos.installation import Engine
from tests.chaos.run import Size, run


def main() -> int:
    """Run what the command line asks for; 1 when a count that must be zero is not."""
    chosen = _arguments()
    size = Size(chosen.jobs, chosen.faults, chosen.seed, chosen.workers)
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    _print(f"{size.command(chosen.engine)} in {folder}")
    report = run(chosen.engine, size, folder / "wrangler", with_control=not chosen.no_control, log=_print)
    _print(report.to_markdown())
    for path, content in ((chosen.json, report.to_json()), (chosen.markdown, report.to_markdown())):
        if path:
            path.write_text(content)
    if report.is_clean and not chosen.keep:
        shutil.rmtree(folder)
    else:
        _print(f"Logs, ledger and data are left in {folder}")
    return 0 if report.is_clean else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--jobs", type=int, default=300, help="orders; default: 300")
    parser.add_argument("--faults", type=int, default=40, help="faults, evenly over the orders; default: 40")
    parser.add_argument("--seed", type=int, default=1, help="rules orders, endings and faults; default: 1")
    parser.add_argument("--engine", type=Engine, default=Engine.SERVERS, help="servers or embedded; default: servers")
    parser.add_argument("--workers", type=int, default=2, help="worker processes; default: 2")
    parser.add_argument("--json", type=Path, help="write the report there as JSON")
    parser.add_argument("--markdown", type=Path, help="write the report there as Markdown")
    parser.add_argument("--keep", action="store_true", help="leave logs and data also when all is well")
    parser.add_argument("--no-control", action="store_true", help="leave plain Huey out")
    return parser.parse_args()


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
