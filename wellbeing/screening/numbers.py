"""Digits that point at somebody: cards, accounts, phones, personal numbers, and any other long run of digits."""

import re
from collections.abc import Iterator
from functools import lru_cache

import phonenumbers
from stdnum import numdb
from stdnum.es import ccc
from stdnum.ro import cnp
from stdnum.us import rtn

from wellbeing.screening.lines import known_lines
from wellbeing.screening.spans import Kind, Span

REGIONS = ("GB", "US", "RO", "ES", "DE", "FR", "IT", "IE")
ASKED_AT_MOST = 3  # phonenumbers takes 50-100 µs a region; beyond this many candidates all are masked unasked
CARD_DIGITS = range(13, 20)
ALWAYS_FROM = 9  # that many digits in a row are masked, whatever they are
PHONE_DIGITS = range(7, 16)
DIGIT = re.compile(r"\d")
LOOKED_THROUGH = 48  # digits of one run; it is masked as a number anyway
DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
LETTERS_FOR_DIGITS = str.maketrans("oilszb", "011528")

# Digits with at most one plain separator between them (two around brackets): what people write numbers with.
RUN = re.compile(r"(?<![\w.])\+?\(?\d(?:(?: ?\(0\))?[ .\-/)_]{0,2}\d){6,}(?!\w)|\d(?:[ .\-/)_]{0,2}\d){8,}")
# Digits however they are set apart: a Luhn sum must agree before this is masked.
SCATTERED = re.compile(r"\d(?:[^\w]{0,3}\d){12,}")
# Digits with letters that pass for digits among them: 4l11 11I1 ...
DISGUISED = re.compile(r"(?<![a-z0-9])[oilszb]{0,3}\d[\doilszb]*(?:[ .\-][oilszb]{0,3}\d[\doilszb]*)*(?![a-z0-9])")
# Dialled with a pause on both sides of a dash: 0722 - 123 - 456. Times of day have eight digits at most.
PAUSED = re.compile(r"(?<![\w.])(?:\+|0)\d(?:[ .\-/)_~]{0,3}\d){7,}(?!\w)")
INSTANT = re.compile(
    r"(?:19|20)\d\d[-/.](?:1[0-2]|0?[1-9])[-/.](?:3[01]|[12]\d|0?[1-9])|"
    r"(?:3[01]|[12]\d|0?[1-9])[-/.](?:1[0-2]|0?[1-9])[-/.](?:19|20)\d\d"
)
IBAN_DIGITS = 8
IBAN_LETTERS = {"n": r"\d", "a": "[a-z]", "c": "[a-z0-9]"}
IBAN_GAP = r"[ .\-_/]{0,2}"
IBAN_HEAD = re.compile(rf"(?<![a-z0-9])(?:iban)?(([a-z])[ .\-_/]?([a-z]){IBAN_GAP}\d[ .\-_/]?\d)(?={IBAN_GAP}[a-z0-9])")
ACCOUNT = re.compile(
    r"\b(?:account|acct|a/c|routing|sort ?code|konto(?:nummer|-?nr)?|kto|blz|cont(?:ul)?|cuenta|"
    r"compte|rib|ccc|bsb|clabe|bic|swift)\b"
    r"(?:[ .:#-]|\b(?:number|no|nr|num|is|ist|este|e|es|n[ou]mero|numarul|de|the|bancar|bancario|bancaire)\b){0,6}"
    r"([a-z]{0,4}\d(?:[ .\-]?\d){4,})"
)
SORT_CODE = re.compile(r"\b\d\d-\d\d-\d\d\b(?=\D{0,30}\b\d{7,8}\b)")
PERSONAL = re.compile(
    r"\b\d{3}-\d{2}-\d{4}\b|\bssn\W{1,3}\d{3} ?\d{2} ?\d{4}\b|\b\d\d\.?\d{3}\.?\d{3}[ -]{0,3}[a-z]\b|"
    r"\b[xyz][ -]?\d{7}[ -]?[a-z]\b|\b[a-z]{2} ?\d\d ?\d\d ?\d\d ?[a-d]\b|"
    r"\b(?:passport|pas[ae]porte?|pasaport(?:ul)?|reisepass|passeport)"
    r"(?:[ :#.-]|\b(?:number|no|nr|n[ou]m[ea]ro)\b){1,4}[a-z]{0,3}\d{6,9}\b"
)


def find_numbers(text: str) -> Iterator[Span]:
    """Spans of numbers in a shadow."""
    if not DIGIT.search(text):
        return
    yield from (Span(*match.span(1), Kind.BANK_ACCOUNT) for match in ACCOUNT.finditer(text))
    yield from (Span(*match.span(), Kind.BANK_ACCOUNT) for match in SORT_CODE.finditer(text))
    yield from (Span(*match.span(), Kind.PERSONAL_NUMBER) for match in PERSONAL.finditer(text))
    yield from find_runs(text)
    for match in SCATTERED.finditer(text):
        if holds_card(digits_of(match.group())):
            yield Span(*match.span(), Kind.PAYMENT_CARD)
    for match in DISGUISED.finditer(text):
        digits = digits_of(match.group().translate(LETTERS_FOR_DIGITS))
        if sum(map(str.isdigit, match.group())) >= 8 and holds_card(digits):
            yield Span(*match.span(), Kind.PAYMENT_CARD)


def find_runs(text: str) -> Iterator[Span]:
    """Runs of seven or more digits; dates are left alone, short ones only go when they can be a phone number."""
    asked = 0
    for match in [*RUN.finditer(text), *PAUSED.finditer(text)]:
        for start, end in without_instants(text, *match.span()):
            run = text[start:end]
            digits = digits_of(run)
            if len(digits) < PHONE_DIGITS.start or digits in known_lines():
                continue
            kind = kind_of_run(run.strip(), digits, ask=asked < ASKED_AT_MOST)
            asked += 1
            if kind:
                yield Span(start, end, kind)


def without_instants(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The parts of a run that are not calendar dates: '2026-11-22' must stay readable."""
    for match in INSTANT.finditer(text, start, end):
        if not is_digit(text, match.start() - 1) and not is_digit(text, match.end()):
            yield start, match.start()
            start = match.end()
    yield start, end


def is_digit(text: str, place: int) -> bool:
    """Whether there is a digit at that place; outside the text there is none."""
    return 0 <= place < len(text) and text[place].isdigit()


def kind_of_run(run: str, digits: str, *, ask: bool) -> Kind | None:
    """What a run most likely is, or None when it is short and nothing in particular."""
    if ccc.is_valid(digits):
        return Kind.BANK_ACCOUNT
    if holds_card(digits):
        return Kind.PAYMENT_CARD
    if cnp.is_valid(digits):
        return Kind.PERSONAL_NUMBER
    if len(digits) in PHONE_DIGITS and (looks_dialled(run, digits) or not ask or is_phone(run)):
        return Kind.PHONE
    if rtn.is_valid(digits):
        return Kind.BANK_ACCOUNT
    return Kind.NUMBER if len(digits) >= ALWAYS_FROM else None


def digits_of(run: str) -> str:
    """Only the digits."""
    return "".join(filter(str.isdigit, run))


def looks_dialled(run: str, digits: str) -> bool:
    """Long enough and begun as one dials: not worth asking."""
    return len(digits) >= ALWAYS_FROM and run[0] in "+(0"


def is_phone(run: str) -> bool:
    """Whether it is a number that some network of REGIONS (or, with a plus, any) could have given out."""
    regions: tuple[str | None, ...] = (None,) if run.startswith("+") else REGIONS
    return any(is_phone_of(run, region) for region in regions)


def is_phone_of(run: str, region: str | None) -> bool:
    """One region's opinion."""
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(run, region))
    except phonenumbers.NumberParseException:
        return False


def holds_card(digits: str) -> bool:
    """Whether 13 to 19 of these digits, beginning as cards do (2 to 6), pass the Luhn check (ISO/IEC 7812-1)."""
    if len(digits) < CARD_DIGITS.start:
        return False
    numbers = list(map(int, digits[:LOOKED_THROUGH]))
    return any(
        starts_as_card(numbers, start) and luhn_holds(numbers[start : start + length])
        for length in CARD_DIGITS
        for start in range(len(numbers) - length + 1)
    )


def starts_as_card(numbers: list[int], start: int) -> bool:
    """The first digit is a card scheme's, and not all of the first eight are the same."""
    return 2 <= numbers[start] <= 6 and len(set(numbers[start : start + 8])) > 1


def luhn_holds(numbers: list[int]) -> bool:
    """The Luhn sum (python-stdnum's own takes 20 µs, and a run is asked at many places)."""
    return (sum(numbers[-1::-2]) + sum(DOUBLED[number] for number in numbers[-2::-2])) % 10 == 0


def find_ibans(text: str) -> Iterator[Span]:
    """International account numbers by country and shape; one mistyped digit doesn't save one."""
    for match in IBAN_HEAD.finditer(text):
        shape = iban_shape(match.group(2) + match.group(3))
        found = shape.match(text, match.start(1)) if shape else None
        if found and sum(map(str.isdigit, found.group())) >= IBAN_DIGITS:
            yield Span(*found.span(), Kind.BANK_ACCOUNT)


@lru_cache(maxsize=512)
def iban_shape(country: str) -> re.Pattern[str] | None:
    """What that country's numbers look like, from the SWIFT registry in python-stdnum ("4!a16!c"); None for no country.

    At most two separators may stand between characters; the shape must end where the number does.
    """
    info = dict(numdb.get("iban").info(country.upper())[0][1])
    parts = re.findall(r"(\d+)!([nac])", info.get("bban", ""))
    if not parts:
        return None
    body = "".join(f"(?:{IBAN_GAP}{IBAN_LETTERS[kind]}){{{length}}}" for length, kind in parts)
    return re.compile(rf"{country[0]}{IBAN_GAP}{country[1]}{IBAN_GAP}\d{IBAN_GAP}\d{body}(?![a-z0-9])")
