"""Numbers told in words, digit by digit, in English, Romanian, Spanish, German and French: "four double cero opt"."""

import re
from collections.abc import Iterator

from wellbeing.screening.lines import is_line
from wellbeing.screening.numbers import holds_card
from wellbeing.screening.spans import Kind, Span

SHORTEST = 7
TOLD = 3
UNITS = {
    "zero": "0", "oh": "0", "nought": "0", "nil": "0", "one": "1", "two": "2", "three": "3", "four": "4", "five": "5",
    "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10", "eleven": "11", "twelve": "12",
    "thirteen": "13", "fourteen": "14", "fifteen": "15", "sixteen": "16", "seventeen": "17", "eighteen": "18",
    "nineteen": "19",
    "unu": "1", "una": "1", "doi": "2", "doua": "2", "trei": "3", "patru": "4", "cinci": "5", "sase": "6",
    "sapte": "7", "opt": "8", "noua": "9", "zece": "10",
    "unsprezece": "11", "doisprezece": "12", "treisprezece": "13", "paisprezece": "14", "cincisprezece": "15",
    "saisprezece": "16", "saptesprezece": "17", "optsprezece": "18", "nouasprezece": "19",
    "cero": "0", "uno": "1", "dos": "2", "tres": "3", "cuatro": "4", "cinco": "5", "seis": "6", "siete": "7",
    "ocho": "8", "nueve": "9", "diez": "10",
    "doce": "12", "trece": "13", "catorce": "14", "quince": "15", "dieciseis": "16", "diecisiete": "17",
    "dieciocho": "18", "diecinueve": "19", "veintiuno": "21", "veintidos": "22", "veintitres": "23",
    "veinticuatro": "24", "veinticinco": "25", "veintiseis": "26", "veintisiete": "27", "veintiocho": "28",
    "veintinueve": "29",
    "null": "0", "eins": "1", "zwei": "2", "zwo": "2", "drei": "3", "vier": "4", "funf": "5", "fuenf": "5",
    "sechs": "6", "sieben": "7", "acht": "8", "neun": "9", "zehn": "10", "zwolf": "12", "dreizehn": "13",
    "un": "1", "une": "1", "deux": "2", "trois": "3", "quatre": "4", "cinq": "5", "sept": "7", "huit": "8",
    "neuf": "9", "dix": "10", "onze": "11", "douze": "12", "treize": "13", "quatorze": "14", "quinze": "15",
    "seize": "16",
    "vierzehn": "14", "funfzehn": "15", "sechzehn": "16", "siebzehn": "17", "achtzehn": "18", "neunzehn": "19",
}  # fmt: skip
TENS = {
    "twenty": "2", "thirty": "3", "forty": "4", "fifty": "5", "sixty": "6", "seventy": "7", "eighty": "8",
    "ninety": "9",
    "douazeci": "2", "treizeci": "3", "patruzeci": "4", "cincizeci": "5", "saizeci": "6", "saptezeci": "7",
    "optzeci": "8", "nouazeci": "9",
    "veinte": "2", "treinta": "3", "cuarenta": "4", "cincuenta": "5", "sesenta": "6", "setenta": "7", "ochenta": "8",
    "noventa": "9",
    "vingt": "2", "trente": "3", "quarante": "4", "cinquante": "5", "soixante": "6", "septante": "7", "huitante": "8",
    "octante": "8", "nonante": "9",
    "zwanzig": "2", "dreissig": "3", "vierzig": "4", "funfzig": "5", "sechzig": "6", "siebzig": "7",
    "achtzig": "8", "neunzig": "9",
}  # fmt: skip
# German puts the unit first, in one word: "vierundzwanzig" is 24.
_GERMAN_UNITS = {
    "ein": "1", "zwei": "2", "drei": "3", "vier": "4", "funf": "5", "sechs": "6", "sieben": "7", "acht": "8",
    "neun": "9",
}  # fmt: skip
UNITS |= {
    f"{unit}und{tens}": TENS[tens] + digit
    for tens in TENS
    if tens.endswith(("zig", "ssig"))
    for unit, digit in _GERMAN_UNITS.items()
}
TIMES = {"double": 2, "dublu": 2, "doble": 2, "doppel": 2, "triple": 3, "triplu": 3}
BETWEEN = frozenset(
    {"and", "si", "y", "und", "et", "dash", "space", "minus", "then", "apoi", "luego", "dann", "puis", "o"}
)
WORD = re.compile(r"[a-z]+|\d+|[.!?;\n]")
NUMBER_WORDS = frozenset([*UNITS, *TENS, *TIMES])


def find_spoken(text: str) -> Iterator[Span]:
    """Spans of at least seven digits, most of them told in words, that follow one another."""
    if not tells_digits(text):
        return
    run: list[re.Match[str]] = []
    for match in WORD.finditer(text):
        word = match.group()
        if is_number_word(word) or (run and word in BETWEEN) or (run and word.isdigit() and len(word) <= 4):
            run.append(match)
            continue
        if run and word not in ".;":
            yield from span_of(run)
            run = []
    yield from span_of(run)


def tells_digits(text: str) -> bool:
    """Whether three number words follow one another closely anywhere: most messages are done after this look."""
    near = 0
    for word in WORD.findall(text):
        near = near + 1 if word in NUMBER_WORDS else near if word in BETWEEN or word.isdigit() else 0
        if near == TOLD:
            return True
    return False


def is_number_word(word: str) -> bool:
    """Whether a word tells digits, or how often the next is told."""
    return word in NUMBER_WORDS


def span_of(run: list[re.Match[str]]) -> Iterator[Span]:
    """The run as one span, if it is long enough and told in words; words between at its end stay outside."""
    while run and run[-1].group() in BETWEEN:
        run.pop()
    if not run:
        return
    words = [match.group() for match in run]
    told = sum(map(is_number_word, words))
    digits = digits_told(words)
    if told >= TOLD and len(digits) >= SHORTEST and not counts_up_or_down(digits) and not is_line(digits):
        kind = Kind.PAYMENT_CARD if holds_card(digits) else Kind.NUMBER
        yield Span(run[0].start(), run[-1].end(), kind)


def digits_told(words: list[str]) -> str:
    """'double five twenty three' as '5523'; 'twenty' alone as '20'."""
    digits: list[str] = []
    times = 1
    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word in TIMES:
            times = TIMES[word]
            continue
        if word in TENS:
            told = TENS[word] + ("" if len(UNITS.get(following, "")) == 1 and following not in ("oh", "zero") else "0")
        else:
            told = UNITS.get(word, word if word.isdigit() else "")
        digits.append(told * times)
        times = 1
    return "".join(digits)


def counts_up_or_down(digits: str) -> bool:
    """Counting to ten is a breathing exercise, not a number."""
    up = "12345678910111213"
    down = "10987654321"
    return digits in up or digits in down


def is_counting(said: str) -> bool:
    """Whether somebody counts to ten, or down from it, in what they say there."""
    digits = digits_told([match.group() for match in WORD.finditer(said)])
    return "12345678910" in digits or "10987654321" in digits
