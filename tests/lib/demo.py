# SPDX-License-Identifier: LGPL-2.1-or-later
"""What tests/demo shows: one gateway, one server, and what they say to each other."""
from __future__ import annotations

import os
import pathlib
import signal
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / "server"), str(pathlib.Path(__file__).parent)]

from demo_console import Console, describe  # noqa: E402
from gateway import Bus, Gateway  # noqa: E402
from lwm2m_server import Server  # noqa: E402
from lwm2m_server.registration import Registration  # noqa: E402

ENDPOINT = "urn:dev:ops:demo-gateway"
IDENTITY = b"demo-gateway"
COLOUR = sys.stdout.isatty()


def style(code: str, text: str) -> str:
    return f"\033[{code}m{text}\033[0m" if COLOUR else text


def step(number: int, text: str) -> None:
    print("\n" + style("1", f"{number}. {text}"), flush=True)


def show(who: str, text: str) -> None:
    """A line of what happens; who is where it happens."""
    print(f"   {style('36', who):>{17 if COLOUR else 8}}  {text}", flush=True)


def show_output(command: str, output: str) -> None:
    print("   " + style("2", f"$ {command}"))
    for line in output.rstrip("\n").split("\n"):
        print("   " + line)
    sys.stdout.flush()


def provision(gateway: Gateway, server: Server) -> None:
    step(1, "A pre-shared key goes into the kernel keyring")
    key = os.urandom(16)
    server.add_psk(IDENTITY, key)
    add = ["server-add", server.uri("psk"), "ssid=101", f"identity={IDENTITY.decode()}", "lifetime=300"]
    show_output("lwm2mctl " + " ".join(add), gateway.ctl(*add))
    show_output("lwm2mctl key-set 101 psk <the-key", gateway.ctl("key-set", "101", "psk", data=key))
    show_output("lwm2mctl keys 101", gateway.ctl("keys", "101"))
    kernel = [line for line in pathlib.Path("/proc/keys").read_text().splitlines() if "lwm2md" in line]
    if kernel:
        show_output("grep lwm2md /proc/keys", "\n".join(kernel))


def register(server: Server) -> Registration:
    step(2, "The gateway registers over DTLS")
    registration = server.wait_registration(ENDPOINT, 20)
    session = server.sessions[registration.session]
    show("server", f"DTLS session with {session.identity.decode()}, {session.cipher}")
    show("server", f"POST /rd?ep={registration.endpoint}&lt={registration.lifetime}"
                   f"&lwm2m={registration.version}&b={registration.binding}")
    show("server", "objects " + " ".join(registration.objects))
    show("server", f"2.01 Created, location {registration.location}")
    return registration


def read(registration: Registration) -> None:
    step(3, "The server reads the Device object, /3/0")
    response = registration.read("/3/0").expect("2.05")
    show("server", f"GET /3/0 → 2.05 Content, {len(response.payload)} octets of TLV")
    for line in describe("/3/0", response.tlv):
        show("", line)


def write(server: Server, registration: Registration) -> None:
    step(4, "It writes the lifetime, and the gateway tells by an Update")
    mark = server.mark()
    show("server", f"PUT /1/0/1 = 600 → {registration.write('/1/0/1', 600).expect('2.04').code} Changed")
    update = server.wait_event("update", 20, after=mark)
    show("gateway", f"POST {registration.location}?lt={update.parameters['lt']} → {update.code}")


def execute(server: Server, registration: Registration) -> None:
    step(5, "It executes the Registration Update Trigger")
    mark = server.mark()
    show("server", f"POST /1/0/8 → {registration.execute('/1/0/8').expect('2.04').code} Changed")
    update = server.wait_event("update", 20, after=mark)
    show("gateway", f"POST {registration.location} → {update.code}, {len(update.parameters)} parameters")


def observe(gateway: Gateway, registration: Registration) -> None:
    step(6, "It observes the time of day, at least every two seconds")
    registration.write_attributes("/3/0/13", pmin=1, pmax=2).expect("2.04")
    show("server", "PUT /3/0/13?pmin=1&pmax=2 → 2.04 Changed")
    observation = registration.observe("/3/0/13", accept=0)
    show("server", f"GET /3/0/13, Observe → {observation.response.expect('2.05').code} {observation.response.text}")
    for _ in range(2):
        notification = observation.next(10)
        show("gateway", f"notification {notification.observe}: {notification.text}")
    show_output("lwm2mctl observations", gateway.ctl("observations"))
    show("server", f"GET /3/0/13, Observe=1 → {observation.cancel().expect('2.05').code}, cancelled")


def deregister(gateway: Gateway, server: Server) -> None:
    step(8, "The gateway de-registers")
    mark = server.mark()
    show_output("lwm2mctl deregister 101", gateway.ctl("deregister", "101"))
    event = server.wait_event("deregister", 20, after=mark)
    show("gateway", f"DELETE {event.location} → {event.code} Deleted")


def main(stay: bool) -> None:
    build = pathlib.Path(os.environ["LWM2MD_BUILD"])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="lwm2md-demo-") as name:
        directory = pathlib.Path(name)
        bus = Bus(directory)
        gateway = Gateway(build, directory, bus, ENDPOINT)
        gateway.configure(Log={"level": "info"})
        try:
            with Server(binary=str(build / "tests/server/lwm2m-test-server")) as server:
                gateway.start().wait_bus()
                provision(gateway, server)
                registration = register(server)
                read(registration)
                write(server, registration)
                execute(server, registration)
                observe(gateway, registration)
                step(7, "The same registration, as the gateway's owner sees it")
                show_output("lwm2mctl status", gateway.ctl("status"))
                if stay:
                    Console(gateway, server, registration).run()
                # Who played may have done it already.
                if server.registrations:
                    deregister(gateway, server)
                gateway.stop()
        finally:
            if gateway.alive():
                gateway.kill()
            bus.stop()
    print("\n" + style("1", "Done; nothing is left running."))


if __name__ == "__main__":
    main("--stay" in sys.argv[1:])
