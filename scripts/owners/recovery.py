"""Say what remains outside the reach of an erasure: point-in-time recovery of the table, and the logs."""

import os
from collections.abc import Iterator
from datetime import timedelta

from chalicelib.backends import Backends
from scripts.owners.who import ClientFor

#: DynamoDB's default, in days.
_RECOVERY_DAYS = 35
#: The default of LOG_DAYS, which only the stack uses.
_LOG_DAYS = "30"


def remains(services: Backends, clients: ClientFor) -> Iterator[str]:
    """Yield a sentence for each place that still holds something, and until when."""
    table = services.settings.images_table
    answer = clients("dynamodb").describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = answer.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") == "ENABLED":
        days = int(recovery.get("RecoveryPeriodInDays", _RECOVERY_DAYS))
        until = services.now() + timedelta(days=days)
        yield (
            f"Point-in-time recovery of {table} still holds the records until {until:%Y-%m-%d %H:%M} UTC ({days} "
            "days): whoever may restore the table can read them. After a restore, run this command again."
        )
    else:
        yield f"Point-in-time recovery of {table} is off, so it holds no record."
    days_of_logs = os.environ.get("LOG_DAYS", _LOG_DAYS)
    yield f"The logs name ids and keys of photos, and no content, for LOG_DAYS: {days_of_logs} days."
