"""Gives frames that are made one by one to Pillow's writers, which ask an image for its next frame."""

from collections.abc import Callable, Iterator

from PIL import Image


class Sequence(Image.Image):
    """An image of `count` frames, which are made when a writer seeks them, in their order. Only the last is kept."""

    def __init__(self, make: Callable[[], Iterator[Image.Image]], count: int) -> None:
        """Make the first frame."""
        super().__init__()
        self.n_frames, self.is_animated = count, count > 1
        self._make, self._at = make, -1
        self._frames: Iterator[Image.Image] = iter(())
        self.seek(0)

    def seek(self, frame: int) -> None:
        """Make the next frame, or begin again. Writers return to the first frame at the end: nothing is made for it."""
        if frame >= self.n_frames:
            raise EOFError
        if frame == 0 and self._at == self.n_frames - 1:
            return
        if frame == 0 and self._at != 0:
            self._frames, self._at = self._make(), -1
        if frame == self._at + 1:
            image = next(self._frames)
            self.im, self._mode, self._size, self._at = image.im, image.mode, image.size, frame

    def tell(self) -> int:
        """Return 0: where writers return to."""
        return 0
