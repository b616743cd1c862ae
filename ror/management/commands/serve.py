"""`manage.py serve`: serve the portal in the foreground, as the demonstration does."""

import os
import signal
import socket
import subprocess
import sys
import threading

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connections
from gunicorn.app.base import BaseApplication

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = "8000"
WORKERS = 2
THREADS = 4
LONGEST_ANSWER = 120  # seconds
WORKER_GRACE = 15  # seconds left to the worker to end
WORKER_PAUSE = 5  # seconds between two looks at the worker


class Command(BaseCommand):
    """Serve until Ctrl-C or SIGTERM; the embedded database and the worker run for as long as this command does."""

    help = (
        "Sert le portail à l'adresse donnée par HOST (127.0.0.1) et PORT (8000), et fait avancer les imports. "
        "Ctrl-C arrête tout."
    )

    def handle(self, *args, **options) -> None:
        host = os.environ.get("HOST") or DEFAULT_HOST
        port = port_number(os.environ.get("PORT") or DEFAULT_PORT)
        refuse_taken(host, port)
        connect_once()
        Portal(host, port, lambda: self.announce(port)).run()

    def announce(self, port: int) -> None:
        """Say where the portal is, at once even when the output is a file or a pipe."""
        self.stdout.write(f"Portail : http://localhost:{port}/")
        self.stdout.flush()


class Portal(BaseApplication):
    """Gunicorn set for one machine; its workers end by themselves when this process is killed."""

    def __init__(self, host: str, port: int, announce) -> None:
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.announce = announce
        self.worker = Worker()
        super().__init__()

    def load_config(self) -> None:
        """Options of gunicorn. The application is loaded before the address is announced."""
        values = {
            "bind": self.address,
            "workers": WORKERS,
            "threads": THREADS,
            "worker_class": "gthread",
            "timeout": LONGEST_ANSWER,
            "preload_app": True,
            "control_socket_disable": True,
            "loglevel": "warning",
            "when_ready": self.ready,
            "on_exit": lambda arbiter: self.worker.stop(),
        }
        for name, value in values.items():
            self.cfg.set(name, value)

    def load(self):
        """The WSGI application, as any server would load it."""
        from ror.wsgi import application

        return application

    def ready(self, arbiter) -> None:
        """Say where the portal is; a terminal that closes stops it (gunicorn would take SIGHUP for a reload)."""
        signal.signal(signal.SIGHUP, lambda *_: os.kill(arbiter.pid, signal.SIGTERM))
        self.worker.start()
        self.announce()


class Worker:
    """The process that advances imports. Another is started when it dies; it ends by itself when this one is killed."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None
        self.ending = threading.Event()
        self.keeping = threading.Thread(target=self._keep, daemon=True)

    def start(self) -> None:
        """Start it, and keep one running."""
        self._begin()
        self.keeping.start()

    def stop(self) -> None:
        """End it, by force when it takes too long: nothing is lost that way."""
        self.ending.set()
        if self.process is None:
            return
        self.keeping.join()
        self.process.terminate()
        try:
            self.process.wait(WORKER_GRACE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _begin(self) -> None:
        command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_worker", "--parent", str(os.getpid())]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL)

    def _keep(self) -> None:
        while not self.ending.wait(WORKER_PAUSE):
            if self.process.poll() is not None:
                self._begin()


def port_number(text: str) -> int:
    """The port written in the environment; CommandError if it is not one."""
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise CommandError(f"PORT doit être un nombre entre 1 et 65535 ; « {text} » ne convient pas.")


def refuse_taken(host: str, port: int) -> None:
    """CommandError if another program already listens there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Le port {port} de {host} ne peut pas être ouvert ({error.strerror}). "
                f"Choisissez-en un autre, par exemple : make demo PORT={port + 1 if port < 65535 else port - 1}"
            ) from error


def connect_once() -> None:
    """Start or join the database before the workers do, and keep it until this process ends."""
    connections["default"].ensure_connection()
    connections.close_all()  # a connection must not be shared with the workers
