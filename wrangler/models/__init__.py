"""The rows: one noun a file."""

from wrangler.models.artifact import Artifact
from wrangler.models.audit import AuditEvent
from wrangler.models.columns import Instant, now
from wrangler.models.dataset import Dataset, DatasetStatus
from wrangler.models.job import Job, JobKind, JobState
from wrangler.models.maintenance_task import MaintenanceTask
from wrangler.models.recipe import Recipe
from wrangler.models.registered_template import RegisteredTemplate
from wrangler.models.user import ApiToken, Role, User
from wrangler.models.worker import Worker

__all__ = [
    "ApiToken",
    "Artifact",
    "AuditEvent",
    "Dataset",
    "DatasetStatus",
    "Instant",
    "Job",
    "JobKind",
    "JobState",
    "MaintenanceTask",
    "Recipe",
    "RegisteredTemplate",
    "Role",
    "User",
    "Worker",
    "now",
]
