"""Forgetting a user: a data set without them, and what still knows them.

`names` says whom a person means, `erasure` makes the data set, `traces` finds what still knows a
user, `remains` takes away what can be taken away without a loss.
"""
