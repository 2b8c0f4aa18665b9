"""Who is called what: pseudonyms, where texts name people, and who was forgotten."""
