from django.apps import AppConfig


class ArenaConfig(AppConfig):
    name = "arena"
    verbose_name = "Arena"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from arena import checks  # noqa: F401  (registers the system checks)
        from arena.interface_languages import link_catalogues

        link_catalogues()
