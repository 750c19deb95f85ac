"""How fast is Countersign, and how far from the least that the same work can cost? See docs/benchmark.md."""
