"""The commands, one module each: `define` adds the options to a parser, `run` runs the command.

A module is imported only when its command is chosen.
"""
