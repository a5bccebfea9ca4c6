"""Downloads: what they are on disk, on the line and by name."""
