"""Every flow by name, with the process that meets the fault; the rest of the world works."""

from chalicelib.flows.accept import Purpose
from chalicelib.settings import CleanupMode
from tests.trust import photos
from tests.trust.acts import (
    Flow,
    asynchronous_post,
    cleans,
    creates_a_form,
    deletes,
    form,
    hand_put,
    handles_an_asynchronous_post,
    landed,
    older_landed,
    post,
    posts,
    puts_photos,
    reconciles,
    scrub,
    scrubs,
    uses_a_form,
)
from tests.trust.dog_flows import DOG_FLOWS
from tests.trust.faults import Process

FLOWS: dict[str, Flow] = {
    "post": posts(retries=False, key=None, asynchronous=False),
    "post, retried": posts(retries=True, key=None, asynchronous=False),
    "post with a key": posts(retries=False, key="k", asynchronous=False),
    "post with a key, retried": posts(retries=True, key="k", asynchronous=False),
    "asynchronous post": posts(retries=False, key=None, asynchronous=True),
    "asynchronous post, retried": posts(retries=True, key=None, asynchronous=True),
    "asynchronous post with a key": posts(retries=False, key="k", asynchronous=True),
    "asynchronous post with a key, retried": posts(retries=True, key="k", asynchronous=True),
    "event of an asynchronous post": handles_an_asynchronous_post(),
    "post with renditions": posts(retries=False, key=None, asynchronous=False, options=photos.WITH_RENDITIONS),
    "post with renditions and a key, retried": posts(
        retries=True, key="k", asynchronous=False, options=photos.WITH_RENDITIONS
    ),
    "event of an asynchronous post with renditions": handles_an_asynchronous_post(photos.WITH_RENDITIONS),
    "scrub": scrubs(retries=False, key=None),
    "scrub with a key, retried": scrubs(retries=True, key="k"),
    "form": creates_a_form,
    "event of a form": uses_a_form(Purpose.PROCESS, photos.FIRST),
    "event of a form to scrub": uses_a_form(Purpose.SANITIZE, photos.PRIVATE),
    "form used twice": uses_a_form(Purpose.PROCESS, photos.FIRST, photos.SECOND),
    "form used twice, second photo corrupt": uses_a_form(Purpose.PROCESS, photos.FIRST, photos.CORRUPT),
    "form used twice with the same photo": uses_a_form(Purpose.SANITIZE, photos.PRIVATE, photos.PRIVATE),
    "photo put into S3": puts_photos("images", "uploads/a b.jpg", photos.FIRST),
    "corrupt photo put into S3": puts_photos("images", "uploads/a.jpg", photos.CORRUPT),
    "photo overwritten": puts_photos("images", "uploads/a.jpg", photos.FIRST, photos.SECOND),
    "photo overwritten, older event late": puts_photos("images", "uploads/a.jpg", photos.FIRST, photos.SECOND, late=0),
    "photo put twice": puts_photos("images", "uploads/a.jpg", photos.FIRST, photos.FIRST),
    "landing": puts_photos("landing", "in/a.jpg", photos.PRIVATE),
    "landing overwritten": puts_photos("landing", "in/a.jpg", photos.PRIVATE, photos.PRIVATE_2),
    "landing overwritten, older event late": puts_photos(
        "landing", "in/a.jpg", photos.PRIVATE, photos.PRIVATE_2, late=0
    ),
    "landing overwritten by a corrupt photo": puts_photos("landing", "in/a.jpg", photos.PRIVATE, photos.CORRUPT),
    "landing, first photo again": puts_photos("landing", "in/a.jpg", photos.PRIVATE, photos.PRIVATE_2, photos.PRIVATE),
    "landing, LANDING_KEEP=false": puts_photos("landing", "in/a.jpg", photos.PRIVATE, keep=False),
    "landing overwritten, LANDING_KEEP=false": puts_photos(
        "landing", "in/a.jpg", photos.PRIVATE, photos.PRIVATE_2, keep=False
    ),
    "delete": deletes(lambda world: post(world, Process())),
    "delete, retried": deletes(lambda world: post(world, Process()), retries=True),
    "delete of renditions": deletes(lambda world: post(world, Process(), options=photos.WITH_RENDITIONS)),
    "delete of an asynchronous post": deletes(asynchronous_post),
    "delete of a pending post": deletes(lambda world: post(world, Process(), asynchronous=True), retries=True),
    "delete of a form": deletes(lambda world: form(world, Purpose.PROCESS, Process())),
    "delete of a scrubbed photo": deletes(lambda world: scrub(world, Process()), retries=True),
    "delete of a photo put into S3": deletes(hand_put),
    "delete of a landing photo": deletes(landed),
    "delete of an overwritten landing photo": deletes(older_landed),
    "clean-up, expired": cleans(CleanupMode.EXPIRED),
    "clean-up, everything": cleans(CleanupMode.EVERYTHING),
    "clean-up, everything, with renditions": cleans(CleanupMode.EVERYTHING, photos.WITH_RENDITIONS),
    "reconciliation": reconciles,
    **DOG_FLOWS,
}
