"""The matchers of one rectified pair: one file each, its kernels beside it; `catalog.MATCHERS` is the one table."""
