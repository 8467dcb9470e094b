# Rscript draws.R given.csv made.csv kinds draws sweeps donors
# The peer of benchmarks.statistics.draws: mice on each sample of a long table, all completed tables in one file.
suppressPackageStartupMessages(library(mice))
argv <- commandArgs(trailingOnly = TRUE)
long <- read.csv(argv[1], na.strings = "")
kinds <- strsplit(argv[3], "")[[1]]
for (place in which(kinds == "f")) long[[place + 1]] <- factor(long[[place + 1]])
parts <- lapply(split(long, long$.sample), function(part) {
  number <- part$.sample[1]
  part$.sample <- NULL
  made <- mice(part, m = as.integer(argv[4]), maxit = as.integer(argv[5]), donors = as.integer(argv[6]),
               seed = number + 1, printFlag = FALSE)
  done <- complete(made, "long")
  done$.sample <- number
  done
})
write.csv(do.call(rbind, parts), argv[2], row.names = FALSE)
