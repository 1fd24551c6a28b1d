# Arguments: counts (CSV), experiments in group A, where to write. Prints one line of JSON.
arguments <- commandArgs(TRUE)
suppressPackageStartupMessages(library(edgeR))
counts <- as.matrix(read.csv(arguments[1], row.names = 1))
group <- factor(rep(c("A", "B"), c(as.integer(arguments[2]), ncol(counts) - as.integer(arguments[2]))))
begin <- proc.time()
kept <- filterByExpr(DGEList(counts, group = group))
data <- calcNormFactors(DGEList(counts[kept, ], group = group))
data <- estimateTagwiseDisp(estimateCommonDisp(data))
found <- topTags(exactTest(data, pair = 2:1), n = Inf, sort.by = "none")$table
taken <- proc.time() - begin
write.csv(found[, c("logFC", "PValue")], arguments[3])
memory <- sub("[^0-9]*([0-9]+).*", "\\1", grep("VmHWM", readLines("/proc/self/status"), value = TRUE))
cat(sprintf(
  '{"seconds": %f, "processor": %f, "peak": %.0f, "version": "R %s.%s, edgeR %s"}\n', taken[["elapsed"]],
  taken[["user.self"]] + taken[["sys.self"]], as.numeric(memory) * 1024,
  R.version$major, R.version$minor, packageVersion("edgeR")
))
