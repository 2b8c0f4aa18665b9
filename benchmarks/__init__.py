"""What whole commands cost on this machine, with the aims beside it."""
