# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/demo shows: one gateway, one server, and what they say to each other."""
from __future__ import annotations

import contextlib
import os
import pathlib
import signal
import sys
import tempfile
import unittest

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / folder) for folder in ("lib", "server", "sms", "modem")]

from demo_children import uninterrupted  # noqa: E402
from demo_console import Console, describe  # noqa: E402
from demo_screen import BOLD, show, show_output, step, style  # noqa: E402
from demo_sms import SmsPart  # noqa: E402
from gateway import Bus, Gateway  # noqa: E402
from lwm2m_server import Server  # noqa: E402
from lwm2m_server.coap import TLV  # noqa: E402
from lwm2m_server.registration import Registration  # noqa: E402
from station import need  # noqa: E402

ENDPOINT = "urn:dev:ops:demo-gateway"
IDENTITY = b"demo-gateway"


def provision(gateway: Gateway, server: Server) -> bytes:
    step("A pre-shared key goes into the kernel keyring")
    key = os.urandom(16)
    server.add_psk(IDENTITY, key)
    add = ["server-add", server.uri("psk"), "ssid=101", f"identity={IDENTITY.decode()}", "lifetime=300"]
    show_output("lwm2mctl " + " ".join(add), gateway.ctl(*add))
    show_output("lwm2mctl key-set 101 psk <the-key", gateway.ctl("key-set", "101", "psk", data=key))
    show_output("lwm2mctl keys 101", gateway.ctl("keys", "101"))
    kernel = [line for line in pathlib.Path("/proc/keys").read_text().splitlines() if "lwm2md" in line]
    if kernel:
        show_output("grep lwm2md /proc/keys", "\n".join(kernel))
    return key


def register(server: Server) -> Registration:
    step("The gateway registers over DTLS")
    registration = server.wait_registration(ENDPOINT, 20)
    session = server.sessions[registration.session]
    show("server", f"DTLS session with {session.identity.decode()}, {session.cipher}")
    show("server", f"POST /rd?ep={registration.endpoint}&lt={registration.lifetime}"
                   f"&lwm2m={registration.version}&b={registration.binding}")
    show("server", "objects " + " ".join(registration.objects))
    show("server", f"2.01 Created, location {registration.location}")
    return registration


def read(registration: Registration) -> None:
    step("The server reads the Device object, /3/0")
    response = registration.read("/3/0", accept=TLV).expect("2.05")
    show("server", f"GET /3/0 → 2.05 Content, {len(response.payload)} octets of TLV")
    for line in describe("/3/0", response.tlv):
        show("", line)


def write(server: Server, registration: Registration) -> None:
    step("It writes the lifetime, and the gateway tells by an Update")
    mark = server.mark()
    show("server", f"PUT /1/0/1 = 600 → {registration.write('/1/0/1', 600).expect('2.04').code} Changed")
    update = server.wait_event("update", 20, after=mark)
    show("gateway", f"POST {registration.location}?lt={update.parameters['lt']} → {update.code}")


def execute(server: Server, registration: Registration) -> None:
    step("It executes the Registration Update Trigger")
    mark = server.mark()
    show("server", f"POST /1/0/8 → {registration.execute('/1/0/8').expect('2.04').code} Changed")
    update = server.wait_event("update", 20, after=mark)
    show("gateway", f"POST {registration.location} → {update.code}, {len(update.parameters)} parameters")


def observe(gateway: Gateway, registration: Registration) -> None:
    step("It observes the time of day, at least every two seconds")
    registration.write_attributes("/3/0/13", pmin=1, pmax=2).expect("2.04")
    show("server", "PUT /3/0/13?pmin=1&pmax=2 → 2.04 Changed")
    observation = registration.observe("/3/0/13", accept=0)
    show("server", f"GET /3/0/13, Observe → {observation.response.expect('2.05').code} {observation.response.text}")
    for _ in range(2):
        notification = observation.next(10)
        show("gateway", f"notification {notification.observe}: {notification.text}")
    show_output("lwm2mctl observations", gateway.ctl("observations"))
    show("server", f"GET /3/0/13, Observe=1 → {observation.cancel().expect('2.05').code}, cancelled")


def deregister(gateway: Gateway, server: Server, ssid: int) -> None:
    mark = server.mark()
    show_output(f"lwm2mctl deregister {ssid}", gateway.ctl("deregister", str(ssid)))
    event = server.wait_event("deregister", 20, after=mark)
    show("gateway", f"DELETE {event.location} → {event.code} Deleted")


def why_no_sms(build: pathlib.Path) -> str:
    """Empty where there is a modem service that speaks QMI."""
    try:
        need(build, "qmi")
    except unittest.SkipTest as error:
        return str(error)
    return ""


def play(gateway: Gateway, server: Server, by_sms: SmsPart | None, stay: bool) -> None:
    """The steps. by_sms: None where this build has no modem service."""
    key = provision(gateway, server)
    registration, ssid = register(server), 101
    read(registration)
    write(server, registration)
    execute(server, registration)
    observe(gateway, registration)
    step("The same registration, as the gateway's owner sees it")
    show_output("lwm2mctl status", gateway.ctl("status"))
    if by_sms:
        by_sms.run()
        registration, ssid = by_sms.wake(server, key, IDENTITY.decode()), 103
    if stay:
        Console(gateway, server, registration, by_sms).run()
    step("The gateway de-registers")
    # Who played may have done it already.
    if by_sms and gateway.alive():
        by_sms.deregister()
    if server.registrations:
        deregister(gateway, server, ssid)
    gateway.stop()


def main(stay: bool) -> None:
    build = pathlib.Path(os.environ["LWM2MD_BUILD"])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    missing = why_no_sms(build)
    with contextlib.ExitStack() as stack:
        directory = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lwm2md-demo-")))
        with uninterrupted():
            bus = Bus(directory)
            stack.callback(bus.stop)
            server = stack.enter_context(Server(binary=str(build / "tests/server/lwm2m-test-server")))
            gateway = Gateway(build, directory, bus, ENDPOINT)
            gateway.configure(Log={"level": "info"})
            stack.callback(lambda: gateway.kill() if gateway.alive() else None)
            gateway.start()
            by_sms = None if missing else SmsPart(build, directory, gateway)
        if by_sms:
            stack.push(lambda kind, *_: by_sms.close(kind is not None))
        try:
            gateway.wait_bus()
            play(gateway, server, by_sms, stay)
        except AssertionError as error:
            sys.exit(f"\n{error}\n\nThe gateway's log:\n{gateway.log()}")
    if missing:
        print(f"\nSMS was not shown: {missing}; libqmi-glib is needed when it is built.")
    print("\n" + style(BOLD, "Done; nothing is left running."))


if __name__ == "__main__":
    try:
        main("--stay" in sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
