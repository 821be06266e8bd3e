"""Sets one report in a process of its own: `typeset.py TEMPLATE TIME`, JSON in, PDF out.

Typst keeps what it laid out, so a worker that set reports itself would grow with every export and would die with a
fault in the typesetter. Content passes through pipes only. Exit code 3: a letter that no font has.
"""

import sys
from pathlib import Path

NO_GLYPH = 3


def main() -> int:
    """TIME is in seconds since 1970 (UTC) and is stamped into the file."""
    import typst  # only here: whoever imports this module's names sets nothing, and it is 7 MB

    template, moment = Path(sys.argv[1]), int(sys.argv[2])
    try:
        pdf = typst.compile(
            template.read_bytes(),
            sys_inputs={"facts": sys.stdin.read()},
            pdf_standards=["a-2b"],
            ignore_system_fonts=True,
            timestamp=moment,
            pdf_tags=False,  # tags are for levels a and u, and cost more memory than the text
        )
    except typst.TypstError as error:
        # The message quotes the text it could not set, so it stays in here.
        return NO_GLYPH if "could not be displayed" in str(error) else 1
    sys.stdout.buffer.write(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main())
