# SPDX-License-Identifier: LGPL-2.1-or-later
"""The part of the demo that goes by SMS: a server that has only a number, and one that wakes the gateway."""
from __future__ import annotations

import contextlib
import json
import os
import pathlib
import threading
import time

from demo_air import Air, NumberedServer
from demo_children import uninterrupted
from demo_screen import show, show_output, step
from gateway import Gateway, eventually
from lwm2m_server import Server
from lwm2m_server.coap import TEXT, Message, Option, uint_bytes
from lwm2m_server.registration import Registration
from tpdu import write_deliver

NUMBER, WAKING = "+12125550178", "+12125550179"
PARAMETERS = bytes.fromhex("12121600BFFF00")  # KIc, KID, SPI, TAR
LOCATION = "rd/7a"
SILENCE_S = 1.0

HELP = """\
   sms read PATH              sms read /3/0/16
   sms write PATH VALUE       sms write /1/1/1 3600; likewise sms execute and sms observe
   sms trigger                wakes the gateway, which comes with an Update over DTLS"""


class SmsPart:
    """Steps in their order: appear(), register() … wake(), and at the end deregister()."""

    def __init__(self, build: pathlib.Path, directory: pathlib.Path, gateway: Gateway) -> None:
        self.gateway = gateway
        self.air = Air(build, directory, gateway.bus.address)
        self.server: NumberedServer | None = None
        self.waking: NumberedServer | None = None
        self._instances: dict[int, str] = {}
        self._over = threading.Event()
        self._attendant: threading.Thread | None = None

    def run(self) -> None:
        self.appear()
        self.register()
        self.read_and_write()
        self.observe()
        self.be_silent()
        step("What came and went, as the gateway's owner sees it")
        show_output("lwm2mctl sms", self.gateway.ctl("sms"))

    def close(self, failed: bool) -> None:
        """What ended by itself because the demo was interrupted is no second failure."""
        self._over.set()
        with contextlib.suppress(*([AssertionError] if failed else [])):
            self.air.modem.close()

    # ---- Accounts

    def _add(self, ssid: int, uri: str, keys: bytes, *settings: str) -> None:
        add = ["server-add", uri, f"ssid={ssid}", "sms-mode=secured-packet-device", *settings]
        show_output("lwm2mctl " + " ".join(add), self.gateway.ctl(*add))
        name = f"lwm2mctl key-set {ssid} "
        show_output(name + "sms-parameters --encoding=hex <kic-kid-spi-tar", self.gateway.ctl(
            "key-set", str(ssid), "sms-parameters", "--encoding=hex", data=PARAMETERS.hex().encode()))
        show_output(name + "sms-key <the-keys", self.gateway.ctl("key-set", str(ssid), "sms-key", data=keys))

    def path(self, ssid: int, resource: int) -> str:
        """Of a resource in the account's instance of object 1."""
        if ssid not in self._instances:
            values = json.loads(self.gateway.ctl("read", "/1", "--json"))
            self._instances[ssid] = next(path.rpartition("/")[0] for path, value in values.items()
                                         if path.endswith("/0") and path.count("/") == 3 and value == ssid)
        return f"{self._instances[ssid]}/{resource}"

    def _ask(self, code: str, path: str, payload: bytes = b"", *options: tuple[int, bytes]) -> Message:
        answer = self.server.ask(code, path, payload=payload, options=list(options))
        self.air.show()
        assert answer.code.startswith("2."), f"{code} {path}: {answer.code}"
        return answer

    # ---- Steps

    def appear(self) -> None:
        step("A modem appears, and a server that is reached by SMS alone")
        with uninterrupted():
            self.air.modem.start()
        eventually(lambda: self.gateway.status().get("sms", {}).get("state") == "ready", "modem ready")
        show_output("lwm2mctl sms", self.gateway.ctl("sms").splitlines()[0])
        keys = os.urandom(32)
        self.server = self.air.server(NUMBER, PARAMETERS, keys, full=True)
        self._add(102, f"tel:{NUMBER}", keys)

    def register(self) -> None:
        step("The gateway registers by SMS, in a secured packet longer than a short message")
        request = self.server.next()
        self.air.show()
        assert request.path == "/rd", request.path
        self.server.answer(request, "2.01", LOCATION)
        self.air.show()
        eventually(lambda: self.state(102) == "registered", "registered by SMS")

    def state(self, ssid: int) -> str:
        states = {server["server"]: server["state"] for server in self.gateway.status()["servers"]}
        return states.get(ssid, "")

    def read_and_write(self) -> None:
        step("The server reads, and writes the lifetime; the gateway tells by an Update")
        self._ask("GET", "/3/0/16")
        self._ask("PUT", self.path(102, 1), b"7200", (Option.CONTENT_FORMAT, uint_bytes(TEXT)))
        update = self.server.next()
        self.server.answer(update, "2.04")
        self.air.show()

    def observe(self) -> None:
        step("It observes a resource, which the gateway's owner changes")
        path = self.path(102, 3)
        self._ask("GET", path, b"", (Option.OBSERVE, b""))
        show_output(f"lwm2mctl write {path}=600", self.gateway.ctl("write", f"{path}=600"))
        notification = self.server.next()
        self.air.show()
        assert notification.payload == b"600", notification

    def be_silent(self) -> None:
        step("A packet that was there before, and one that is forged: no answer, not even an error")
        line = self.air.lines[NUMBER]
        self._ask("GET", self.path(102, 1))
        line.deliver_tpdu(line.delivered[-1], " once more")
        line.deliver_tpdu(self._forged(), " with one bit changed")
        self._hear_nothing(NUMBER)
        show("gateway", "logs " + self.gateway.wait_log("packets refused"))

    def _forged(self) -> bytes:
        short = self.server.seal(self.server.request("GET", self.path(102, 1)))[0]
        octets = bytearray(write_deliver(short))
        octets[-1] ^= 1
        return bytes(octets)

    def _hear_nothing(self, number: str) -> None:
        """From when the gateway has acknowledged to the network what was delivered."""
        line = self.air.lines[number]
        self.air.modem.wait_forgotten()
        time.sleep(SILENCE_S)
        sent = len(line.sent)
        self.air.show()
        show("gateway", f"has taken what came off the modem, and is silent for {SILENCE_S:.0f} s")

    def wake(self, server: Server, key: bytes, identity: str) -> Registration:
        step("A server over DTLS has a number too, and wakes the gateway by SMS")
        mark = server.mark()
        show_output("lwm2mctl server-remove 101", self.gateway.ctl("server-remove", "101"))
        server.wait_event("deregister", 20, after=mark)
        keys = os.urandom(32)
        self.waking = self.air.server(WAKING, PARAMETERS, keys)
        self._add(103, server.uri("psk"), keys, f"identity={identity}", f"sms-number={WAKING}", "trigger=yes")
        show_output("lwm2mctl key-set 103 psk <the-key", self.gateway.ctl("key-set", "103", "psk", data=key))
        registration = server.wait_registration(self.gateway.endpoint, 20)
        show("server", f"registered over DTLS: b={registration.binding}&sms={registration.sms}")
        eventually(lambda: self.state(103) == "registered", "registered over DTLS")
        self.trigger(server)
        self._hear_nothing(WAKING)
        return registration

    def trigger(self, server: Server) -> None:
        mark = server.mark()
        self.waking.send(self.waking.request("POST", self.path(103, 8)))
        self.air.show()
        update = server.wait_event("update", 20, after=mark)
        show("gateway", f"over DTLS: POST {update.location} → {update.code}")

    def deregister(self) -> None:
        """To the server that has only a number; it answers by itself."""
        self._over.set()
        if self._attendant:
            self._attendant.join()
        self.air.prompt = None
        if self.state(102) != "registered":
            return
        show_output("lwm2mctl deregister 102", self.gateway.ctl("deregister", "102"))
        self.air.show()

    # ---- While the demo stays

    def attend(self, prompt: str) -> None:
        """What the gateway asks the server is answered at once, and what goes by SMS is written at once."""
        self.air.prompt = prompt
        self._attendant = threading.Thread(target=self._attend, daemon=True)
        self._attendant.start()

    def _attend(self) -> None:
        while not self._over.is_set():
            with contextlib.suppress(AssertionError):
                message = self.server.next(0.2)
                if message.is_request and message.code != "0.04":
                    self.server.answer(message, "2.04", LOCATION if message.path == "/rd" else "")

    def say(self, server: Server, verb: str = "", path: str = "", *rest: str) -> str:
        """A request of the person at the console, or how to make one. The answer is written when it comes."""
        methods = {"read": "GET", "observe": "GET", "write": "PUT", "execute": "POST"}
        if verb == "trigger":
            self.trigger(server)
        elif verb in methods and path:
            options = {"observe": [(Option.OBSERVE, b"")],
                       "write": [(Option.CONTENT_FORMAT, uint_bytes(TEXT))]}.get(verb)
            self.server.send(self.server.request(methods[verb], path, payload=" ".join(rest).encode(), options=options))
        else:
            return HELP
        return ""
