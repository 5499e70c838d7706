"""Reads, and alters, the PAC (MS-PAC) in a ticket, with the key of the service.

    pac.py KEYTAB SERVICE CACHE [NEW_CACHE SPEC]

It prints the PAC in base64, as it is in the ticket for SERVICE (HTTP/localhost) in CACHE. With SPEC, which is JSON as
`tests/src/samba/alteration.rs` writes it, NEW_CACHE gets the altered ticket and no other.
"""

import base64
import json
import struct
import sys
from typing import NamedTuple

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from forge import AES256, OF_A_TICKET, counted, der, derived, encrypted, integer, keys, octets, sequence

IF_RELEVANT, WIN2K_PAC = 1, 128
LOGON_INFO, SERVER_CHECKSUM, KDC_CHECKSUM = 1, 6, 7
# Of a checksum in a PAC: MS-PAC, section 2.8.
OF_A_PAC = 17


# Encryption (RFC 3961, RFC 3962).


def mac(key, usage, purpose, text):
    made = hmac.HMAC(derived(key, usage, purpose), hashes.SHA1())
    made.update(text)
    return made.finalize()[:12]


def decrypted(key, usage, sealed):
    text, checksum = sealed[:-12], sealed[-12:]
    cipher = algorithms.AES(derived(key, usage, 0xAA))

    def plain(mode, blocks):
        decryptor = Cipher(cipher, mode).decryptor()
        return decryptor.update(blocks) + decryptor.finalize()

    # Ciphertext stealing: the last two blocks have changed places, and the last one is what is left of it.
    left = len(text) % 16 or 16
    head, last, rest = text[: -16 - left], text[-16 - left : -left], text[-left:]
    rest += plain(modes.ECB(), last)[left:]
    text = plain(modes.CBC(bytes(16)), head + rest + last)[: len(text)]
    assert mac(key, usage, 0x55, text) == checksum, "another key"
    return text[16:]


# Messages (RFC 4120).


def elements(text):
    """Tags and contents."""
    at = 0
    while at < len(text):
        tag, length, at = text[at], text[at + 1], at + 2
        if length & 0x80:
            octet = length & 0x7F
            length, at = int.from_bytes(text[at : at + octet], "big"), at + octet
        yield tag, text[at : at + length]
        at += length


def inside(text, *tags):
    """What is within the elements of these tags."""
    for tag in tags:
        text = dict(elements(text))[tag]
    return text


def authorization_data(text):
    for _, element in elements(text):
        yield int.from_bytes(inside(element, 0xA0, 0x02), "big"), inside(element, 0xA1, 0x04)


def as_authorization_data(pairs):
    return der(0x30, *(sequence(_0=integer(kind), _1=octets(data)) for kind, data in pairs))


def find_pac(text):
    for kind, data in authorization_data(text):
        if kind == IF_RELEVANT:
            for within, found in authorization_data(inside(data, 0x30)):
                if within == WIN2K_PAC:
                    return found
    return None


def with_pac(text, pac):
    def changed(pairs):
        for kind, data in pairs:
            if kind == IF_RELEVANT:
                data = as_authorization_data(changed(authorization_data(inside(data, 0x30))))
            yield kind, pac if kind == WIN2K_PAC else data

    return as_authorization_data(changed(authorization_data(text)))


# The PAC.


def buffers(pac):
    (count,) = struct.unpack_from("<I", pac)
    for at in range(count):
        kind, size, offset = struct.unpack_from("<IIQ", pac, 8 + 16 * at)
        yield kind, pac[offset : offset + size]


def assembled(parts):
    heads, bodies = struct.pack("<II", len(parts), 0), b""
    start = 8 + 16 * len(parts)
    for kind, data in parts:
        heads += struct.pack("<IIQ", kind, len(data), start + len(bodies))
        bodies += data + bytes(-len(data) % 8)
    return heads + bodies


def signed(parts, key):
    """With the checksum of the service, as RFC 3962 makes it: that is all that a service can verify."""
    blank = [
        (kind, data[:4] + bytes(len(data) - 4) if kind in (SERVER_CHECKSUM, KDC_CHECKSUM) else data)
        for kind, data in parts
    ]
    # HMAC-SHA1-96 with AES256: type 16.
    checksum = struct.pack("<I", 16) + mac(key, OF_A_PAC, 0x99, assembled(blank))
    return [(kind, checksum if kind == SERVER_CHECKSUM else data) for kind, data in parts]


def replaced(info, old, new):
    words = [info[at : at + 4] for at in range(0, len(info), 4)]
    old, new = struct.pack("<I", old), struct.pack("<I", new)
    assert old in words, "it is not there"
    return b"".join(new if word == old else word for word in words)


def altered(pac, spec, key):
    if spec["pac"] is not None:
        pac = base64.b64decode(spec["pac"])
    if spec["garbage"]:
        return b"\xff" * len(pac)
    parts = []
    for kind, data in buffers(pac):
        if kind == LOGON_INFO:
            if spec["logon_info"] is not None:
                data = base64.b64decode(spec["logon_info"])
            for old, new in spec["rids"]:
                data = replaced(data, old, new)
        if kind != SERVER_CHECKSUM or not spec["unsigned"]:
            parts.append((kind, data))
    return assembled(signed(parts, key) if spec["signed"] else parts)


# Files.


class Credential(NamedTuple):
    """Names begin with the realm. What is before the ticket, and behind it, has them too, and the key of the session."""

    client: list
    service: list
    key: bytes
    before: bytes
    ticket: bytes
    behind: bytes


class Cache:
    """Credentials, as MIT keeps them in a file of version 4."""

    def __init__(self, content):
        assert content[:2] == b"\5\4"
        (size,) = struct.unpack_from(">H", content, 2)
        self.content, self.at = content, 4 + size
        self.name()
        self.head = content[: self.at]

    def counted(self):
        (size,) = struct.unpack_from(">I", self.content, self.at)
        self.at += 4 + size
        return self.content[self.at - size : self.at]

    def name(self):
        _, count = struct.unpack_from(">II", self.content, self.at)
        self.at += 8
        return [self.counted().decode() for _ in range(count + 1)]

    def credentials(self):
        while self.at < len(self.content):
            start = self.at
            client, service = self.name(), self.name()
            self.at += 2
            key = self.counted()
            self.at += 4 * 4 + 1 + 4
            for _ in range(2):
                (count,) = struct.unpack_from(">I", self.content, self.at)
                self.at += 4
                for _ in range(count):
                    self.at += 2
                    self.counted()
            before = self.content[start : self.at]
            ticket = self.counted()
            behind = self.at
            self.counted()
            yield Credential(client, service, key, before, ticket, self.content[behind : self.at])

    def credential(self, service):
        return next(found for found in self.credentials() if found.service[1:] == service.split("/"))


def main():
    keytab, service, path, *change = sys.argv[1:]
    with open(path, "rb") as file:
        cache = Cache(file.read())
    credential = cache.credential(service)
    with open(keytab, "rb") as file:
        key = next(found[3] for found in keys(file.read()) if found[0] == service.split("/") and found[1] == AES256)
    fields = dict(elements(inside(credential.ticket, 0x61, 0x30)))
    sealed = dict(elements(inside(fields[0xA3], 0x30)))
    assert inside(sealed[0xA0], 0x02) == bytes([AES256]), "the ticket is of another encryption type"
    part = dict(elements(inside(decrypted(key, OF_A_TICKET, inside(sealed[0xA2], 0x04)), 0x63, 0x30)))
    data = part.get(0xAA)
    pac = find_pac(inside(data, 0x30)) if data else None
    if change:
        new_path, spec = change[0], json.loads(change[1])
        if spec["stripped"]:
            part.pop(0xAA)
        else:
            part[0xAA] = with_pac(inside(data, 0x30), altered(pac, spec, key))
        text = der(0x63, der(0x30, *(der(tag, value) for tag, value in part.items())))
        sealed[0xA2] = octets(encrypted(key, OF_A_TICKET, text))
        fields[0xA3] = der(0x30, *(der(tag, value) for tag, value in sealed.items()))
        ticket = der(0x61, der(0x30, *(der(tag, value) for tag, value in fields.items())))
        with open(new_path, "wb") as file:
            file.write(cache.head + credential.before + counted(ticket) + credential.behind)
    json.dump({"pac": base64.b64encode(pac).decode() if pac else None}, sys.stdout)


if __name__ == "__main__":
    main()
