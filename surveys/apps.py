from django.apps import AppConfig


class SurveysConfig(AppConfig):
    name = "surveys"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from anymail.signals import tracking

        from surveys.webhooks import on_tracking

        tracking.connect(on_tracking, dispatch_uid="surveys.webhooks")
