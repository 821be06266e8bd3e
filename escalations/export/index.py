"""index.html: the archive for a reader with a browser and no network. It refers to nothing outside its folder."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from escalations.export.bag import Digest
from escalations.export.facts import Exhibit, ExportFacts
from escalations.export.report import CONFIDENTIAL, checks, summary
from escalations.export.tables import instant

STYLE = """
:root { color-scheme: light; font: 16px/1.5 system-ui, sans-serif; --page: #fff; --ink: #1b1f24; --soft: #4a535d;
  --line: #c9ced4; --link: #0b57a4; }
@media (prefers-color-scheme: dark) { :root { color-scheme: dark; --page: #15181c; --ink: #e6e9ec; --soft: #aab3bc;
  --line: #3b434b; --link: #8cc4ff; } }
@media print { :root { color-scheme: light; --page: #fff; --ink: #000; --soft: #333; --link: #000; }
  audio, nav { display: none; } }
body { max-width: 62rem; margin: 2rem auto; padding: 0 1rem; background: var(--page); color: var(--ink); }
a { color: var(--link); overflow-wrap: anywhere; }
a:focus-visible, .scroll:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; margin: 0.5rem 0 1.5rem; }
th, td { text-align: left; vertical-align: top; padding: 0.3rem 0.6rem; border-bottom: 1px solid var(--line); }
tr > td:first-child { white-space: nowrap; }
th[scope=row] { width: 14rem; font-weight: 600; color: var(--soft); }
code, .hash { overflow-wrap: anywhere; font: 0.85em/1.5 ui-monospace, monospace; }
audio { width: min(100%, 30rem); }
.scroll { overflow-x: auto; }
h3 { margin: 2rem 0 0.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
nav ul { display: flex; flex-wrap: wrap; gap: 0 1.2rem; padding: 0; list-style: none; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; media-src 'self' file:; base-uri 'none'; form-action 'none'"


def index_html(facts: ExportFacts, written: Mapping[str, Digest], fingerprint: str) -> bytes:
    """The whole page."""
    return "\n".join(page(facts, written, fingerprint)).encode()


def page(facts: ExportFacts, written: Mapping[str, Digest], fingerprint: str) -> Iterator[str]:
    """The page, line by line."""
    title = f"Case {facts.case.number}: export"
    yield f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
    yield f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    yield f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body><main>'
    yield f"<h1>{escape(title)}</h1><p>{escape(CONFIDENTIAL[facts.profile])}</p>"
    parts = ("Documents", "Checks", "Exhibits", "Timeline", "Custody")
    yield "<nav><ul>" + "".join(f'<li><a href="#{part.lower()}">{part}</a></li>' for part in parts) + "</ul></nav>"
    yield from rows((), summary(facts, fingerprint))
    yield "<h2 id=documents>Documents</h2><ul>"
    yield from (f'<li><a href="{name}">{name}</a>: {what}</li>' for name, what in documents(written))
    yield "</ul><h2 id=checks>How to check it</h2><ol>"
    yield from (f"<li>{escape(why)}<br><code>{escape(how)}</code></li>" for why, how in checks(facts))
    yield "</ol><h2 id=exhibits>Exhibits</h2>"
    for exhibit in facts.exhibits:
        yield from section(exhibit, written)
    yield "<h2 id=timeline>Timeline</h2>"
    steps = [(instant(one.at), one.event, one.person, one.detail) for one in facts.timeline]
    yield from rows(("UTC", "Event", "Who", "Detail"), steps)
    yield "<h2 id=custody>Custody</h2>"
    opened = [
        (instant(one.at), one.exhibit, one.person, f"{one.act} {one.version}", one.purpose) for one in facts.custody
    ]
    yield from rows(("UTC", "Exhibit", "Who", "Act", "Purpose"), opened)
    yield "</main></body></html>\n"


def documents(written: Mapping[str, Digest]) -> list[tuple[str, str]]:
    """The archive's own documents that are in the bag by now."""
    known = (
        ("report.pdf", "the report, with waveforms"),
        ("exhibits.csv", "every recording with its hashes at intake and at export"),
        ("timeline.csv", "the steps of the case"),
        ("custody.csv", "who opened which exhibit, when and what for"),
        ("case.jsonld", "the same as CASE/UCO 1.4, for machines"),
        ("ledger/checkpoint.txt", "the signed head of the ledger"),
        ("ledger/proofs.json", "the ledger's entries of this case and the proofs that lead to the head"),
    )
    more = [(path.removeprefix("data/"), "the report goes on") for path in written if path.startswith("data/report-")]
    return [*((name, what) for name, what in known if f"data/{name}" in written), *more]


def section(exhibit: Exhibit, written: Mapping[str, Digest]) -> Iterator[str]:
    """One exhibit. The redacted copy stands first: who opens the page should not start with the original."""
    yield f"<h3>{escape(exhibit.number)}</h3>"
    files = ((exhibit.redacted_path, "Redacted copy"), (exhibit.original_path, "Original"))
    for path, label in files:
        if path in written:
            link = escape(path.removeprefix("data/"))
            yield f'<p><a href="{link}">{label}</a><br><audio controls preload="none" src="{link}"></audio></p>'
    if exhibit.transcript_path in written:
        yield f'<p><a href="{escape(exhibit.transcript_path.removeprefix("data/"))}">Machine transcript</a></p>'
    original, redacted = written.get(exhibit.original_path), written.get(exhibit.redacted_path)
    yield from rows(
        (),
        [
            ("Length", f"{exhibit.duration_ms / 1000:.3f} s"),
            ("Recorded", instant(exhibit.recorded_at) or "unknown"),
            ("Received", instant(exhibit.ingested_at)),
            ("SHA-256 at intake", exhibit.sha256),
            ("SHA-256 at export", original.sha256 if original else "not carried"),
            ("SHA-256 of the redacted copy", redacted.sha256 if redacted else "not carried"),
            ("Silenced in the copy", silenced(exhibit) or "nothing: no critical data was flagged"),
        ],
    )


def silenced(exhibit: Exhibit) -> str:
    """The flagged spans, in seconds."""
    return ", ".join(f"{one.start_ms / 1000:.1f} to {one.end_ms / 1000:.1f} s" for one in exhibit.silenced)


def rows(head: Sequence[str], body: Iterable[Sequence[object]]) -> Iterator[str]:
    """A table. Without a head, the first cell of each row is its heading."""
    yield '<div class="scroll" tabindex="0"><table>'
    if head:
        yield "<tr>" + "".join(f"<th scope=col>{escape(one)}</th>" for one in head) + "</tr>"
    for row in body:
        first = f"<td>{escape(str(row[0]))}</td>" if head else f"<th scope=row>{escape(str(row[0]))}</th>"
        yield "<tr>" + first + "".join(f"<td>{escape(str(one))}</td>" for one in row[1:]) + "</tr>"
    yield "</table></div>"
