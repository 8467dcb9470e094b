"""What a result was measured on and with."""

import platform
import subprocess
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import psutil

from benchmarks.imputing.r_peers import r_version

PACKAGES = ("numpy", "pandas", "scikit-learn", "lightgbm", "statsmodels")
R_PACKAGES = ("mice", "missForest")
ROOT = Path(__file__).resolve().parents[2]


def describe() -> dict[str, str]:
    versions = {f"{name}": _version(name) for name in PACKAGES}
    versions |= {f"R's {name}": r_version(name) or "not installed" for name in R_PACKAGES}
    return {
        "machine": f"{psutil.cpu_count()} cores ({_processor()}), {psutil.virtual_memory().total / 2**30:.0f} GiB",
        "Python": platform.python_version(),
        **versions,
        "Wrangler": _commit(),
        "day": datetime.now(UTC).date().isoformat(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _processor() -> str:
    """As the system names it; the model's name where there is one."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    named = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.processor() or platform.machine())


def _commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
