"""JSON of every shape there is, for properties that hold of whatever comes."""

from hypothesis import strategies as st

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
"""Any value of JSON, halves of surrogate pairs, NaN and enormous numbers among them."""
