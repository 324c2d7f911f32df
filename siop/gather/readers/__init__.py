"""Bytes in, tables of text out. Kept empty: the child process imports this package first."""
