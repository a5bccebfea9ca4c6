"""Turns values into text for people and scripts; knows no Textual."""
