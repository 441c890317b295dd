"""Whether the chained logs are what was written: every row that was altered, removed or re-ordered, by its number."""
