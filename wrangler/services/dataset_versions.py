"""New versions: the bytes that were uploaded, imported once more under other options."""

import uuid
from collections import defaultdict
from typing import Any

from wrangler.config import Settings
from wrangler.errors import Conflict
from wrangler.extensions import db
from wrangler.importing import ImportOptions
from wrangler.models import Dataset
from wrangler.services.datasets import ready
from wrangler.services.imports import Notify, store_upload
from wrangler.services.storage import Storage, link_or_copy


def import_again(
    owner_id: uuid.UUID,
    dataset_id: uuid.UUID,
    options: dict[str, Any],
    *,
    accept_suspected_markers: bool,
    settings: Settings,
    notify: Notify | None = None,
) -> Dataset:
    """A new dataset from the source of another; the older one stays as it is.

    It is imported when this returns; or, with a notification, as soon as a worker comes to it.

    Each of the `options` takes the place of the one under which the older dataset was imported; what people declared of
    its columns is kept.

    Raises
    ------
    Conflict
        When the dataset is not ready, or was not uploaded, so that there is no source.
    """
    parent = ready(owner_id, dataset_id)
    storage = Storage(settings.data_dir)
    if not storage.source(parent.id).is_file():
        message = f"Dataset {parent.name!r} was made by a job and has no file that could be imported again."
        raise Conflict(message, code="no_source")
    merged = {**parent.import_options, **options}
    if accept_suspected_markers:
        merged["added_missing_markers"] = _with_suspected(parent, merged.get("added_missing_markers", {}))
    dataset = Dataset(
        id=uuid.uuid4(),
        owner_id=owner_id,
        name=parent.name,
        filename=parent.filename,
        source_bytes=parent.source_bytes,
        sha256=parent.sha256,
        version=parent.version + 1,
        parent_id=parent.id,
    )
    old_source = storage.source(parent.id)
    db.session.close()  # no transaction stays open during the import
    again = storage.uploads / str(uuid.uuid4())
    try:
        link_or_copy(old_source, again)
        return store_upload(dataset, again, ImportOptions(**merged), settings, notify)
    finally:
        again.unlink(missing_ok=True)


def _with_suspected(parent: Dataset, added: dict[str, list[str]]) -> dict[str, list[str]]:
    """The markers added so far, and all that the import proposed."""
    markers = defaultdict(list, {column: list(words) for column, words in added.items()})
    for suspected in parent.import_report.get("suspected_markers", []):
        if suspected["value"] not in markers[suspected["column"]]:
            markers[suspected["column"]].append(suspected["value"])
    return dict(markers)
