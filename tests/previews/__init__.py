"""Video files: the demo's clips, and what is wrong with others."""
