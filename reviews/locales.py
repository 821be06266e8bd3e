"""Language tags (BCP 47) as clips carry them. Pure."""

import re
from typing import Final

LOCALE: Final = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
