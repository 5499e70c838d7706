"""Shows every frame that comes to a network interface, a line for each.

    frames.py INTERFACE

It takes CAP_NET_RAW. Of TCP and UDP over IPv4, where from, where to and what text is in it; of all else, the bytes.
"""

import socket
import struct
import sys

ALL_PROTOCOLS = 3
IPV4 = 0x0800
NAMES = {socket.IPPROTO_TCP: "TCP", socket.IPPROTO_UDP: "UDP"}


def shown(frame):
    if struct.unpack_from("!H", frame, 12)[0] != IPV4 or frame[23] not in NAMES:
        return frame.hex()
    source, target = (socket.inet_ntoa(frame[at : at + 4]) for at in (26, 30))
    transport = frame[14 + (frame[14] & 15) * 4 :]
    source_port, target_port = struct.unpack_from("!HH", transport)
    text = "".join(chr(byte) if 32 < byte < 127 else "." for byte in transport[4:])
    return f"{NAMES[frame[23]]} {source}:{source_port} > {target}:{target_port} {text}"


listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
listener.bind((sys.argv[1], 0))
print("listening", flush=True)
while True:
    print(shown(listener.recv(65536)), flush=True)
