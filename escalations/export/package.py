"""What lies in an export's bag and in which order. Recordings come first, since the documents quote their hashes."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from escalations.export.bag import BagStream
from escalations.export.case_uco import case_jsonld
from escalations.export.facts import Exhibit, ExportFacts, LedgerExtract, Sound
from escalations.export.index import index_html
from escalations.export.pieces import Keeper, closed, digests_in, pieces
from escalations.export.report import report_pdf, volumes
from escalations.export.signing import Signer
from escalations.export.tables import custody_csv, exhibits_csv, instant, timeline_csv

SIGNATURE, TIMESTAMP, CERTIFICATE = "signature.p7s", "timestamp.tsr", "signing-certificate.pem"


class NotAsTakenIn(Exception):
    """A recording no longer has the hash it had at intake. The export must not exist."""

    def __init__(self, exhibit: str) -> None:
        super().__init__(f"exhibit {exhibit} does not have the hash it had at intake")
        self.exhibit = exhibit


@dataclass(frozen=True, slots=True)
class Seals:
    """What vouches for the bag. `stamp` asks the timestamp authority over the signed manifest; None: there is none."""

    signer: Signer
    stamp: Callable[[bytes], bytes] | None = None


class Package:
    """One export on its way out as a tar stream. Afterwards `bag.written` says what went along."""

    def __init__(self, facts: ExportFacts, sound: Sound, seals: Seals, keeper: Keeper | None = None) -> None:
        self.facts = facts
        self.sound = sound
        self.seals = seals
        self.keeper = keeper
        self.bag = BagStream(facts.root, facts.built_at)

    def stream(self) -> Iterator[bytes]:
        """The archive's bytes. Raises NotAsTakenIn, and whatever the sound or the timestamp authority raises."""
        yield from self.recordings()
        yield from self.documents()
        yield from self.bag.add_bytes(CERTIFICATE, self.seals.signer.certificate_pem)
        yield from self.bag.manifests(self.info())
        yield from self.seal()
        yield from self.bag.end()

    def recordings(self) -> Iterator[bytes]:
        """Originals, redacted copies and transcripts, exhibit by exhibit, as far as the profile carries them.

        With a keeper each piece is kept before it goes on; one that an attempt before this one kept is taken as it is.
        """
        exhibits = {one.number: one for one in self.facts.exhibits}
        for piece in pieces(self.facts.profile, [one.outline for one in self.facts.exhibits]):
            these = [exhibits[number] for number in piece.numbers]
            yield from self.files_of(these) if self.keeper is None else self.kept(piece.name, these, self.keeper)

    def files_of(self, exhibits: Sequence[Exhibit]) -> Iterator[bytes]:
        """The files of some recordings, read, silenced and checked now."""
        profile = self.facts.profile
        for exhibit in exhibits:
            if profile.carries_originals:
                yield from self.original(exhibit)
            if profile.carries_redacted:
                yield from self.bag.add_bytes(exhibit.redacted_path, self.sound.redacted(exhibit))
            if profile.carries_originals and exhibit.transcript:
                yield from self.bag.add_bytes(exhibit.transcript_path, exhibit.transcript.encode())

    def kept(self, name: str, exhibits: Sequence[Exhibit], keeper: Keeper) -> Iterator[bytes]:
        """One piece out of the store, made first where it is not there; its originals have the hash of the intake."""
        if not keeper.has(name):
            written, before = self.bag.written, set(self.bag.written)
            new = closed(self.files_of(exhibits), lambda: {path: written[path] for path in written.keys() - before})
            keeper.keep(name, new)
        reader = keeper.open(name)
        digests, ends = digests_in(reader)
        for exhibit in exhibits:
            if self.facts.profile.carries_originals and digests[exhibit.original_path].sha256 != exhibit.sha256:
                raise NotAsTakenIn(exhibit.number)
        self.bag.written.update(digests)
        yield from reader.read_range(0, ends)

    def original(self, exhibit: Exhibit) -> Iterator[bytes]:
        """The recording as it came in, hashed as it passes and compared with the hash from intake."""
        size, chunks = self.sound.original(exhibit)
        yield from self.bag.add(exhibit.original_path, size, chunks)
        if self.bag.written[exhibit.original_path].sha256 != exhibit.sha256:
            raise NotAsTakenIn(exhibit.number)

    def documents(self) -> Iterator[bytes]:
        """Tables, ledger, graph, report, and the page that leads to all of them."""
        facts, written, add = self.facts, self.bag.written, self.bag.add_bytes
        yield from add("data/exhibits.csv", exhibits_csv(facts, written))
        yield from add("data/timeline.csv", timeline_csv(facts.timeline))
        yield from add("data/custody.csv", custody_csv(facts.custody))
        yield from self.ledger(facts.ledger)
        yield from add("data/case.jsonld", b"".join(case_jsonld(facts, dict(written))))
        for path, volume in volumes(facts):
            yield from add(path, report_pdf(volume, written, self.seals.signer.fingerprint))
        yield from add("data/index.html", index_html(facts, written, self.seals.signer.fingerprint))

    def ledger(self, extract: LedgerExtract) -> Iterator[bytes]:
        """The signed head, the key it is signed with, and the proofs of this case's entries."""
        if not extract.checkpoint:
            return
        yield from self.bag.add_bytes("data/ledger/checkpoint.txt", extract.checkpoint.encode())
        yield from self.bag.add_bytes("data/ledger/public-key.pem", extract.public_key_pem)
        yield from self.bag.add_bytes("data/ledger/proofs.json", proofs_json(extract))

    def seal(self) -> Iterator[bytes]:
        """The signature over the tag manifest and, where an authority is set, the time it existed at."""
        signed = self.bag.signed_manifest
        yield from self.bag.add_bytes(SIGNATURE, self.seals.signer.sign(signed))
        if self.seals.stamp:
            yield from self.bag.add_bytes(TIMESTAMP, self.seals.stamp(signed))

    def info(self) -> dict[str, str]:
        """bag-info.txt, in the reserved words of RFC 8493 section 2.2.2 where there is one."""
        facts = self.facts
        return {
            "Source-Organization": facts.organization,
            "Bagging-Date": instant(facts.built_at)[:10],
            "External-Identifier": facts.case.number,
            "External-Description": f"Export of case {facts.case.number}, profile {facts.profile}",
            "Internal-Sender-Identifier": str(facts.export_id),
            "Bag-Software-Agent": facts.software,
            "Earshot-Profile": facts.profile,
            "Earshot-Exhibits": str(len(facts.exhibits)),
            "Earshot-Timestamp": "yes" if self.seals.stamp else "no",
        }


def proofs_json(extract: LedgerExtract) -> bytes:
    """The case's ledger entries with their inclusion proofs, binary values in base64."""
    proofs = [
        {
            "id": str(proof.entry_id),
            "event": proof.event,
            "at": instant(proof.at),
            "entry": b64encode(proof.leaf).decode() if proof.leaf else None,
            "leaf_hash": b64encode(proof.leaf_hash).decode(),
            "leaf_index": proof.leaf_index,
            "tree_size": proof.tree_size,
            "hashes": [b64encode(one).decode() for one in proof.hashes],
        }
        for proof in extract.proofs
    ]
    return json.dumps({"unsealed": extract.unsealed, "proofs": proofs}, indent=1).encode()
