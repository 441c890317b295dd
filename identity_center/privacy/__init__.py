"""What the law gives a citizen over their data: a copy, a correction, an end (docs/privacy.md)."""
