from __future__ import annotations

from project.problems import Conflict, Invalid


class AnswersDoNotFit(Invalid):
    code = "answers-do-not-fit"
    title = "These answers do not fit the questions."


class NotLoaded(Invalid):
    code = "no-such-check-in"
    title = "There is no such check-in here."


class TooSoon(Conflict):
    code = "too-soon"
    title = "This one is not meant to be answered that often."


class Harsher(Invalid):
    code = "harsher-than-policy"
    title = "Preferences can only make things gentler than the policy."
