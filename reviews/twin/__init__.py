"""A review as a file for machines: how it is written, read, checked and moved from one installation to another."""
