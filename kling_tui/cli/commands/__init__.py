"""The commands, a module each: `define` adds its options to a parser, `run` does it.

A module is loaded when its command is chosen, and none loads what it does not use.
"""
