"""Dates in languages for which Django has no formats."""
