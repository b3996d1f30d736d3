"""How long a schedule, in EventBridge's words, leaves between two runs."""

import math
import re
from fractions import Fraction

_HOURS = {"minute": Fraction(1, 60), "hour": Fraction(1), "day": Fraction(24)}
#: Hours over the pause after which a run is missed: the first period is one that the run may just have left.
_GRACE = 2
#: CloudWatch looks back seven days at most.
_MOST = 168


def alarm_hours(schedule: str) -> int:
    """Say after how many hours without a run something is wrong; 0 where no alarm can tell.

    That is `off`, a pause beyond what CloudWatch looks back to, and a cron expression that names days or months.
    """
    if rate := re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", schedule):
        pause = int(rate[1]) * _HOURS[rate[2]]
    elif cron := re.fullmatch(r"cron\(\S+ (\S+) (\S+) (\S+) (\S+) (\S+)\)", schedule):
        hour, *days = cron.groups()
        pause = (Fraction(1) if hour == "*" else Fraction(24)) if set(days) <= {"*", "?"} else Fraction(_MOST)
    else:
        return 0
    hours = math.ceil(pause) + _GRACE
    return hours if hours <= _MOST else 0
