"""Records of any source become a data set: staged on disk, related, written, put in place."""
