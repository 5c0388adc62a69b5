"""Measurements of the codec: run `python -m bench` for the list. Results are JSON files in bench/results."""
