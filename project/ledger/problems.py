"""What the ledger's API refuses, for whoever asked."""

from __future__ import annotations

from project.problems import Conflict, Invalid


class NotSealed(Conflict):
    code = "not-sealed-yet"
    title = "This entry is not in that tree yet."


class NoTree(Invalid):
    code = "no-such-tree"
    title = "There is no signed tree of that size."
