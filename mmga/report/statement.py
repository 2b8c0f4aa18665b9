"""What the project says of itself wherever it describes a model: written once."""

WHAT = (
    "Ranks users by who will become a fan of an account, accounts by whom a user will follow, and"
    " users by how alike they are."
)

METHOD = (
    "The method is multi-step graph alignment: a follow graph, pictures and texts teach one"
    " another, as far as there are such. It is a design consistent"
    ' with the abstract of Yang et al. 2022, "Multimodal learning with Graph Alignment"'
    " (arXiv:2210.09946). It is no reproduction: that paper's full text, code and data are not"
    " public, and its numbers are not claimed."
)

LIMITS = (
    "A score orders the users of one query; it is no probability. Users who came after the training"
    " are unknown to it. Follows that existed then are never predicted. Use it to suggest, not to"
    " decide about a person."
)
