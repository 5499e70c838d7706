"""Makes a token of SPNEGO with a ticket, and an authenticator in which its client says whatever he likes.

    authenticator.py SERVICE CACHE [PAC]

It prints the token for SERVICE (HTTP/localhost), of which CACHE has a ticket, in base64. The PAC (MS-PAC), in base64 too,
is authorization data of the authenticator. Written from RFC 4120 (messages), RFC 4121 and RFC 4178 (tokens).
"""

import base64
import json
import os
import struct
import sys
import time

from forge import AES256, PRINCIPAL, at, der, encrypted, integer, name, octets, sequence, string
from pac import IF_RELEVANT, WIN2K_PAC, Cache, as_authorization_data

OF_AN_AUTHENTICATOR = 11
# RFC 4121, section 4.1.1: no channel bindings, and no proof asked for.
CHECKSUM, INTEGRITY = 0x8003, 0x20
SPNEGO, KRB5 = bytes.fromhex("06062b0601050502"), bytes.fromhex("06092a864886f712010202")


def authenticator(client, pac):
    realm, *parts = client
    said = struct.pack("<I16sI", 16, bytes(16), INTEGRITY)
    fields = {
        "_0": integer(5),
        "_1": string(realm),
        "_2": name(PRINCIPAL, parts),
        "_3": sequence(_0=integer(CHECKSUM), _1=octets(said)),
        "_4": integer(int.from_bytes(os.urandom(4), "big") % 1_000_000),
        "_5": at(time.time()),
        "_7": integer(0),
    }
    if pac:
        fields["_8"] = as_authorization_data([(IF_RELEVANT, as_authorization_data([(WIN2K_PAC, pac)]))])
    return der(0x62, sequence(**fields))


def request(credential, pac):
    sealed = encrypted(credential.key, OF_AN_AUTHENTICATOR, authenticator(credential.client, pac))
    fields = {
        "_0": integer(5),
        "_1": integer(14),
        "_2": der(0x03, b"\0", bytes(4)),
        "_3": credential.ticket,
        "_4": sequence(_0=integer(AES256), _2=octets(sealed)),
    }
    return der(0x6E, sequence(**fields))


def main():
    service, path, *pac = sys.argv[1:]
    with open(path, "rb") as file:
        credential = Cache(file.read()).credential(service)
    pac = base64.b64decode(pac[0]) if pac else None
    token = der(0x60, KRB5, b"\1\0", request(credential, pac))
    token = der(0x60, SPNEGO, der(0xA0, sequence(_0=der(0x30, KRB5), _2=octets(token))))
    json.dump({"token": base64.b64encode(token).decode()}, sys.stdout)


if __name__ == "__main__":
    main()
