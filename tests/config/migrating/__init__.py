"""An app that exists in tests only: one table, and migrations as somebody may write them."""
