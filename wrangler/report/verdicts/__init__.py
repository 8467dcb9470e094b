"""The sentence that a report begins or ends with, its warnings, and the numbers behind both."""

from wrangler.report.verdicts.correlation import correlation_verdict
from wrangler.report.verdicts.imputation import Evidence, Verdict, imputation_verdict
from wrangler.report.verdicts.missing import missingness_verdict

__all__ = ["Evidence", "Verdict", "correlation_verdict", "imputation_verdict", "missingness_verdict"]
