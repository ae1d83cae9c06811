from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, roles, keys and audit of one company."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import owners, signals, tasks  # noqa: F401 - registers the jobs

        owners.register()
        signals.connect()
