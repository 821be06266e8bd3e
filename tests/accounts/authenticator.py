"""A passkey in a person's pocket: what a browser's authenticator answers, by the letter of WebAuthn (ES256, no
attestation), made here so that the whole ceremony can be asked of the service without a browser.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, VERIFIED = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV


class Passkey:
    def __init__(self, origin: str = "http://testserver") -> None:
        self.origin, self.key, self.id = origin, ec.generate_private_key(ec.SECP256R1()), os.urandom(32)
        self.owner = b""

    def made_for(self, options: dict[str, Any]) -> dict[str, Any]:
        """What `navigator.credentials.create` answers to these options."""
        public = options["publicKey"]
        self.owner = public["user"]["id"].encode()
        attested = AttestedCredentialData.create(
            b"\0" * 16, self.id, ES256.from_cryptography_key(self.key.public_key())
        )
        data = AuthenticatorData.create(
            _digest(public["rp"]["id"]), PRESENT | VERIFIED | AuthenticatorData.FLAG.AT, 0, attested
        )
        said = self._said("webauthn.create", public["challenge"])
        made = AttestationObject.create("none", data, {})
        response = {"clientDataJSON": websafe_encode(said), "attestationObject": websafe_encode(bytes(made))}
        return self._credential(response) | {"clientExtensionResults": {"credProps": {"rk": True}}}

    def signs(self, options: dict[str, Any], verified: bool = True, key: Any = None) -> dict[str, Any]:
        """What `navigator.credentials.get` answers: verified by finger or code, or not; with this key or another."""
        public = options["publicKey"]
        data = AuthenticatorData.create(_digest(public["rpId"]), PRESENT | (VERIFIED if verified else 0), 1)
        said = self._said("webauthn.get", public["challenge"])
        signature = (key or self.key).sign(bytes(data) + hashlib.sha256(said).digest(), ec.ECDSA(hashes.SHA256()))
        parts = {"clientDataJSON": said, "authenticatorData": bytes(data), "signature": signature}
        response = {name: websafe_encode(part) for name, part in parts.items()}
        return self._credential({**response, "userHandle": self.owner.decode()})

    def _said(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _credential(self, response: dict[str, str]) -> dict[str, Any]:
        name = websafe_encode(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {}}


def _digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()
