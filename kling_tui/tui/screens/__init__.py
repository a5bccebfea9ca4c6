"""The main screen, and one file for each dialog."""
