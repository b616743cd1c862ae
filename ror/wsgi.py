"""WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ror.settings")
application = get_wsgi_application()
# What was loaded with the portal stays: walked again at each full collection, it held a page for 200 ms.
gc.collect()
gc.freeze()
