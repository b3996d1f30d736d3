"""Every known place where 64 bytes can hide, for each container. A place is a file that holds HIDDEN there.

A place that docs/decisions/0008 lists has the name of its row, up to a colon.
"""

from collections.abc import Callable, Mapping

#: The bytes that hide. They are readable, and none of them starts a block of a GIF.
HIDDEN = b"Jane Doe - 12 Secret Street - 52.5200 N 13.4050 E - serial 01234"

#: The functions that build the files, by the name of the place.
Places = Mapping[str, Callable[[], bytes]]
