"""The programs that are measured or measured by, each started as a process of its own."""
