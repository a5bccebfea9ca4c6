"""Programs that the benchmarks start as processes."""
