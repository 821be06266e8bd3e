"""The case as CASE/UCO 1.4 JSON-LD: what was found, who handled it, and what was done to it.

The context is inline, so no reader needs a network. Node names are UUIDs derived from the export and what they stand
for (RFC 9562 version 5), so the same export always yields the same graph.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid5

from escalations.export.bag import Digest
from escalations.export.facts import CustodyEntry, Exhibit, ExportFacts

Node = dict[str, object]

CONTEXT: Mapping[str, str] = {
    "kb": "urn:earshot:kb:",
    "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
    "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
    "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
    "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
    "uco-role": "https://ontology.unifiedcyberontology.org/uco/role/",
    "uco-tool": "https://ontology.unifiedcyberontology.org/uco/tool/",
    "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
    "uco-vocabulary": "https://ontology.unifiedcyberontology.org/uco/vocabulary/",
    "case-investigation": "https://ontology.caseontology.org/case/investigation/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
AUDIO_TYPES: Mapping[str, str] = {
    "wav": "audio/vnd.wave",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "mp3": "audio/mpeg",
}


def case_jsonld(facts: ExportFacts, written: Mapping[str, Digest]) -> Iterator[bytes]:
    """The graph, node by node, so that a case of any size never stands in memory as objects."""
    yield b'{"@context": ' + json.dumps(dict(CONTEXT)).encode() + b',\n"@graph": [\n'
    for index, node in enumerate(Graph(facts, written).nodes()):
        yield (b",\n" if index else b"") + json.dumps(node, ensure_ascii=False).encode()
    yield b"\n]}\n"


class Graph:
    """The nodes of one export. Every id is asked for by kind and name, so that references need no look-up."""

    def __init__(self, facts: ExportFacts, written: Mapping[str, Digest]) -> None:
        self.facts = facts
        self.written = written
        self.paths = {exhibit.number: exhibit.original_path for exhibit in facts.exhibits}

    def nodes(self) -> Iterator[Node]:
        """Investigation, people and tool, exhibits with their files, then what was done to them, in order of time."""
        yield self.investigation()
        yield from self.people()
        yield self.tool()
        yield self.authorization()
        for exhibit in self.facts.exhibits:
            yield from self.exhibit(exhibit)
        yield from self.custody()
        yield self.export_action()

    def ref(self, kind: str, name: object) -> Node:
        """A pointer to a node of this graph."""
        return {"@id": f"kb:{kind}-{uuid5(self.facts.export_id, f'{kind}/{name}')}"}

    def node(self, kind: str, name: object, of_type: str, **properties: object) -> Node:
        """A node; properties without a value are left out."""
        given = {key.replace("__", ":").replace("_", "-"): value for key, value in properties.items()}
        said = {key: value for key, value in given.items() if value not in (None, "", [])}
        return self.ref(kind, name) | {"@type": of_type} | said

    def investigation(self) -> Node:
        """The case: what kind, where it stands, and everything that belongs to it."""
        case = self.facts.case
        members = [self.ref("provenance", exhibit.number) for exhibit in self.facts.exhibits]
        return self.node(
            "investigation",
            case.number,
            "case-investigation:Investigation",
            uco_core__name=case.number,
            uco_core__description=f"Escalated case, tier {case.tier}, categories: {', '.join(case.categories)}",
            uco_core__object=[*members, self.ref("action", "export")],
            case_investigation__investigationForm="case",
            case_investigation__investigationStatus=case.state,
            case_investigation__focus=list(case.categories),
            uco_core__startTime=moment(case.opened_at),
            case_investigation__relevantAuthorization=self.ref("authorization", "export"),
        )

    def people(self) -> Iterator[Node]:
        """The organisation and everybody who handled an exhibit, each once, as the profile may name them."""
        yield self.node("organization", "own", "uco-identity:Organization", uco_core__name=self.facts.organization)
        named = [entry.person for entry in self.facts.custody]
        for person in dict.fromkeys([self.facts.requested_by, self.facts.approved_by, *named]):
            yield self.node("person", person, "uco-identity:Person", uco_core__name=person)

    def tool(self) -> Node:
        """The software that made the copies."""
        name, _, version = self.facts.software.partition(" ")
        return self.node("tool", "own", "uco-tool:Tool", uco_core__name=name, uco_tool__version=version)

    def authorization(self) -> Node:
        """The two-person release of this export."""
        return self.node(
            "authorization",
            "export",
            "case-investigation:Authorization",
            uco_core__description=f"Requested by {self.facts.requested_by}, approved by {self.facts.approved_by}",
            case_investigation__authorizationType="two-person release",
            case_investigation__authorizationIdentifier=str(self.facts.export_id),
        )

    def exhibit(self, exhibit: Exhibit) -> Iterator[Node]:
        """The provenance record of one exhibit, with the files of it that this bag carries."""
        files = [self.ref("file", exhibit.original_path)]
        yield self.original(exhibit)
        if exhibit.redacted_path in self.written:
            yield self.redacted(exhibit)
            yield self.derivation(exhibit)
            files.append(self.ref("file", exhibit.redacted_path))
        yield self.node(
            "provenance",
            exhibit.number,
            "case-investigation:ProvenanceRecord",
            uco_core__description=f"Recording received {moment(exhibit.ingested_at)['@value']}",
            case_investigation__exhibitNumber=exhibit.number,
            case_investigation__rootExhibitNumber=exhibit.number,
            uco_core__object=files,
        )

    def original(self, exhibit: Exhibit) -> Node:
        """The recording as it came in. It is described, with its hash, even where the profile leaves the sound out."""
        digest = self.written.get(exhibit.original_path)
        hashes = {"SHA256": exhibit.sha256} | ({"SHA512": digest.sha512} if digest else {})
        facets = self.facets(
            exhibit, exhibit.original_path, exhibit.audio_format, exhibit.byte_size, hashes, present=digest is not None
        )
        return self.node(
            "file",
            exhibit.original_path,
            "uco-observable:File",
            uco_core__name=f"{exhibit.number} original",
            uco_core__objectCreatedTime=moment(exhibit.recorded_at) if exhibit.recorded_at else None,
            uco_core__hasFacet=facets,
        )

    def redacted(self, exhibit: Exhibit) -> Node:
        """The copy with its flagged spans silenced."""
        digest = self.written[exhibit.redacted_path]
        hashes = {"SHA256": digest.sha256, "SHA512": digest.sha512}
        return self.node(
            "file",
            exhibit.redacted_path,
            "uco-observable:File",
            uco_core__name=f"{exhibit.number} redacted copy",
            uco_core__hasFacet=self.facets(
                exhibit, exhibit.redacted_path, exhibit.audio_format, digest.size, hashes, present=True
            ),
        )

    def facets(
        self, exhibit: Exhibit, path: str, audio_format: str, size: int, hashes: dict[str, str], *, present: bool
    ) -> list[Node]:
        """Content with hashes, sound, and (where the file is in the bag) its name and path."""
        content = self.node(
            "content",
            path,
            "uco-observable:ContentDataFacet",
            uco_observable__sizeInBytes=size,
            uco_observable__mimeType=AUDIO_TYPES.get(audio_format, "application/octet-stream"),
            uco_observable__hash=[self.hash_of(path, method, value) for method, value in hashes.items()],
        )
        sound = self.node(
            "audio",
            path,
            "uco-observable:AudioFacet",
            uco_observable__audioType="speech",
            uco_observable__format=audio_format,
            uco_observable__duration=round(exhibit.duration_ms / 1000),  # CASE counts seconds
        )
        name = self.node(
            "name",
            path,
            "uco-observable:FileFacet",
            uco_observable__fileName=path.rpartition("/")[2],
            uco_observable__filePath=path,
            uco_observable__sizeInBytes=size,
        )
        return [content, sound, name] if present else [content, sound]

    def hash_of(self, path: str, method: str, value: str) -> Node:
        """One hash of one file."""
        return self.node(
            "hash",
            f"{path}/{method}",
            "uco-types:Hash",
            uco_types__hashMethod=method,
            uco_types__hashValue={"@type": "xsd:hexBinary", "@value": value.upper()},
        )

    def derivation(self, exhibit: Exhibit) -> Node:
        """That the redacted copy was made from the original."""
        return self.node(
            "derivation",
            exhibit.number,
            "uco-observable:ObservableRelationship",
            uco_core__source=self.ref("file", exhibit.redacted_path),
            uco_core__target=self.ref("file", exhibit.original_path),
            uco_core__kindOfRelationship="Derived_From",
        ) | {"uco-core:isDirectional": True}

    def custody(self) -> Iterator[Node]:
        """Each opening as an action that the one before it informed."""
        before: dict[str, str] = {}
        for index, entry in enumerate(self.facts.custody):
            yield self.opening(f"custody/{index}", entry, before.get(entry.exhibit))
            before[entry.exhibit] = f"custody/{index}"

    def opening(self, name: str, entry: CustodyEntry, before: str | None) -> Node:
        """One opening of one exhibit."""
        target = self.paths.get(entry.exhibit)
        return self.node(
            "action",
            name,
            "case-investigation:InvestigativeAction",
            uco_core__name=f"{entry.act} ({entry.version})",
            uco_core__description=entry.purpose,
            uco_action__startTime=moment(entry.at),
            uco_action__performer=self.ref("person", entry.person),
            uco_action__object=[self.ref("file", target)] if target else None,
            case_investigation__wasInformedBy=self.ref("action", before) if before else None,
        )

    def export_action(self) -> Node:
        """The export itself: what it read and what it made."""
        made = [path for path in self.written if path.startswith("data/redacted/")]
        return self.node(
            "action",
            "export",
            "case-investigation:InvestigativeAction",
            uco_core__name="exported",
            uco_action__startTime=moment(self.facts.built_at),
            uco_action__performer=self.ref("organization", "own"),
            uco_action__instrument=[self.ref("tool", "own")],
            uco_action__object=[self.ref("file", exhibit.original_path) for exhibit in self.facts.exhibits],
            uco_action__result=[
                *(self.ref("provenance", exhibit.number) for exhibit in self.facts.exhibits),
                *(self.ref("file", path) for path in made),
            ],
        )


def moment(at: datetime) -> Node:
    """A typed instant in UTC."""
    return {"@type": "xsd:dateTime", "@value": at.astimezone(UTC).isoformat(timespec="milliseconds")}


def node_id(export_id: UUID, kind: str, name: object) -> str:
    """The full IRI of a node, for whoever checks the graph from outside."""
    return f"{CONTEXT['kb']}{kind}-{uuid5(export_id, f'{kind}/{name}')}"
