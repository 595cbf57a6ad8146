"""Multiplies matrices on the GPU every ten seconds, logs how fast, and shows the last figure as JSON on port 21030.

Says clearly when there is no GPU: a container without one still runs, only slowly, and that is easily overlooked.
"""

import json
import signal
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import tensorflow as tf

SIZE = 1024
ROUNDS = 20
EVERY = 10.0  # seconds
PORT = 21030

last = {}


def measure(device):
    """Billions of multiplications and additions per second of a matrix product."""
    with tf.device(device):
        a, b = tf.random.normal((SIZE, SIZE)), tf.random.normal((SIZE, SIZE))
        tf.linalg.matmul(a, b).numpy()  # the first one also loads the kernels
        start = time.perf_counter()
        for _ in range(ROUNDS):
            product = tf.linalg.matmul(a, b)
        product.numpy()  # waits for the GPU
        seconds = time.perf_counter() - start
    return 2 * SIZE**3 * ROUNDS / seconds / 1e9


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        body = json.dumps(last).encode()
        self.send_response(200 if last else 503)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main():
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        # CPU and GPU share one memory on a Jetson: take what is needed, not all of it.
        tf.config.experimental.set_memory_growth(gpu, True)
    device = "/GPU:0" if gpus else "/CPU:0"
    if not gpus:
        print("NO GPU: is it reserved in docker-compose.yml, and does the image fit the JetPack release?")

    threading.Thread(target=ThreadingHTTPServer(("", PORT), Handler).serve_forever, daemon=True).start()
    while not stop.is_set():
        figure = measure(device)
        last.update(device=device, gflops=round(figure, 1), at=time.time())
        print(f"{device}: {figure:.1f} GFLOPS")
        stop.wait(EVERY)


if __name__ == "__main__":
    main()
