"""The keys and certificates of one control plane on this machine: made anew at every start, good for a year."""

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LIFETIME = dt.timedelta(days=365)
"""Longer than any control plane is left running, short enough that a forgotten copy of a key becomes worthless."""

CLOCK_SKEW = dt.timedelta(minutes=5)
"""Certificates begin this much in the past, for machines whose clock is set back after a pause."""

_PRIVATE = 0o600


@dataclass(frozen=True)
class Certificates:
    """Where the files of one control plane's trust lie."""

    folder: Path

    @property
    def authority(self) -> Path:
        """The certificate that everything here is signed with."""
        return self.folder / "authority.crt"

    def certificate(self, name: str) -> Path:
        """The certificate of one party: `apiserver`, `etcd`, `admin`, or another client."""
        return self.folder / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The private key of one party, or `service-accounts`, which signs their tokens."""
        return self.folder / f"{name}.key"


@dataclass(frozen=True)
class Client:
    """A party that only asks: who it is to the API server."""

    party: str
    user: str
    group: str | None = None


ADMIN = Client("admin", "gas-admin", "system:masters")


def write_certificates(
    folder: Path, *, clients: Sequence[Client] = (), addresses: Sequence[str] = (), names: Sequence[str] = ()
) -> Certificates:
    """Make the authority, the servers' and the administrator's certificates and the key for tokens in a folder.

    `clients` get certificates too; `addresses` and `names` are what the API server is known by besides loopback.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = Certificates(folder)
    authority_key = ec.generate_private_key(ec.SECP256R1())
    subject = _name("gas-local-authority")
    authority = _signed(subject, authority_key, subject, authority_key, _AUTHORITY_EXTENSIONS)
    _write(files.authority, authority.public_bytes(serialization.Encoding.PEM))
    loopback = _known_by(["127.0.0.1"], ["localhost"])
    parties: dict[str, tuple[x509.Name, list[x509.ExtensionType]]] = {
        "apiserver": (
            _name("kube-apiserver"),
            [
                _purpose(ExtendedKeyUsageOID.SERVER_AUTH),
                _known_by(["127.0.0.1", *addresses], ["localhost", *names]),
            ],
        ),
        # etcd serves, and checks its own certificate as a client's when it starts its gateway.
        "etcd": (
            _name("etcd"),
            [_purpose(ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH), loopback],
        ),
    } | {
        client.party: (_name(client.user, client.group), [_purpose(ExtendedKeyUsageOID.CLIENT_AUTH)])
        for client in (ADMIN, *clients)
    }
    for party, (name, extensions) in parties.items():
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(name, key, subject, authority_key, [(each, False) for each in extensions])
        _write(files.certificate(party), certificate.public_bytes(serialization.Encoding.PEM))
        _write(files.key(party), _pem(key))
    _write(files.key("service-accounts"), _pem(ec.generate_private_key(ec.SECP256R1())))
    return files


def _name(common_name: str, organization: str | None = None) -> x509.Name:
    """A subject: Kubernetes reads the common name as the user and the organization as the group."""
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization is not None:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    return x509.Name(attributes)


def _known_by(addresses: Sequence[str], names: Sequence[str]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName(
        [x509.IPAddress(ipaddress.ip_address(each)) for each in addresses]
        + [x509.DNSName(each) for each in names]
    )


def _purpose(*purposes: x509.ObjectIdentifier) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage(purposes)


_AUTHORITY_EXTENSIONS: list[tuple[x509.ExtensionType, bool]] = [
    (x509.BasicConstraints(ca=True, path_length=0), True),
    (
        x509.KeyUsage(
            digital_signature=True,
            key_cert_sign=True,
            crl_sign=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            encipher_only=False,
            decipher_only=False,
        ),
        True,
    ),
]


def _signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    issuer_key: ec.EllipticCurvePrivateKey,
    extensions: list[tuple[x509.ExtensionType, bool]],
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False
        )
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    return builder.sign(issuer_key, hashes.SHA256())


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # The API server finds the public half of the token key only in this older format, not in PKCS #8.
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner can read, from its first byte on."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
