# What mice::ampute does to normal tables, for tests/impute/test_ampute.py: Rscript ampute.R > ampute.csv
suppressMessages(library(mice))
cat("# R ", as.character(getRversion()), ", mice ", as.character(packageVersion("mice")),
    ": means over 60 normal tables (10 for odds) of 5,000 rows, a, b and c correlated by 0.5, of which a and b may be lost\n", sep = "")
cat("mechanism,side,share,incomplete,lost_a,lost_b,correlation_a,correlation_b\n")
set.seed(20)
factor <- chol(matrix(c(1, .5, .5, .5, 1, .5, .5, .5, 1), 3))
patterns <- rbind(c(0, 1, 1), c(1, 0, 1))
weights <- list(MAR = rbind(c(0, 1, 2), c(1, 0, -1)), MNAR = rbind(c(1, 0, 0), c(1, 2, 0)), MCAR = NULL)
for (mechanism in c("MCAR", "MAR", "MNAR")) for (side in c("RIGHT", "LEFT", "MID", "TAIL", "ODDS")) for (share in c(.2, .5)) {
  if (mechanism == "MCAR" && side != "RIGHT") next
  figures <- replicate(if (side == "ODDS") 10 else 60, {
    table <- data.frame(matrix(rnorm(15000), ncol = 3) %*% factor)
    names(table) <- c("a", "b", "c")
    given <- list(table, prop = share, patterns = patterns, freq = c(.7, .3), mech = mechanism)
    given$weights <- weights[[mechanism]]
    if (side == "ODDS") {
      given$cont <- FALSE
      given$odds <- rbind(c(1, 2, 3, 4), c(3, 1, 1, 3))
    } else given$type <- side
    made <- do.call(ampute, given)
    told <- sapply(1:2, function(number) {
      if (mechanism == "MCAR") return(0)
      rows <- made$cand == number
      cor(is.na(made$amp[rows, number]), made$scores[[number]][, 1])
    })
    c(mean(rowSums(is.na(made$amp)) > 0), mean(is.na(made$amp$a)), mean(is.na(made$amp$b)), told)
  })
  cat(paste(c(mechanism, tolower(side), share, sprintf("%.4f", rowMeans(figures))), collapse = ","), "\n", sep = "")
}
