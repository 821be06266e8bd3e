"""Checks of the container: that the bag is whole, unchanged, signed, and existed when its timestamp says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cryptography import x509

from escalations.export import signing, stamp
from escalations.export.archive import Archive, digest, read
from escalations.export.bag import (
    DECLARATION,
    LAST_MANIFEST,
    PAYLOAD_MANIFESTS,
    SIGNED_MANIFEST,
    Digest,
    is_payload,
    is_plain,
)
from escalations.export.package import CERTIFICATE, SIGNATURE, TIMESTAMP

LINE = re.compile(r"([0-9a-f]{64}|[0-9a-f]{128})  (.+)")
SEALS = frozenset({SIGNATURE, TIMESTAMP})


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something that is wrong with one file of the export."""

    path: str
    problem: str


@dataclass(frozen=True, slots=True)
class Trust:
    """What the reader knows by another way than the export itself. Whatever is None is taken from the export."""

    certificate: x509.Certificate | None = None
    ledger_key_pem: bytes | None = None
    authorities: Sequence[x509.Certificate] = ()


def manifest(archive: Archive, path: str) -> tuple[dict[str, str], list[Finding]]:
    """One manifest: hash by path, and the lines that are none."""
    listed: dict[str, str] = {}
    wrong: list[Finding] = []
    width = 128 if "sha512" in path else 64
    text = read(archive, path).decode("utf-8", "replace")
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        match = LINE.fullmatch(line)
        if not match or len(match[1]) != width or not is_plain(match[2]) or match[2] in listed:
            wrong.append(Finding(path, f"line {number} is no entry of a manifest"))
        else:
            listed[match[2]] = match[1]
    return listed, wrong


def check_bag(archive: Archive) -> tuple[dict[str, Digest], list[Finding]]:
    """Every file against every manifest that has to list it (RFC 8493 section 3). Returns what the files really are."""
    files = {path: digest(archive, path) for path in archive.paths()}
    findings: list[Finding] = []
    lists: dict[str, dict[str, str]] = {}
    for path in (*PAYLOAD_MANIFESTS, SIGNED_MANIFEST, LAST_MANIFEST):
        if path not in files:
            findings.append(Finding(path, "is missing"))
        lists[path], wrong = manifest(archive, path)
        findings += wrong if path in files else []
    findings += listing(files, lists)
    findings += [Finding(path, "is listed but missing") for path in sorted({p for one in lists.values() for p in one})
                 if path not in files]  # fmt: skip
    if read(archive, "bagit.txt") != DECLARATION:
        findings.append(Finding("bagit.txt", "is not the declaration of a BagIt 1.0 bag"))
    return files, findings


def listing(files: Mapping[str, Digest], lists: Mapping[str, Mapping[str, str]]) -> Iterator[Finding]:
    """Each file's hashes against the manifests. Where one hash fits and another doesn't, the manifest is at fault."""
    for path, real in files.items():
        wanted = must_list(path)
        said = {name: lists[name].get(path) for name in wanted}
        for name in [name for name in wanted if said[name] is None]:
            yield Finding(path, f"is not listed in {name}")
            yield Finding(name, f"does not list {path}")
        fits = {name: said[name] == getattr(real, algorithm(name)) for name in wanted if said[name] is not None}
        if fits and not any(fits.values()):
            yield Finding(path, "was changed: its hash is not the one in the manifest")
            if path in SEALS:
                yield Finding(LAST_MANIFEST, f"is the only one that lists {path}, and gives another hash")
        elif not all(fits.values()):
            yield from (Finding(name, f"has a wrong hash for {path}") for name, fit in fits.items() if not fit)


def must_list(path: str) -> tuple[str, ...]:
    """The manifests that have to list a file."""
    if is_payload(path):
        return PAYLOAD_MANIFESTS
    if path in (SIGNED_MANIFEST, LAST_MANIFEST):
        return ()
    return (LAST_MANIFEST,) if path in SEALS else (SIGNED_MANIFEST, LAST_MANIFEST)


def algorithm(name: str) -> str:
    """The hash that a manifest's name says."""
    return name.removesuffix(".txt").rpartition("-")[2]


def bag_info(archive: Archive) -> dict[str, str]:
    """bag-info.txt by field."""
    lines = read(archive, "bag-info.txt").decode("utf-8", "replace").splitlines()
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


def check_oxum(info: Mapping[str, str], files: Mapping[str, Digest]) -> Iterator[Finding]:
    """Size and number of the payload as bag-info says them."""
    payload = [one.size for path, one in files.items() if is_payload(path)]
    if info.get("Payload-Oxum") != f"{sum(payload)}.{len(payload)}":
        yield Finding("bag-info.txt", "says another size or number of files than there are (Payload-Oxum)")


def check_signature(archive: Archive, trust: Trust) -> Iterator[Finding]:
    """The organisation's signature over the tag manifest."""
    carried = load_certificate(read(archive, CERTIFICATE))
    if carried is None:
        yield Finding(CERTIFICATE, "is no certificate")
    elif trust.certificate not in (None, carried):
        yield Finding(CERTIFICATE, "is not the certificate that you trust")
    certificate = trust.certificate or carried
    if certificate is None:
        return
    try:
        signing.check(read(archive, SIGNATURE), read(archive, SIGNED_MANIFEST), certificate)
    except signing.BadSignature as error:
        yield Finding(SIGNATURE, f"does not hold for {SIGNED_MANIFEST}: {error}")
        yield Finding(SIGNED_MANIFEST, f"is not what {SIGNATURE} covers, if the signature is unchanged")


def load_certificate(pem: bytes) -> x509.Certificate | None:
    """A certificate from PEM, or None."""
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        return None


def check_time(archive: Archive, info: Mapping[str, str], trust: Trust) -> Iterator[Finding]:
    """The timestamp over the tag manifest, where bag-info says that there is one."""
    token = read(archive, TIMESTAMP)
    promised = info.get("Earshot-Timestamp") == "yes"
    if promised != bool(token):
        yield Finding(TIMESTAMP, "is missing" if promised else "is there, but bag-info.txt knows of none")
    if not token:
        return
    content = read(archive, SIGNED_MANIFEST)
    try:
        if trust.authorities:
            stamp.check_timestamp(token, content, trust.authorities)
        else:
            stamp.check_imprint(token, content)
    except stamp.BadTimestamp as error:
        yield Finding(TIMESTAMP, f"does not hold for {SIGNED_MANIFEST}: {error}")
