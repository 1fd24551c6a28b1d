# What R's edgeR makes of the counts beside this file: Rscript reference.R. Columns are named A... or B... by group.
suppressPackageStartupMessages(library(edgeR))
for (path in list.files(pattern = "counts.csv.gz$")) {
  counts <- as.matrix(read.csv(gzfile(path), row.names = 1))
  group <- factor(substr(colnames(counts), 1, 1))
  kept <- filterByExpr(DGEList(counts, group = group))
  counts <- counts[kept, , drop = FALSE]
  if (grepl("^given", path)) {
    data <- DGEList(counts, group = group, lib.size = 1e6 * seq_len(ncol(counts)))
  } else {
    data <- calcNormFactors(DGEList(counts, group = group))
  }
  if (max(table(group)) > 1) {
    data <- estimateTagwiseDisp(estimateCommonDisp(data))
    dispersion <- data$tagwise.dispersion
    normalised <- data$pseudo.counts
  } else {
    data <- estimateGLMCommonDisp(data, method = "deviance")
    dispersion <- rep(data$common.dispersion, nrow(counts))
    normalised <- cpm(data)
  }
  found <- exactTest(data, pair = 2:1)$table
  told <- data.frame(logFC = found$logFC, pvalue = found$PValue, dispersion, normalised)
  write.csv(format(told, digits = 15), gzfile(sub("counts", "expected", path)), quote = FALSE, row.names = rownames(counts))
}
