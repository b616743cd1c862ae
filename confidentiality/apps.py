from django.apps import AppConfig


class ConfidentialityConfig(AppConfig):
    name = "confidentiality"
    verbose_name = "Confidentialité"

    def ready(self) -> None:
        from confidentiality import checks  # noqa: F401  registers the system checks
        from confidentiality.roles import load_roles
        from ror.reference.loading import LOADERS

        if load_roles not in LOADERS:
            LOADERS.append(load_roles)
