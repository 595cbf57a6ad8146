"""Shows the state of Spot's battery as JSON over HTTP, and logs it once a minute.

Logs in to the robot with the payload's own credentials (the file that CORE I/O keeps; no user name or password is
needed) and asks for the robot's state every few seconds. GET / answers the last state, or 503 until there is one.
"""

import argparse
import json
import logging
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import bosdyn.client
import bosdyn.client.util
from bosdyn.client.robot_state import RobotStateClient

ASK_EVERY = 5.0  # seconds
LOG_EVERY = 60.0

log = logging.getLogger("battery-service")


class Battery:
    """The last known state, shared between the thread that asks and those that answer."""

    def __init__(self):
        self._lock = threading.Lock()
        self._state = None

    def set(self, state):
        with self._lock:
            self._state = state

    def get(self):
        with self._lock:
            return self._state


def read_state(client):
    state = client.get_robot_state()
    batteries = [{
        "id": battery.identifier,
        "percent": battery.charge_percentage.value,
        "volts": battery.voltage.value,
        "amperes": battery.current.value,
        "hottest_celsius": max(battery.temperatures, default=None),
    } for battery in state.battery_states]
    return {"percent": state.power_state.locomotion_charge_percentage.value, "batteries": batteries, "at": time.time()}


def watch(options, battery, stop):
    """Asks until told to stop. Every failure is logged and tried again: the robot may be off or still booting."""
    next_log = 0.0
    client = None
    while not stop.is_set():
        try:
            if client is None:
                robot = bosdyn.client.create_standard_sdk("battery-service").create_robot(options.hostname)
                # Blocks until an operator has authorized the payload in the robot's admin console.
                robot.authenticate_from_payload_credentials(*bosdyn.client.util.get_guid_and_secret(options))
                client = robot.ensure_client(RobotStateClient.default_service_name)
            state = read_state(client)
            battery.set(state)
            if time.monotonic() >= next_log:
                log.info("battery at %.0f %%", state["percent"])
                next_log = time.monotonic() + LOG_EVERY
        except Exception:  # whatever the robot or the network did, the service stays
            log.exception("no answer from %s", options.hostname)
            client = None
        stop.wait(ASK_EVERY)


def make_handler(battery):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            state = battery.get()
            body = json.dumps(state if state else {"error": "no state yet"}).encode()
            self.send_response(200 if state else 503)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass  # one line per request would fill the journal

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    bosdyn.client.util.add_base_arguments(parser)
    bosdyn.client.util.add_payload_credentials_arguments(parser)
    parser.add_argument("--port", type=int, default=21010, help="port to answer on; the robot lets 21000 to 22000 in")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")

    battery, stop = Battery(), threading.Event()
    threading.Thread(target=watch, args=(options, battery, stop), daemon=True).start()
    server = ThreadingHTTPServer(("", options.port), make_handler(battery))

    def end(*_):
        stop.set()
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    log.info("answering on port %d", options.port)
    server.serve_forever()


if __name__ == "__main__":
    main()
