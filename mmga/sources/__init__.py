"""One importer a raw format: whatever a person has becomes the canonical tables."""
