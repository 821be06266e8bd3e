"""Sound as data: decode whole within limits, soften, outline, silence. NumPy and soundfile; no ORM, no settings.

Here is what every process may import: decoding goes on in processes apart. What computes itself (`decode`, `study`,
`soften`, `silence`) brings NumPy, 16 MB, and is imported from its module by whoever computes.
"""

from project.sound.apart import DecoderAway, Found, study_apart
from project.sound.found import CONTENT_TYPES, Info
from project.sound.limits import BadSound, Fault, Limits

__all__ = ["CONTENT_TYPES", "BadSound", "DecoderAway", "Fault", "Found", "Info", "Limits", "study_apart"]
