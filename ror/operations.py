"""Migration operations of the portal's own."""

from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


class AtOnce(Operation):
    """Several operations on models that already exist, whose models are rendered once instead of once per operation.

    Django renders anew, after each operation, every model linked to the one that changed; here nearly all are (through
    the concepts), so that 600 triggers, constraints and columns cost a minute one by one and seconds at once.
    Only for operations that do not need to see each other's models: columns, indexes, constraints, triggers.
    """

    def __init__(self, operations: list[Operation]) -> None:
        self.operations = operations

    @property
    def reversible(self) -> bool:
        return all(operation.reversible for operation in self.operations)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        state.clear_delayed_apps_cache()
        state.__dict__.pop("apps", None)  # rendered again, once, by whoever asks
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(
        self, app_label: str, schema_editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        for operation in reversed(self.operations):  # all of them find their columns in the state that has them
            operation.database_backwards(app_label, schema_editor, from_state, from_state)

    def describe(self) -> str:
        return f"{len(self.operations)} operations at once"
