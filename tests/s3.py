"""An S3 server on localhost (moto's, over real HTTP) for the tests that ask for it; a pytest plugin."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from moto.moto_server.threaded_moto_server import ThreadedMotoServer

PREFIX = "sealed"


@dataclass(frozen=True)
class Bucket:
    """One bucket of the server. `url` is what VAULT_URL takes."""

    name: str
    client: Any

    @property
    def url(self) -> str:
        return f"s3://{self.name}/{PREFIX}"

    def versions(self) -> list[tuple[str, str]]:
        """Every version and delete marker there is, whatever its key: (key, version id)."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.name)
        return [
            (found["Key"], found["VersionId"])
            for page in pages
            for found in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
        ]

    def content(self) -> Iterator[tuple[str, bytes]]:
        """The name and the bytes of every version of every object, as a thief with the bucket would have them."""
        for page in self.client.get_paginator("list_object_versions").paginate(Bucket=self.name):
            for found in page.get("Versions", ()):
                answer = self.client.get_object(Bucket=self.name, Key=found["Key"], VersionId=found["VersionId"])
                yield f"s3 {found['Key']}", found["Key"].encode() + b"\0" + answer["Body"].read()


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """Its address; the usual AWS_* variables name it for this process and those that it starts."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    names = {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    }  # fmt: skip
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    yield names["AWS_ENDPOINT_URL"]
    server.stop()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture
def make_bucket(s3_server: str) -> Callable[..., Bucket]:
    client = boto3.client("s3")

    def make(*, versioned: bool) -> Bucket:
        name = f"earshot-{uuid4().hex}"
        client.create_bucket(Bucket=name)
        if versioned:
            client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return Bucket(name, client)

    return make


@pytest.fixture
def bucket(make_bucket: Callable[..., Bucket]) -> Bucket:
    """A versioned one: the harder case."""
    return make_bucket(versioned=True)
