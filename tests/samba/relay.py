"""Runs Samba where port 389 is its own, and leads there from ports of the machine.

    relay.py UNPACKED SMB_CONF OUTER:INNER…

It listens at 127.0.0.1 on each OUTER port, goes inside (tests/samba/inside) with those sockets, starts Samba there, and
says `listening` as soon as it listens on each INNER port. On stdin it is told `pause`, from when on nothing gets
through, and `resume`. It ends, with Samba, when stdin does.
"""

import asyncio
import os
import socket
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
INTERVAL = 0.01


def outside(unpacked, smb_conf, *ways):
    sockets = []
    for way in ways:
        outer, inner = way.split(":")
        listener = socket.create_server(("127.0.0.1", int(outer)), backlog=1024)
        listener.set_inheritable(True)
        sockets.append(f"{listener.detach()}:{inner}")
    inside = os.path.join(HERE, "inside")
    os.execv(inside, [inside, unpacked, "/usr/bin/python3", __file__, "--inside", smb_conf, *sockets])


async def pump(reader, writer, gate):
    try:
        while data := await reader.read(1 << 16):
            await gate.wait()
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.close()


async def relay(reader, writer, port, gate):
    await gate.wait()
    try:
        there, back = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        writer.close()
        return
    await asyncio.gather(pump(reader, back, gate), pump(there, writer, gate))
    for end in (writer, back):
        end.close()


async def listening(samba, port):
    while samba.returncode is None:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        except OSError:
            await asyncio.sleep(INTERVAL)
    sys.exit("Samba has ended")


async def commands():
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    async for line in reader:
        yield line.decode().strip()


async def inside(smb_conf, *ways):
    # It ends when its stdin does, too.
    samba = await asyncio.create_subprocess_exec(
        *("/usr/sbin/samba", "--interactive", "--model=single", "--debug-stdout", "--debuglevel=1"),
        f"--configfile={smb_conf}",
        stdin=asyncio.subprocess.PIPE,
    )
    gate = asyncio.Event()
    gate.set()
    for way in ways:
        number, port = map(int, way.split(":"))
        await listening(samba, port)
        listener = socket.socket(fileno=number)

        def handle(reader, writer, port=port):
            return relay(reader, writer, port, gate)

        await asyncio.start_server(handle, sock=listener, backlog=1024)
    print("listening", flush=True)
    async for command in commands():
        (gate.clear if command == "pause" else gate.set)()
        print(f"done: {command}", flush=True)


if __name__ == "__main__":
    if sys.argv[1] == "--inside":
        asyncio.run(inside(*sys.argv[2:]))
    else:
        outside(*sys.argv[1:])
