"""The instance's signing certificate, and detached CMS signatures (RFC 5652) over an export's tag manifest.

The key is ECDSA over P-256, since every verifier in the field reads it; it lies beside the key ring, is made once, and
its certificate goes along in every export. Who gets an export compares the certificate's fingerprint with the one the
organisation told them by another way: a certificate that vouches for itself proves nothing alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from project.vault.files import write_once

FILE = "export-signing.pem"
VALID_FOR = timedelta(days=3650)
DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.1")
SIGNED_DATA = x509.ObjectIdentifier("1.2.840.113549.1.7.2")
CONTENT_TYPE = x509.ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST = x509.ObjectIdentifier("1.2.840.113549.1.9.4")
SHA256 = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")


class BadSignature(Exception):
    """The signature does not hold. The message says why, without content."""


@dataclass(frozen=True, slots=True)
class Signer:
    """The key that signs and the certificate that says whose it is."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def certificate_pem(self) -> bytes:
        """The certificate as it goes along in an export."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the certificate, lower-case hex: what two people compare on the telephone."""
        return self.certificate.fingerprint(hashes.SHA256()).hex()

    def sign(self, content: bytes) -> bytes:
        """A detached CMS signature over `content`, DER. `openssl cms -verify -binary` accepts it."""
        builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
        signed = builder.add_signer(self.certificate, self.key, hashes.SHA256())
        options = [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary, pkcs7.PKCS7Options.NoCapabilities]
        return signed.sign(serialization.Encoding.DER, options)


def load_or_make(folder: Path, *, organization: str, now: datetime) -> Signer:
    """The instance's signer, made on first use; of two processes that make one at once, the first wins."""
    path = folder / FILE
    if not path.exists():
        write_once(path, _pem(make(organization=organization, now=now)))
    return load(path.read_bytes())


def make(*, organization: str, now: datetime) -> Signer:
    """A fresh key and its self-signed certificate, good for ten years."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, "Earshot export signing"),
        ]
    )
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(minutes=5)).not_valid_after(now + VALID_FOR)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(usage, critical=True).add_extension(identifier, critical=False)
    return Signer(key, builder.sign(key, hashes.SHA256()))


def load(pem: bytes) -> Signer:
    """Key and certificate out of one PEM file. Raises ValueError when it holds something else."""
    key = serialization.load_pem_private_key(pem, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the export signing key is not an elliptic-curve key")
    return Signer(key, x509.load_pem_x509_certificate(pem))


def _pem(signer: Signer) -> bytes:
    key = signer.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return key + signer.certificate_pem


@asn1.sequence
class _Algorithm:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Content:
    oid: x509.ObjectIdentifier


@asn1.sequence
class _Attribute:
    oid: x509.ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class _IssuerAndSerial:
    issuer: asn1.TLV
    serial: int


@asn1.sequence
class _SignerInfo:
    version: int
    signer: _IssuerAndSerial
    digest: _Algorithm
    attributes: Annotated[asn1.SetOf[_Attribute] | None, asn1.Implicit(0)]
    signature_algorithm: _Algorithm
    signature: bytes


@asn1.sequence
class _SignedData:
    version: int
    digests: asn1.SetOf[_Algorithm]
    content: _Content
    certificates: Annotated[asn1.SetOf[asn1.TLV] | None, asn1.Implicit(0)]
    signers: asn1.SetOf[_SignerInfo]


@asn1.sequence
class _ContentInfo:
    oid: x509.ObjectIdentifier
    content: Annotated[_SignedData, asn1.Explicit(0)]


def check(signature: bytes, content: bytes, certificate: x509.Certificate) -> None:
    """Whether a detached CMS signature over `content` was made by the owner of `certificate`. Raises BadSignature.

    RFC 5652 section 5.4: the signature covers the signed attributes, which hold the content's digest and type.
    """
    attributes, signed, value, carried = _open(signature)
    if carried not in ([], [certificate.public_bytes(serialization.Encoding.DER)]):
        raise BadSignature("the signature carries another certificate")
    digest = hashes.Hash(hashes.SHA256())
    digest.update(content)
    if attributes.get(MESSAGE_DIGEST) != asn1.encode_der(digest.finalize()):
        raise BadSignature("the signature was made over other content")
    if attributes.get(CONTENT_TYPE) != asn1.encode_der(DATA):
        raise BadSignature("the signature is for another kind of content")
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        raise BadSignature("the certificate holds another kind of key")
    try:
        key.verify(value, signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        raise BadSignature("the signature was not made with the key of this certificate") from None


def _open(signature: bytes) -> tuple[dict[x509.ObjectIdentifier, bytes], bytes, bytes, list[bytes]]:
    """The signed attributes, the bytes they are signed as, the signature's value, and the certificates carried."""
    try:
        info = asn1.decode_der(_ContentInfo, signature)
        (signer,) = info.content.signers.as_list()
        given = signer.attributes.as_list() if signer.attributes else []
        attributes = {one.oid: asn1.encode_der(value) for one in given for value in one.values.as_list()}
        signed = asn1.encode_der(asn1.SetOf(given))
        carried = info.content.certificates.as_list() if info.content.certificates else []
    except (ValueError, TypeError) as error:
        raise BadSignature("this is no detached CMS signature by one signer") from error
    if info.oid != SIGNED_DATA or signer.digest.oid != SHA256:
        raise BadSignature("this is not signed data with SHA-256")
    return attributes, signed, signer.signature, [asn1.encode_der(one) for one in carried]
