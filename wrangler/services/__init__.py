"""What Wrangler does, in verbs: a module per subject, used qualified (`datasets.create`); no request, no queue."""

from wrangler.services import (
    accounts,
    audit,
    dataset_versions,
    datasets,
    health,
    maintenance,
    orphaned_files,
    recipes,
    templates,
    tokens,
)
from wrangler.services.accounts import normalise_email
from wrangler.services.column_metadata import ColumnMeaning, Role, SemanticType
from wrangler.services.database_clock import database_now
from wrangler.services.datasets import Upload
from wrangler.services.health import Check, State
from wrangler.services.leases import Claim, Lease, LeaseRenewal
from wrangler.services.ownership import owned
from wrangler.services.pdf_reports import pdf_limits, printed
from wrangler.services.storage import Storage
from wrangler.services.templates import refuse_unsafe
from wrangler.services.tokens import AccessTokens, Credential, Scope, TokenPair

__all__ = [
    "AccessTokens",
    "Check",
    "Claim",
    "ColumnMeaning",
    "Credential",
    "Lease",
    "LeaseRenewal",
    "Role",
    "Scope",
    "SemanticType",
    "State",
    "Storage",
    "TokenPair",
    "Upload",
    "accounts",
    "audit",
    "database_now",
    "dataset_versions",
    "datasets",
    "health",
    "maintenance",
    "normalise_email",
    "orphaned_files",
    "owned",
    "pdf_limits",
    "printed",
    "recipes",
    "refuse_unsafe",
    "templates",
    "tokens",
]
