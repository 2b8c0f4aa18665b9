"""What must be true of the data: a verdict, a report and a quarantine."""
