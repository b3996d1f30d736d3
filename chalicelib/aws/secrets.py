"""The secrets that hold the keys of uploaders. Only when a key was made is read, never the key itself."""

from contextlib import suppress
from datetime import UTC, datetime

from chalicelib.aws.clients import Clients, calling
from chalicelib.uploaders import KEY_CREATED


class Secrets:
    """What Secrets Manager says of a secret without its value."""

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def key_created(self, name: str) -> datetime:
        """Return when the current key in a secret was made, in UTC. Raises ImageNotFound or BackendUnavailable.

        Without the tag, which a rotation writes after its last step but one, it is when the secret was made. That is
        never later, so an alarm can only be early. LastChangedDate would move with each rotation that fails.
        """
        with calling("Secrets Manager", missing=f"The secret {name} does not exist."):
            described = self._clients.secretsmanager.describe_secret(SecretId=name)
        tags = {each["Key"]: each["Value"] for each in described.get("Tags", [])}
        with suppress(ValueError):
            created = datetime.fromisoformat(tags.get(KEY_CREATED, ""))
            if created.tzinfo is not None:
                return created.astimezone(UTC)
        made: datetime = described["CreatedDate"]
        return made.astimezone(UTC)
