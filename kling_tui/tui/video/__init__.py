"""Shows and plays downloaded videos in the terminal."""
