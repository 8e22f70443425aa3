"""The outside check: unmodified Telethon against the simulator.

Starts the simulator's binary, exchanges keys, logs in by code and password (each wrong first), lists both folders,
reads whole chats, downloads files from both data centres, receives what happens live, and logs a second client in by
QR code. What Telethon sees is compared with the simulator's ground truth.
"""

import argparse
import asyncio
import hashlib
import json
import logging
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from telethon import TelegramClient, errors, events, functions, utils
from telethon.crypto import rsa
from telethon.network import ConnectionTcpFull
from telethon.sessions import MemorySession

API_ID, API_HASH = 12345, "0123456789abcdef0123456789abcdef"
TIMEOUT = 20

differences = []


def expect(what, seen, truth):
    if seen != truth:
        differences.append(f"{what}: Telethon sees {seen!r}, truth {truth!r}")


class Simulator:
    """The binary, and its admin API."""

    def __init__(self, binary, folder):
        self.key = folder / "rsa.pem"
        command = [binary, "--world", "check:1500", "--rsa-public-key", self.key]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.ready = json.loads(self.process.stdout.readline())
        self.account = self.ready["account"]

    def get(self, path):
        with urllib.request.urlopen(f"{self.ready['admin']}{path}", timeout=TIMEOUT) as answer:
            return json.load(answer)

    def do(self, name, **arguments):
        body = json.dumps({"do": name, "account": self.account, **arguments}).encode()
        request = urllib.request.Request(
            f"{self.ready['admin']}/do", body, {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
            return json.load(answer)

    def truth(self):
        return self.get(f"/snapshot/{self.account}")

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=TIMEOUT)


def client_of(simulator):
    host, port = simulator.ready["dcs"]["2"].split(":")
    session = MemorySession()
    session.set_dc(2, host, int(port))
    return TelegramClient(session, API_ID, API_HASH, connection=ConnectionTcpFull)


async def refused(what, error, call):
    try:
        await call
    except error:
        return
    differences.append(f"{what}: was not refused with {error.__name__}")


async def log_in(client, ready):
    await client.send_code_request(ready["phone"])
    await refused("a wrong code", errors.PhoneCodeInvalidError, client.sign_in(ready["phone"], "00000"))
    code = client.sign_in(ready["phone"], ready["code"])
    await refused("no password", errors.SessionPasswordNeededError, code)
    wrong = client.sign_in(password="not it")
    await refused("a wrong password", errors.PasswordHashInvalidError, wrong)
    me = await client.sign_in(password=ready["password"])
    expect("who is logged in", me.id, ready["account"])


async def dialogs(client, truth):
    seen = set()
    for archived in (False, True):
        async for dialog in client.iter_dialogs(archived=archived):
            seen.add(dialog.id)
            title = truth["chats"].get(str(dialog.id))
            name = getattr(dialog.entity, "first_name", None) or dialog.name
            expect(f"title of {dialog.id}", name, title)
    if len(seen) < 5:
        differences.append(f"Telethon lists {len(seen)} chats only")
    return sorted(seen)


async def history(client, chat, truth):
    expected = {
        m["id"]: m["versions"][-1]["text"]
        for m in truth["messages"]
        if m["chat"] == chat and m["deleted_at"] is None
    }
    seen = {m.id: m.raw_text or "" async for m in client.iter_messages(chat, wait_time=0)}
    expect(f"ids of {chat}", sorted(seen), sorted(expected))
    for message in seen.keys() & expected.keys():
        expect(f"text of {message} in {chat}", seen[message], expected[message])
    return len(seen)


async def files(client, chats, truth):
    """Some photos and documents, from both data centres."""
    done, left = 0, {("photo", 2): 2, ("photo", 4): 2, ("document", 2): 2, ("document", 4): 2}
    for chat in chats:
        async for message in client.iter_messages(chat, wait_time=0):
            media = message.photo or message.document
            kind = ("photo" if message.photo else "document", media.dc_id if media else 0)
            if media is None or message.web_preview or not left.get(kind):
                continue
            if media.id is None or str(media.id) not in truth["files"] or media_size(media) > 4 << 20:
                continue
            left[kind] -= 1
            content = await client.download_media(message, file=bytes)
            sha256, size = truth["files"][str(media.id)]
            place = f"file {media.id} of {message.id} in {chat}"
            expect(f"size of {place}", len(content), size)
            expect(f"hash of {place}", hashlib.sha256(content).hexdigest(), sha256)
            done += 1
    for kind, missing in left.items():
        if missing == 2:
            differences.append(f"no {kind[0]} of data centre {kind[1]} was found")
    return done


def media_size(media):
    return getattr(media, "size", 0) or 0


async def live(client, simulator, chat):
    """A message, an edit and a deletion, as they are pushed."""
    came = asyncio.Queue()

    async def new(event):
        await came.put(("new", event.message.id, event.message.raw_text))

    async def edited(event):
        await came.put(("edited", event.message.id, event.message.raw_text))

    async def deleted(event):
        await came.put(("deleted", event.deleted_ids[0], None))

    handlers = [(new, events.NewMessage), (edited, events.MessageEdited), (deleted, events.MessageDeleted)]
    for handler, event in handlers:
        client.add_event_handler(handler, event())

    async def next_of(kind):
        while True:
            event = await asyncio.wait_for(came.get(), TIMEOUT)
            if event[0] == kind:
                return event

    number = simulator.do("post", chat=chat, text="said live")["id"]
    expect(f"the push in {chat}", await next_of("new"), ("new", number, "said live"))
    simulator.do("edit", chat=chat, id=number, text="said again")
    expect(f"the edit in {chat}", await next_of("edited"), ("edited", number, "said again"))
    simulator.do("delete", chat=chat, ids=[number])
    expect(f"the deletion in {chat}", await next_of("deleted"), ("deleted", number, None))
    for handler, event in handlers:
        client.remove_event_handler(handler)


async def by_qr(client, simulator):
    """A second client is logged in by the first one, with the password."""
    second = client_of(simulator)
    await second.connect()
    try:
        qr = await second.qr_login()
        waiting = asyncio.create_task(qr.wait(TIMEOUT))
        await asyncio.sleep(0)
        await client(functions.auth.AcceptLoginTokenRequest(qr.token))
        try:
            await waiting
        except errors.SessionPasswordNeededError:
            await second.sign_in(password=simulator.ready["password"])
        expect("who is logged in by QR code", (await second.get_me()).id, simulator.account)
    finally:
        await second.disconnect()


async def check(simulator):
    rsa.add_key(simulator.key.read_text(), old=False)
    client = client_of(simulator)
    await client.connect()
    await log_in(client, simulator.ready)
    truth = simulator.truth()
    chats = await dialogs(client, truth)
    read = [await history(client, chat, truth) for chat in chats]
    fetched = await files(client, chats, truth)
    private = next(c for c in chats if c > 0 and c != simulator.account)
    channel = next(c for c in chats if truth["kinds"][str(c)] == "channel")
    for chat in (private, channel):
        await live(client, simulator, chat)
    await by_qr(client, simulator)
    await client.disconnect()
    unknown = simulator.get("/counters")["unknown"]
    expect("methods the simulator does not have", unknown, {})
    return sum(read), len(chats), fetched


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("simulator", help="the binary telegram-sim")
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        simulator = Simulator(arguments.simulator, Path(folder))
        try:
            messages, chats, fetched = asyncio.run(asyncio.wait_for(check(simulator), 300))
        finally:
            simulator.stop()
    for difference in differences[:20]:
        print(difference)
    print(
        f"telethon: {messages} messages in {chats} chats, {fetched} files, live and QR, "
        f"{len(differences)} differences, {time.monotonic() - begin:.0f} s"
    )
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
