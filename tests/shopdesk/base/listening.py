"""A web server that behaves as badly as a test asks: real sockets, real TLS with a certificate authority of its own."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Behaviour = Callable[[socket.socket], None]
NOW = datetime.now(UTC)


class Server:
    """Listens on loopback. `asked` holds every request, `names` the TLS names that were asked for."""

    def __init__(self, behave: Behaviour, certificate: Path | None = None) -> None:
        self.behave, self.asked, self.names, self.connections = behave, [], [], 0
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
            self.context.sni_callback = lambda _line, name, _context: self.names.append(name)
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.answer, args=(line,), daemon=True).start()

    def answer(self, line: socket.socket) -> None:
        try:
            line.settimeout(10)
            if self.context:
                line = self.context.wrap_socket(line, server_side=True)
            asked = b""
            while b"\r\n\r\n" not in asked:
                asked += line.recv(65536) or b"\r\n\r\n"
            head, _, body = asked.partition(b"\r\n\r\n")
            length = next(
                (int(one[15:]) for one in head.split(b"\r\n") if one.lower().startswith(b"content-length:")), 0
            )
            while len(body) < length:
                body += line.recv(65536)
            self.asked.append(head + b"\r\n\r\n" + body)
            self.behave(line)
        except OSError:
            pass  # the other side went away, which is what several tests are about
        finally:
            line.close()


@contextmanager
def listening(behave: Behaviour, certificate: Path | None = None) -> Iterator[Server]:
    """Serve one behaviour for as long as the test looks at it."""
    server = Server(behave, certificate)
    try:
        yield server
    finally:
        server.listening.close()


def saying(answer: bytes) -> Behaviour:
    """Answer with these bytes."""
    return lambda line: line.sendall(answer)


def dripping(piece: bytes) -> Behaviour:
    """Send the same small piece for ever."""

    def drip(line: socket.socket) -> None:
        pause = threading.Event()
        while True:
            line.sendall(piece)
            pause.wait(0.02)

    return drip


def certify(folder: Path, *, name: str, expired: bool = False) -> tuple[Path, Path]:
    """Make a certificate authority and a server's certificate under it. Gives the files of both."""
    authority_key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Test authority")])
    authority = _signed(issuer, issuer, authority_key, authority_key, NOW + timedelta(days=2), None)
    ends = NOW - timedelta(hours=1) if expired else NOW + timedelta(days=1)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "server")])
    server = _signed(subject, issuer, server_key, authority_key, ends, name)
    authorities, certificate = folder / f"authority-{name}.pem", folder / f"{name}.pem"
    authorities.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    certificate.write_bytes(private + server.public_bytes(serialization.Encoding.PEM))
    return authorities, certificate


def _signed(subject, issuer, key, signer, ends, name):
    building = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=name is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
    )
    if name is not None:
        building = building.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    return building.sign(signer, hashes.SHA256())
