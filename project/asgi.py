"""What an ASGI server loads: the whole address (project.serving), unless the key ring is not the right one."""

from project.serving import application
from project.vault.startup import refuse_a_wrong_ring

__all__ = ["application"]

refuse_a_wrong_ring()
