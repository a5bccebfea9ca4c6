"""The commands, each as scripts meet it."""
