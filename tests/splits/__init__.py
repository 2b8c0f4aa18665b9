"""The split: parts, cold users, negatives."""
