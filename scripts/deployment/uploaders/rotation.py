"""Replace the access key of an uploader. A run that broke off at any call is repeated, and continues.

The steps: make a key, store it as pending, probe it, make it current, deactivate the old key. A later run deletes the
old one. No step depends on what an earlier one has in memory: each run reads the state first (see keys.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scripts.deployment.uploaders.keys import CURRENT, MOST_KEYS, PENDING, Key, KeyState, KeyStore, Version
from scripts.deployment.uploaders.probe import Prober

#: How long an old key stays, deactivated, so that a person can activate it again.
KEPT = timedelta(days=7)
_NEVER = timedelta.max


@dataclass(frozen=True)
class Rotation:
    """The rotation of one uploader's key; `now` returns the time in UTC."""

    store: KeyStore
    prober: Prober
    now: Callable[[], datetime]

    def ensure_key(self) -> None:
        """Make the first key, or finish a rotation that broke off; with a current key that works, do nothing."""
        state = self.store.read()
        if state.is_usable(CURRENT) and PENDING not in state.versions:
            self._log(f"has a key, in the secret {self.store.uploader.secret}")
        else:
            self.run(older_than=_NEVER)

    def run(self, *, older_than: timedelta = timedelta(0), finish: bool = False) -> None:
        """Finish a rotation that broke off. Otherwise begin one, if the current key is so old and no old key waits.

        An old key that waits is deleted after KEPT, and at once with `finish`, which begins no rotation.
        Raises DeployError; the current key then still works.
        """
        state = self._clean(self.store.read())
        if PENDING in state.versions:
            self._complete(state.versions[PENDING])
        elif not state.is_usable(CURRENT):
            self._begin(state)
        elif not finish:
            if state.old:
                self._retire(state.old)
            self._begin_if_old(self.store.read(), older_than)
        if finish:
            self._finish(self.store.read())

    def _clean(self, state: KeyState) -> KeyState:
        """Delete keys whose secret part is lost, give up a pending one that does not work, and return the new state."""
        for key in state.unnamed:
            self.store.delete(key)
            self._log("deleted a key that no secret holds")
        if PENDING in state.versions and not state.is_usable(PENDING):
            self.store.remove_pending(state.versions[PENDING])
            self._log("gave up a pending key that was deleted or deactivated")
            return self._clean(self.store.read())
        return self.store.read() if state.unnamed else state

    def _begin_if_old(self, state: KeyState, older_than: timedelta) -> None:
        if state.old:
            return
        # Without an age to compare, a clock that is wrong must not matter.
        if older_than and self.now() - state.versions[CURRENT].created < older_than:
            self._log("its key is not old enough for a rotation")
        else:
            self._begin(state)

    def _begin(self, state: KeyState) -> None:
        if len(state.keys) >= MOST_KEYS:
            # Only if a person has deactivated the current key: then one that does not work makes room.
            for key in [each for each in state.keys.values() if not each.active][:1]:
                self.store.delete(key)
                self._log("deleted an inactive key, to make room for a new one")
        pending = self.store.make()
        self._log("made a key, and stored it as pending")
        self._complete(pending)

    def _complete(self, pending: Version) -> None:
        """Probe the pending key, make it current, and deactivate the key before."""
        self.prober.run(pending)
        self._log("the new key has put a probe, which was read and deleted")
        self.store.make_current(pending)
        self._log(f"the new key is current, in the secret {self.store.uploader.secret}")
        state = self.store.read()
        if state.old and state.old.active:
            self._deactivate(state.old)
        # Another run may have completed this rotation at the same time.
        if state.versions.get(PENDING) == pending:
            self.store.remove_pending(pending)

    def _retire(self, old: Key) -> None:
        """Deactivate an old key that is active, and delete one that has been inactive for KEPT."""
        since = None if old.active else self.store.deactivated_at(old)
        if since and self.now() >= since + KEPT:
            self._delete(old)
            return
        if not since:
            self._deactivate(old)
        until = (since or self.now()) + KEPT
        self._log(f"its old key is inactive; a run after {until:%Y-%m-%d %H:%M} UTC, or with --finish, deletes it")

    def _finish(self, state: KeyState) -> None:
        if state.old:
            self._delete(state.old)
        else:
            self._log("it has no old key")

    def _deactivate(self, key: Key) -> None:
        self.store.deactivate(key, self.now())
        self._log("deactivated the old key")

    def _delete(self, key: Key) -> None:
        self.store.delete(key)
        self._log("deleted the old key")

    def _log(self, line: str) -> None:
        self.store.uploader.log(line)
