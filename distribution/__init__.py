"""What is made for the packages only: the man page, and the files for completion in shells."""
