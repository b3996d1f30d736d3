"""Gives frames that are made one by one to Pillow's writers, which ask an image for its next frame."""

from collections.abc import Callable, Iterator
from typing import Any

from PIL import Image


class Sequence(Image.Image):
    """An image of `count` frames of one mode, which are made when a writer loads them. Only the last one is kept."""

    def __init__(self, make: Callable[[], Iterator[Image.Image]], count: int) -> None:
        """Make the first frame."""
        super().__init__()
        self.n_frames, self.is_animated = count, count > 1
        self._make, self._at, self._wanted = make, -1, 0
        self._frames = make()
        self.load()

    def seek(self, frame: int) -> None:
        """Choose a frame. Writers look through all frames before they load one, and return to the first at the end."""
        if frame >= self.n_frames:
            raise EOFError
        self._wanted = frame

    def tell(self) -> int:
        """Return the number of the chosen frame, from 0."""
        return self._wanted

    def load(self) -> Any:
        """Make the frames up to the chosen one."""
        if self._wanted < self._at:
            self._frames, self._at = self._make(), -1
        while self._at < self._wanted:
            image = next(self._frames)
            self.im, self._mode, self._size = image.im, image.mode, image.size
            self._at += 1
        return super().load()
