"""A camera for Chromium, fed from a file. The file holds one picture, and Chromium reads it anew for each of the twenty
that it shows in a second: whatever is written into it is what the camera sees next."""

import io
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.async_api import Page

SIZE = WIDTH, HEIGHT = 640, 480
HEADER = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F20:1 Ip A1:1 C420\n".encode()
MARK = 16
"""Side of the squares along the upper edge that number a picture, in pixels."""
MARKS = 6
_LUMA = [16 + value * 219 // 255 for value in range(256)]
_CHROMA = [128 + (value - 128) * 224 // 255 for value in range(256)]
_SEEN = """([wanted, side, count]) => {
  const video = document.querySelector('video')
  if (!video || !video.videoWidth) return false
  const canvas = document.createElement('canvas')
  canvas.width = side * count
  canvas.height = side
  const context = canvas.getContext('2d')
  context.drawImage(video, 0, 0)
  let number = 0
  for (let at = 0; at < count; at += 1) {
    const [red] = context.getImageData(at * side + side / 2, side / 2, 1, 1).data
    number = number * 2 + (red > 128 ? 1 : 0)
  }
  return number === wanted
}"""


class FakeCamera:
    """`file` is given to Chromium with --use-file-for-fake-video-capture."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._number = 0
        self._write(Image.new("RGB", SIZE, "gray"))

    @property
    def arguments(self) -> list[str]:
        return [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={self.file}",
        ]

    async def show(self, page: Page, jpeg: bytes) -> None:
        """Returns when the page's camera sees the picture."""
        self._number = (self._number + 1) % 2**MARKS
        self._write(_framed(Image.open(io.BytesIO(jpeg)), self._number))
        await page.wait_for_function(_SEEN, arg=[self._number, MARK, MARKS])

    def _write(self, image: Image.Image) -> None:
        """Into the same file and never longer or shorter: Chromium has it open."""
        content = HEADER + b"FRAME\n" + _i420(image)
        with self.file.open("r+b" if self.file.exists() else "wb") as file:
            file.write(content)


def _framed(picture: Image.Image, number: int) -> Image.Image:
    """The whole picture in the camera's format, with its number in black and white squares."""
    frame = Image.new("RGB", SIZE, "gray")
    scale = min(WIDTH / picture.width, (HEIGHT - MARK) / picture.height)
    fitted = picture.convert("RGB").resize((int(picture.width * scale), int(picture.height * scale)))
    frame.paste(fitted, ((WIDTH - fitted.width) // 2, MARK))
    draw = ImageDraw.Draw(frame)
    for at in range(MARKS):
        colour = "white" if number >> (MARKS - 1 - at) & 1 else "black"
        draw.rectangle((at * MARK, 0, (at + 1) * MARK - 1, MARK - 1), fill=colour)
    return frame


def _i420(image: Image.Image) -> bytes:
    """Brightness for each pixel, colours for each four, in the range that video has."""
    luma, blue, red = image.convert("YCbCr").split()
    half = (WIDTH // 2, HEIGHT // 2)
    colours = [channel.resize(half).point(_CHROMA).tobytes() for channel in (blue, red)]
    return luma.point(_LUMA).tobytes() + b"".join(colours)
