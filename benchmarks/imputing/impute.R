# Fills the holes of a CSV file and says how long that alone took: Rscript impute.R method draws seed in.csv types out.csv
given <- commandArgs(trailingOnly = TRUE)
method <- given[1]
draws <- as.integer(given[2])
set.seed(as.integer(given[3]))
kinds <- strsplit(given[5], "")[[1]]
table <- read.csv(given[4], colClasses = ifelse(kinds == "n", "numeric", "factor"), na.strings = "")
if (method == "missForest") {
  suppressMessages(library(missForest))
  took <- system.time(filled <- missForest(table)$ximp)
} else {
  suppressMessages(library(mice))
  took <- system.time({
    made <- if (method == "rf") {
      mice(table, m = draws, method = "rf", printFlag = FALSE)
    } else {
      mice(table, m = draws, printFlag = FALSE)
    }
    filled <- complete(made, 1)
  })
}
write.csv(filled, given[6], row.names = FALSE, na = "")
cat(took[["elapsed"]], took[["user.self"]] + took[["sys.self"]], "\n")
