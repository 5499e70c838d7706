"""Makes a ticket of Kerberos with a service's key, and a credential cache that holds it.

    forge.py KEYTAB CACHE SPEC

SPEC is JSON, as `tests/src/realm/forgery.rs` writes it. Written from RFC 4120 (messages), RFC 3961
and RFC 3962 (encryption), and MIT's descriptions of the two file formats.
"""

import json
import os
import struct
import sys
import time

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

AES256 = 18
OF_A_TICKET = 2
A_DAY = 86400
PREAUTHENTICATED = 0x00200000
PRINCIPAL, SERVICE = 1, 2


# Encryption (RFC 3961, RFC 3962).


def fold(text, size):
    """n-fold: copies, each rotated by 13 bits more, added up with end-around carry."""
    bits = len(text) * 8
    number = int.from_bytes(text, "big")
    copies = b""
    while not copies or len(copies) % size:
        turn = 13 * (len(copies) // len(text)) % bits
        turned = (number >> turn | number << (bits - turn)) & ((1 << bits) - 1)
        copies += turned.to_bytes(len(text), "big")
    modulus = (1 << size * 8) - 1
    total = sum(int.from_bytes(copies[at : at + size], "big") for at in range(0, len(copies), size))
    return (total % modulus or modulus).to_bytes(size, "big")


def aes(key, mode, text):
    encryptor = Cipher(algorithms.AES(key), mode).encryptor()
    return encryptor.update(text) + encryptor.finalize()


def derived(key, usage, purpose):
    block, result = fold(struct.pack(">IB", usage, purpose), 16), b""
    while len(result) < len(key):
        block = aes(key, modes.ECB(), block)
        result += block
    return result


def encrypted(key, usage, text):
    text = os.urandom(16) + text
    mac = hmac.HMAC(derived(key, usage, 0x55), hashes.SHA1())
    mac.update(text)
    padded = text + bytes(-len(text) % 16)
    blocks = aes(derived(key, usage, 0xAA), modes.CBC(bytes(16)), padded)
    # Ciphertext stealing: the last two blocks change places.
    stolen = blocks[:-32] + blocks[-16:] + blocks[-32:-16]
    return stolen[: len(text)] + mac.finalize()[:12]


# Messages (RFC 4120).


def der(tag, *parts):
    body = b"".join(parts)
    length = len(body)
    if length < 0x80:
        return bytes([tag, length]) + body
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(octets)]) + octets + body


def integer(number):
    return der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(text):
    return der(0x04, text)


def string(text):
    return der(0x1B, text.encode())


def at(seconds):
    return der(0x18, time.strftime("%Y%m%d%H%M%SZ", time.gmtime(seconds)).encode())


def sequence(**fields):
    """Fields are named by their numbers, as `_0`."""
    return der(0x30, *(der(0xA0 + int(name[1:]), value) for name, value in fields.items()))


def name(kind, parts):
    return sequence(_0=integer(kind), _1=der(0x30, *map(string, parts)))


def authorization_data(size):
    """An element that may be ignored (AD-IF-RELEVANT), and that nobody knows."""
    unknown = der(0x30, sequence(_0=integer(0x7F00), _1=octets(os.urandom(size))))
    return der(0x30, sequence(_0=integer(1), _1=octets(unknown)))


def ticket(spec, key, version, session_key):
    fields = {
        "_0": der(0x03, b"\0", struct.pack(">I", spec["flags"])),
        "_1": sequence(_0=integer(AES256), _1=octets(session_key)),
        "_2": string(spec.get("client_realm", spec["realm"])),
        "_3": name(PRINCIPAL, spec["client"]),
        "_4": sequence(_0=integer(1), _1=octets(spec["transited"].encode())),
        "_5": at(spec["now"] + spec["start"]),
        "_6": at(spec["now"] + spec["start"]),
        "_7": at(spec["now"] + spec["end"]),
    }
    if spec["padding"]:
        fields["_10"] = authorization_data(spec["padding"])
    part = encrypted(key, OF_A_TICKET, der(0x63, sequence(**fields)))
    return der(
        0x61,
        sequence(
            _0=integer(5),
            _1=string(spec["realm"]),
            _2=name(SERVICE, spec["service"]),
            _3=sequence(_0=integer(AES256), _1=integer(version), _2=octets(part)),
        ),
    )


# Files.


def keys(keytab):
    """Of the entries: the parts of the name, encryption type, version and key."""
    assert keytab[:2] == b"\5\2"
    where = 2
    while where + 4 <= len(keytab):
        (size,) = struct.unpack_from(">i", keytab, where)
        entry, where = keytab[where + 4 : where + 4 + abs(size)], where + 4 + abs(size)
        if size <= 0:
            continue

        def text(start):
            (length,) = struct.unpack_from(">H", entry, start)
            return entry[start + 2 : start + 2 + length], start + 2 + length

        (count,) = struct.unpack_from(">H", entry)
        _realm, start = text(2)
        parts = []
        for _ in range(count):
            part, start = text(start)
            parts.append(part.decode())
        version, kind = struct.unpack_from(">BH", entry, start + 8)
        key, start = text(start + 11)
        if len(entry) >= start + 4:
            (version,) = struct.unpack_from(">I", entry, start)
        yield parts, kind, version, key


def counted(text):
    return struct.pack(">I", len(text)) + text


def cached_name(kind, realm, parts):
    return struct.pack(">II", kind, len(parts)) + b"".join(counted(part.encode()) for part in [realm, *parts])


def cache(spec, sealed, session_key):
    client = cached_name(PRINCIPAL, spec.get("client_realm", spec["realm"]), spec["client"])
    start, end = spec["now"] - A_DAY, spec["now"] + A_DAY
    return b"".join(
        [
            b"\5\4\0\0",
            client,
            client,
            cached_name(SERVICE, spec["realm"], spec["service"]),
            struct.pack(">H", AES256) + counted(session_key),
            struct.pack(">IIIIBI", start, start, end, 0, 0, PREAUTHENTICATED),
            struct.pack(">II", 0, 0),
            counted(sealed),
            counted(b""),
        ]
    )


def main():
    keytab, path, spec = sys.argv[1:]
    spec = json.loads(spec)
    with open(keytab, "rb") as file:
        found = [found for found in keys(file.read()) if found[0] == spec["service"] and found[1] == AES256]
    _, _, version, key = max(found, key=lambda found: found[2])
    session_key = os.urandom(32)
    sealed = ticket(spec, key, version, session_key)
    with open(path, "wb") as file:
        file.write(cache(spec, sealed, session_key))
    json.dump({"size": len(sealed)}, sys.stdout)


if __name__ == "__main__":
    main()
