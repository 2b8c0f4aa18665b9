"""The model registry: which version is challenger, champion and previous, and why.

`registration` makes a version of the trained model, `promotion` decides between challenger and
champion on the current test split, `versions` finds and reads what is registered.
"""
