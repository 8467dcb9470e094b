"""What the statistics of reports and imputations promise, measured by simulation beside R and scipy."""
