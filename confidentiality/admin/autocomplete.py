"""Search fields of the administration: the same choices as the form that they serve."""

from django.contrib.admin.exceptions import NotRegistered
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.core.exceptions import PermissionDenied


class ScopedAutocomplete(AutocompleteJsonView):
    """Answers only for a field that a registered screen declares and that the viewer may fill in."""

    def process_request(self, request):
        term, model_admin, field, to_field = super().process_request(request)
        self.source = self._source(request, field)
        return term, model_admin, field, to_field

    def get_queryset(self):
        return self.source.choices(self.request, self.source_field, super().get_queryset())

    def serialize_result(self, obj, to_field_name: str) -> dict[str, str]:
        return {**super().serialize_result(obj, to_field_name), "text": self.model_admin.choice_label(obj)}

    def _source(self, request, field):
        try:
            source = self.admin_site.get_model_admin(field.model)
        except NotRegistered as error:
            raise PermissionDenied from error
        fills_in = source.has_add_permission(request) or source.has_change_permission(request)
        if not fills_in or field.name not in source.get_autocomplete_fields(request):
            raise PermissionDenied
        return source
