"""One story a file: functions that take the backends and know neither HTTP nor boto3."""
