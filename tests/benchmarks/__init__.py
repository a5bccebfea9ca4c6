"""How light the program is: figures on a real pty, each beside a reference of the same run.

``python -m tests.benchmarks`` runs all of them; pytest runs none.
"""
