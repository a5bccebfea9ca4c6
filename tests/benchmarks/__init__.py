"""Performance benchmarks: each figure is measured beside a reference in the same run.

``python -m tests.benchmarks`` runs them all on a real pseudo-terminal; pytest runs none of them.
"""
