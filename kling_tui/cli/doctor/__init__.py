"""What `doctor` looks at: each module checks one thing, and says what to do about it."""
