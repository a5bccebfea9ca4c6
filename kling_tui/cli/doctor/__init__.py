"""The checks of the command ``doctor``: each module yields results with advice."""
