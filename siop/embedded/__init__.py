"""Servers and environment behind `up` and `test`, so that two commands are all a bare machine needs."""
