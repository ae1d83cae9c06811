from accounts.models.api_key import ApiKey, Scope
from accounts.models.audit import AuditEntry
from accounts.models.idempotency import IdempotencyKey
from accounts.models.invitation import UserInvitation
from accounts.models.user import Role, User

__all__ = ["ApiKey", "AuditEntry", "IdempotencyKey", "Role", "Scope", "User", "UserInvitation"]
