"""The ledger over the API: its signed head, its entries, and proofs that anybody can check offline."""

from __future__ import annotations

from base64 import b64encode
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import api_view, permission_classes
from rest_framework.request import Request
from rest_framework.response import Response

from project import vault
from project.accounts.access import Can, needs_api
from project.api import Pages, StrictSerializer, in_pages, query_in
from project.ledger.errors import NoSuchTree, NotSealedYet
from project.ledger.models import Entry, Leaf
from project.ledger.problems import NoTree, NotSealed
from project.ledger.proofs import Inclusion, consistency_between, inclusion_for, latest
from project.problems import Absent, Unavailable

LARGEST = 2**63 - 1
NOTE = {(200, "text/plain"): OpenApiResponse(str, "A C2SP checkpoint: a signed note")}


class EntriesQuery(StrictSerializer):
    """What GET ledger/entries/ may be asked for."""

    limit = serializers.IntegerField(min_value=1, max_value=200, required=False)
    cursor = serializers.CharField(max_length=300, required=False)


class ProofQuery(StrictSerializer):
    """The size of the tree to prove against; the newest checkpoint's without."""

    tree_size = serializers.IntegerField(min_value=1, max_value=LARGEST, required=False)


class ConsistencyQuery(StrictSerializer):
    """Two sizes; `to` is the newest checkpoint's without."""

    to = serializers.IntegerField(min_value=0, max_value=LARGEST, required=False)

    def get_fields(self) -> dict[str, Any]:
        # `from` is a word of Python's own, so it can't be a class attribute.
        return {"from": serializers.IntegerField(min_value=0, max_value=LARGEST), **super().get_fields()}


class EntryOut(serializers.ModelSerializer[Entry]):
    """An entry on the wire. `leaf_index` is its place in the tree."""

    leaf_index = serializers.IntegerField(source="leaf.index")

    class Meta:
        model = Entry
        fields = ("id", "leaf_index", "at", "event", "actor_id", "actor_name", "subject_type", "subject_id", "facts")


class ProofOut(serializers.Serializer[Inclusion]):
    """An inclusion proof. Hashes, leaf bytes: base64."""

    entry = serializers.CharField()
    leaf_index = serializers.IntegerField()
    tree_size = serializers.IntegerField()
    hashes = serializers.ListField(child=serializers.CharField())
    checkpoint = serializers.CharField()


class ConsistencyOut(serializers.Serializer[Any]):
    hashes = serializers.ListField(child=serializers.CharField())


class NewestSealed(Pages):
    """Cursor pages down the tree from its newest leaf: sealed entries only, so each has its proof."""

    ordering = "-index"


@extend_schema(responses=NOTE)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_LEDGER)])
def checkpoint(request: Request) -> HttpResponse:
    """The newest signed head, as a C2SP checkpoint."""
    newest = latest()
    if newest is None:
        raise Unavailable("Nothing has been sealed yet; the sealer runs every few seconds.")
    return _plain(newest.note)


@extend_schema(responses={(200, "text/plain"): OpenApiResponse(str, "PEM")})
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_LEDGER, Can.READ_CERTIFICATES)])
def public_key(request: Request) -> HttpResponse:
    """The public key that checks checkpoints and certificates, as PEM."""
    return _plain(vault.public_key_pem())


@in_pages(NewestSealed)
@extend_schema(parameters=[EntriesQuery], responses=EntryOut(many=True))
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_LEDGER)])
def entries(request: Request) -> Response:
    """Sealed entries, newest first."""
    query_in(EntriesQuery, request)
    pages = NewestSealed()
    leaves = pages.paginate_queryset(Leaf.objects.select_related("entry"), request) or []
    for leaf in leaves:
        leaf.entry.leaf = leaf
    return pages.get_paginated_response(EntryOut([leaf.entry for leaf in leaves], many=True).data)


@extend_schema(parameters=[ProofQuery], responses=ProofOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_LEDGER)])
def entry_proof(request: Request, entry_id: UUID) -> Response:
    """Proof that one entry is in the tree (RFC 6962 section 2.1.1)."""
    query = query_in(ProofQuery, request)
    try:
        proof = inclusion_for(entry_id, tree_size=query.get("tree_size"))
    except Entry.DoesNotExist:
        raise Absent from None
    except NotSealedYet:
        raise NotSealed("Ask again in a few seconds, or for a larger tree.") from None
    except NoSuchTree:
        raise NoTree("tree_size is at most that of the newest checkpoint.") from None
    return Response(wire(proof))


@extend_schema(parameters=[ConsistencyQuery], responses=ConsistencyOut)
@api_view(["GET"])
@permission_classes([needs_api(Can.READ_LEDGER)])
def consistency(request: Request) -> Response:
    """Proof that the tree of one size begins with that of another (RFC 6962 section 2.1.2)."""
    query = query_in(ConsistencyQuery, request)
    newest = latest()
    old, new = query["from"], query.get("to", newest.tree_size if newest else 0)
    try:
        hashes = consistency_between(old, new)
    except NoSuchTree as error:
        raise NoTree(str(error).capitalize() + ".") from None
    return Response({"from": old, "to": new, "hashes": [b64encode(hash).decode() for hash in hashes]})


def wire(proof: Inclusion) -> dict[str, Any]:
    """A proof as the API and exports write it."""
    return {
        "entry": b64encode(proof.entry).decode(),
        "leaf_index": proof.leaf_index,
        "tree_size": proof.tree_size,
        "hashes": [b64encode(hash).decode() for hash in proof.hashes],
        "checkpoint": proof.checkpoint,
    }


def _plain(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
