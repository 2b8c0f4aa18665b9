"""When the stages run, for whom, and what if one fails."""
