"""What the queue asks of a worker. The module's name is the one that procrastinate looks for."""

from procrastinate.contrib.django import app

from ror.imports import jobs


@app.task(name=jobs.ADVANCE)
def advance(job: str) -> None:
    """Take one import as far as it goes without its owner."""
    jobs.advance(job)


@app.periodic(cron="* * * * * */15")  # every quarter of a minute
@app.task(name="imports.sweep", queueing_lock="imports.sweep")
def sweep(timestamp: int) -> None:
    """Go on with what a dead worker left."""
    jobs.sweep()
