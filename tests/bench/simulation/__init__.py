"""Thirty days of a thousand listeners, with a simulated clock: our pace and queue rules against first in, first out."""
