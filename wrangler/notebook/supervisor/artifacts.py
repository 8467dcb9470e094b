"""What a run left in its folder: named, typed, measured and hashed."""

from pathlib import Path

from wrangler.files import file_sha256
from wrangler.notebook.protocol import ArtifactFile

MEDIA_TYPES = {
    ".ipynb": "application/x-ipynb+json",
    ".html": "text/html",
    ".csv": "text/csv",
    ".parquet": "application/vnd.apache.parquet",
    ".json": "application/json",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
_INPUTS = {"input.parquet", "dataset.json", "markers.parquet", "markers.json"}


def artifacts(folder: Path) -> list[ArtifactFile]:
    """Every plain file at the top of the folder, by name: no link, no input, nothing hidden or with an odd name."""
    names = sorted(path.name for path in folder.iterdir() if _is_artifact(path))
    return [_artifact(folder / name) for name in names]


def _is_artifact(path: Path) -> bool:
    is_named_well = path.name.isprintable() and not path.name.startswith(".") and path.name not in _INPUTS
    return is_named_well and path.is_file() and not path.is_symlink()


def _artifact(path: Path) -> ArtifactFile:
    media_type = MEDIA_TYPES.get(path.suffix.lower(), "application/octet-stream")
    return ArtifactFile(path.name, media_type, path.stat().st_size, file_sha256(path))
