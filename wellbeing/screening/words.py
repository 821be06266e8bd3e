"""What is written with letters: e-mail addresses, links, references, credentials, street addresses."""

import re
from collections.abc import Iterator

from wellbeing.screening.lines import is_line
from wellbeing.screening.spans import Kind, Span

TOP_LEVEL = (
    "com|org|net|edu|gov|info|biz|app|dev|io|co|me|tv|ai|gg|xyz|site|online|link|page|cloud|eu|uk|us|ie|ro|es|de|fr|it|"
    "pt|nl|be|at|ch|pl|hu|cz|bg|gr|se|no|fi|dk|ru|ua|in|cn|jp|br|mx|ar|ca|au|nz|md|ly|gl|gd|sh|to"
)
DIGIT = re.compile(r"\d")
AT = re.compile(r"@|\(at\)|\[at\]|\{at\}|\bat\b|\barond\b|\barroba\b|\(arroba\)")
TOLD_IN_FRENCH = re.compile(
    rf"\w[\w.+%-]*(?: point [\w+%-]+)? arobas?e? [a-z0-9-]{{1,40}}(?: point [a-z0-9-]{{2,30}})? point (?:{TOP_LEVEL})\b"
)
DOT = r"(?: ?\. ?| ?[\[({] ?(?:dot|punct|punto|punkt) ?[\])}] ?| (?:dot|punct|punto|punkt) )"
BEFORE_AT = re.compile(rf"\w[\w.+%-]*(?:{DOT}[\w+%-]+)? ?$")
AFTER_AT = re.compile(rf" ?[\w-]{{1,63}}(?:{DOT}[\w-]{{2,30}}){{1,4}}")
AFTER_TOLD_AT = re.compile(rf" ?[a-z0-9-]{{1,40}}(?:{DOT}[a-z0-9-]{{2,30}}){{0,2}}{DOT}(?:{TOP_LEVEL})\b")
MARK_OF_LINK = re.compile(r"\.[a-z0-9\])]|/|@|www|mailto:|data:|\b(?:dot|punct|punto|punkt) ")
LOCAL_PART = 100  # characters before an @ that are looked at
LINK = re.compile(
    r"\b(?:[a-z][a-z0-9+.-]{1,15}://|www\.|mailto:|data:[a-z]+/)[^\s<>\"]+|"
    rf"(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]{{0,62}})(?:\.|\[\.\]|\(\.\))){{1,4}}(?:{TOP_LEVEL})(?:[/?#:][^\s<>\"]*|(?![\w-]|\.\w))"
)
SPLIT_LINK = re.compile(r"\bh ?[tx] ?[tx] ?p ?s? ?: ?/ ?/ ?\S+(?: ?\. ?\S+)*")
TOLD_LINK = re.compile(
    r"\b[a-z0-9-]{2,40} (?:dot|punct|punto|punkt) (?:com|org|net|info|biz|io|app|eu)\b"
    r"(?: (?:slash|bara|barra) [\w-]+){0,4}"
)
HOST = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?::\d{2,5}|/)\S*")
HANDLE = re.compile(r"(?<![\w/])@[a-z0-9_]{3,30}\b")
UUID = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:[ -]?[0-9a-f]{4}){3}[ -]?[0-9a-f]{12}(?![0-9a-f])")
CASE = re.compile(r"\b[a-z]{1,12}[ ]?[-_#/][ ]?(?:\d{4}[-_/ ])?\d{3,}\b")
NAMES = (
    r"\b(?:clip|case|lease|recording|device|serial|ticket|record|household|customer|subject|caz(?:ul)?|inregistrarea?|"
    r"caso|grabacion|dispositivo?|clip-?ul|dosar(?:ul)?|dossier|enregistrement|aufnahme|akte|fall (?:nr|nummer))s?"
)
NAME = re.compile(NAMES)
NAMED = re.compile(
    rf"{NAMES}"
    r"(?:[ :#.°-]|\b(?:id|ref|reference|number|nummer|n|numarul|numero|no|nr|num|called|is|este|es)\b){1,6}"
    r"((?=[a-z-]{0,12}\d)[a-z0-9][\w-]{3,})"
)
SERIAL = re.compile(r"(?<![\w-])(?=[a-z-]{0,12}\d)(?=[\d-]{0,12}[a-z])(?=(?:[^\d\s]*\d){3})[a-z0-9]{10,64}(?![\w-])")
LONG_TOKEN = re.compile(r"(?<![\w+/=-])(?=[\w+/-]*\d)(?=[\w+/-]*[a-z])[\w+/-]{24,}={0,2}")
CREDENTIAL = re.compile(
    r"\b(?:(?:passw[o0]rd|passcode|passphrase|pass ?word|pwd|pin(?:-?ul| code)?|cvv2?|cvc|otp|api key|token|"
    r"secret|parola|codul pin|contrasena|clave|codigo|passwort|kennwort|mot de passe)\b"
    r"(?:\s?[:=]\s?|\s(?:is|was|este|e|era|es|su|ist|lautet|est)\s(?:now |just )?)|pass\s?[:=]\s?)"
    r"(?!\[|(?:not|never|always|too|very|no|nu|un|una|a|the|wrong|right|nicht|kein|pas|falsch|safe|private|personal)\b)[\"'`]?([^\s,;]{3,})"
)
SHORT_CODE = re.compile(r"\b(?:otp|pin|cvv2?|cvc) (\d{3,8})\b")
STREET_EN = re.compile(
    r"\b\d{1,5}[a-z]?,? (?:(?!(?:and|or|to|of|in|on|with|then|i|we|they|you|is|are|was|were|for|people|"
    r"down|up|at|from|near|this|that|my|your|our) )[a-z][\w'.-]* ){1,4}"
    r"(?:street|st|road|rd|avenue|ave|lane|ln|drive|crescent|boulevard|blvd|terrace|square|gardens|grove|court|parkway)\b"
    r"(?:,? (?:apt|apartment|flat|unit|floor) ?#?\w{1,5})?"
)
STREET_AFTER = re.compile(
    r"\b(?:strada|str\.|bulevardul|bd\.|b-dul|calea|aleea|soseaua|sos\.|calle|c/|avenida|avda\.?|plaza|paseo|ronda)\s?"
    r"(?:[a-z][\w'.-]*,? ){1,5}(?:(?:nr|numarul|n[uo]m(?:ero)?|no)\.? ?)?\d{1,5}[a-z]?\b"
    r"(?:,? (?:bl|bloc|sc|scara|et|ap|apartament|piso|puerta|portal)\.? ?\w{1,4}){0,4}"
)
STREET_DE = re.compile(
    r"\b(?:[a-z]{3,}(?:strasse|str\.|gasse|allee|platz|damm|ufer)|(?:strasse|platz|allee) [a-z]+),?"
    r" (?:nr\.? ?|nummer )?\d{1,4} ?[a-z]?\b(?:,? \d{5} [a-z]+)?"
)
TOWN_DE = re.compile(r"\b[a-z]{3,} \d{1,4}[a-z]?, ?\d{5} [a-z]{3,}")
STREET_FR = re.compile(
    r"\b\d{1,4}(?: ?bis| ?ter)?,? "
    r"(?:(?:rue|avenue|av\.|boulevard|bd\.?|chemin|impasse|quai) (?:d[eu]s? |l[ae]s? |[dl]['’])*|"
    r"(?:place|route|cours|allee) (?:d[eu]s? |l[ae]s? |[dl]['’])+)[a-z][\w'’-]+(?: [a-z][\w'’-]+)?(?:, \d{5} [a-z]+)?"
)
STREET_RO = re.compile(r"\bstr [a-z][\w.-]*(?: [a-z][\w.-]*){0,3},? nr\.? ?\d{1,4}")
POST_BOX = re.compile(r"\b(?:p\.? ?o\.? box|postfach|apartado(?: de correos)?|casuta postala) (?:nr\.? ?)?\d{1,6}\b")
POSTCODE = re.compile(
    r"\b(?:[a-z]{1,2}\d[a-z\d]? \d[abd-hjlnp-uw-z]{2}|[a-z]{1,2}\d{1,2}[a-z]?\d[abd-hjlnp-uw-z]{2}(?=,|\.|$))\b"
)


def find_words(text: str) -> Iterator[Span]:
    """Spans of what is written with letters in a shadow. Each search is only made when its marks are there at all."""
    yield from find_emails(text)
    searches = [*ALWAYS]
    if MARK_OF_LINK.search(text):
        searches += LINKS
    if DIGIT.search(text):
        searches += WITH_DIGITS
    for pattern, kind, group in searches:
        yield from (Span(*match.span(group), kind) for match in pattern.finditer(text) if not tells_a_line(match))


def tells_a_line(match: re.Match[str]) -> bool:
    """'Lifeline #988' and 'Lifeline - 988' tell of a crisis line; 'case #988' of a case, and 'ab-988' of anything."""
    said = match.group()
    return match.re is CASE and (" " in said or "#" in said) and is_line(said) and not NAME.match(said)


def find_emails(text: str) -> Iterator[Span]:
    """E-mail addresses, with their @ and dots as signs or told in words; looked for around each @."""
    if " arobas" in text:
        yield from (Span(*match.span(), Kind.EMAIL) for match in TOLD_IN_FRENCH.finditer(text))
    for at in AT.finditer(text):
        after = (AFTER_AT if at.group() == "@" else AFTER_TOLD_AT).match(text, at.end())
        begin = max(0, at.start() - LOCAL_PART)
        before = BEFORE_AT.search(text[begin : at.start()]) if after else None
        if after and before:
            yield Span(begin + before.start(), after.end(), Kind.EMAIL)


Search = tuple[re.Pattern[str], Kind, int]
ALWAYS: tuple[Search, ...] = ((CREDENTIAL, Kind.CREDENTIAL, 1),)
LINKS: tuple[Search, ...] = (
    (LINK, Kind.LINK, 0),
    (SPLIT_LINK, Kind.LINK, 0),
    (TOLD_LINK, Kind.LINK, 0),
    (HOST, Kind.LINK, 0),
    (HANDLE, Kind.LINK, 0),
)
WITH_DIGITS: tuple[Search, ...] = (
    (UUID, Kind.REFERENCE, 0),
    (CASE, Kind.REFERENCE, 0),
    (NAMED, Kind.REFERENCE, 1),
    (SERIAL, Kind.REFERENCE, 0),
    (LONG_TOKEN, Kind.REFERENCE, 0),
    (STREET_EN, Kind.ADDRESS, 0),
    (STREET_AFTER, Kind.ADDRESS, 0),
    (STREET_DE, Kind.ADDRESS, 0),
    (TOWN_DE, Kind.ADDRESS, 0),
    (STREET_FR, Kind.ADDRESS, 0),
    (STREET_RO, Kind.ADDRESS, 0),
    (POST_BOX, Kind.ADDRESS, 0),
    (POSTCODE, Kind.ADDRESS, 0),
    (SHORT_CODE, Kind.CREDENTIAL, 1),
)
