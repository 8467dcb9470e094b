"""What a filled cell may be: bounds, allowed values, rounding, rules between columns."""

from wrangler.impute.constraints.allowed import check_allowed
from wrangler.impute.constraints.bounds import check_bounds, check_policy, check_steps
from wrangler.impute.constraints.limits import Limits, fit_limits
from wrangler.impute.constraints.rules import apply_rules, check_rules, rule_faults

__all__ = [
    "Limits",
    "apply_rules",
    "check_allowed",
    "check_bounds",
    "check_policy",
    "check_rules",
    "check_steps",
    "fit_limits",
    "rule_faults",
]
