"""WSGI entry point."""

import gc
import os
from itertools import count

from django.core.handlers.wsgi import WSGIHandler
from django.core.wsgi import get_wsgi_application

FIRST_REQUESTS = 200  # by then, the screens, templates and labels that pages need were loaded


def keep_loaded() -> None:
    """Set what is loaded apart: it stays, and walked again at each full collection, it held a page for 200 ms."""
    gc.collect()
    gc.freeze()


class Application:
    """The portal. What its first requests load is set apart once, as what was loaded with it was."""

    def __init__(self, portal: WSGIHandler) -> None:
        self._portal = portal
        self._served = count(1)  # threads share it

    def __call__(self, environ: dict, start_response):
        if next(self._served) == FIRST_REQUESTS:
            keep_loaded()
        return self._portal(environ, start_response)


os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings")
application = Application(get_wsgi_application())
keep_loaded()
